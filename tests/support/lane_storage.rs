//! A lane's storage in memory.

use mapshot::job::{Changes, Stored};

/// Storage as the shell keeps it: rows by key.
#[derive(Default, Clone)]
pub struct Storage(pub Stored);

impl Storage {
    pub fn apply(&mut self, changes: Changes) {
        let stored = &mut self.0;
        stored.counters = changes.counters.or(stored.counters);
        stored.pauses = changes.pauses.unwrap_or(std::mem::take(&mut stored.pauses));
        for capture in changes.captures {
            stored.captures.retain(|c| c.ticket() != capture.ticket());
            stored.captures.push(capture);
        }
        for row in changes.strips {
            stored.strips.retain(|r| (r.0, r.1) != (row.0, row.1));
            stored.strips.push(row);
        }
        stored.captures.retain(|c| !changes.forgotten.contains(&c.ticket()));
        stored.strips.retain(|r| !changes.forgotten.contains(&r.0));
        for (key, due) in changes.garbage {
            stored.garbage.retain(|g| g.0 != key);
            stored.garbage.push((key, due));
        }
        stored.garbage.retain(|g| !changes.deleted.contains(&g.0));
    }
}
