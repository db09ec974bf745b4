//! What sources allow a second, given out to the lane's renderers. Soft: an object that comes anew begins anew.

use std::cell::RefCell;

use crate::edge::fetch::{Grants, Want};
use crate::source::{Permits, SourceId};

/// More requests than any source's spell has: each renderer gets its share of one.
const WANTED: u32 = 256;

/// One bucket for each source that says how often it may be asked.
#[derive(Default)]
pub struct LanePermits(RefCell<Vec<(SourceId, Permits)>>);

impl LanePermits {
    /// Gives out what one of `sharers` renderers wants.
    pub fn grant(&self, wants: Vec<Want>, sharers: u32, now_ms: u64) -> Grants {
        let mut known = self.0.borrow_mut();
        let now = now_ms as f64;
        let mut grants = Vec::with_capacity(wants.len());
        for Want { source, per_second, max_connections } in wants {
            let at = known.iter().position(|(id, _)| *id == source).unwrap_or_else(|| {
                known.push((source.clone(), Permits::new(Some(per_second), max_connections)));
                known.len() - 1
            });
            let Some((_, permits)) = known.get_mut(at) else { continue };
            *permits = permits.with_limits(Some(per_second), max_connections);
            let (requests, from_ms, until_ms, connections) = permits.grant(WANTED, sharers, now).into();
            grants.push((source, (requests, from_ms - now, until_ms - now, connections)));
        }
        grants
    }
}
