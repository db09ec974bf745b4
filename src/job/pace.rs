//! How fast a lane works, and what follows from that for those who wait.

use serde::{Deserialize, Serialize};

use crate::job::{Lane, StripState, StripWork, Ticket};

/// A strip takes the time of its tiles, and of so many more to be handed out, stored and reported.
const TILES_PER_STRIP: f64 = 4.0;

/// The latest strip counts so much; the first ones count more, until there are some.
const LEAST_WEIGHT: f64 = 0.1;

/// From so many measured strips on, a time in which others came in counts less: taking a crowd in takes the lane's time, too,
/// and that is over before those who came last are served.
const ENOUGH_STRIPS: u32 = 4;

/// The time that a lane takes for a tile, with all its renderers together, as measured: the strips' own times overlap, and
/// what lies between them belongs to it, too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Milliseconds for one tile.
    ms_per_tile: f64,
    /// Strips measured so far.
    strips: u32,
    /// Since when the time counts for the next strip; not while there is nothing to do.
    #[serde(skip)]
    since_ms: Option<u64>,
    /// Captures that came in since then.
    #[serde(skip)]
    arrivals: u32,
}

impl Pace {
    /// A guess, until something is measured.
    #[must_use]
    pub const fn guess(ms_per_tile: f64) -> Self {
        Self { ms_per_tile, strips: 0, since_ms: None, arrivals: 0 }
    }

    /// Work begins, unless there was some already.
    pub(super) fn begin(&mut self, now_ms: u64) {
        self.since_ms.get_or_insert(now_ms);
    }

    /// A capture came in.
    pub(super) const fn arrived(&mut self) {
        self.arrivals = self.arrivals.saturating_add(1);
    }

    /// A strip is finished; `more` is to be done.
    pub(super) fn finished(&mut self, tiles: u32, more: bool, now_ms: u64) {
        if let Some(since_ms) = self.since_ms {
            let took_ms = now_ms.saturating_sub(since_ms) as f64 / (f64::from(tiles) + TILES_PER_STRIP);
            let crowd = if self.strips < ENOUGH_STRIPS { 0.0 } else { f64::from(self.arrivals) };
            let weight = LEAST_WEIGHT.max(1.0 / (f64::from(self.strips) + 1.0)) / (1.0 + crowd);
            self.ms_per_tile += weight * (took_ms - self.ms_per_tile);
            self.strips = self.strips.saturating_add(1);
        }
        self.since_ms = more.then_some(now_ms);
        self.arrivals = 0;
    }

    /// Nothing is to be done for now.
    pub(super) fn rest(&mut self) {
        self.since_ms = None;
    }
}

impl Lane {
    /// Time until a capture is ready: all that is served up to it, at the pace measured so far.
    pub(super) fn eta_ms(&self, ticket: Ticket) -> u64 {
        let active = self.agenda.active().take_while(|active| *active <= ticket);
        let active = active.filter_map(|ticket| self.entries.get(&ticket));
        let strips = active.flat_map(|e| e.strips.iter().zip(&e.capture.job.strip_tiles));
        let tiles: f64 = strips.map(|(strip, tiles)| left(strip, *tiles)).sum();
        (tiles * self.counters.pace.ms_per_tile) as u64
    }

    /// Time until the first capture of the queue is ready, and with it a place in the queue free.
    pub(super) fn first_eta_ms(&self) -> u64 {
        self.active().next().map_or(0, |first| self.eta_ms(first.ticket()))
    }
}

/// What is left to do of a strip, in tiles.
fn left(strip: &StripWork, tiles: u32) -> f64 {
    let all = f64::from(tiles) + TILES_PER_STRIP;
    match &strip.state {
        StripState::Pending => all,
        StripState::Leased(_) => {
            all * (1.0 - f64::from(strip.tiles_done.min(tiles)) / f64::from(tiles.max(1)))
        }
        StripState::Done { .. } => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lane that takes `between` from the end of one strip of 16 tiles to that of the next: what it says of one tile.
    fn measured(between: &[u64]) -> f64 {
        let mut pace = Pace::guess(1_000.0);
        let mut now = 5_000;
        pace.begin(now);
        for ms in between {
            now += ms;
            pace.begin(now);
            pace.finished(16, true, now);
        }
        pace.ms_per_tile
    }

    #[test]
    fn the_first_strip_replaces_the_guess_and_later_ones_count_less() {
        assert_eq!(measured(&[]), 1_000.0);
        assert_eq!(measured(&[200]), 10.0);
        assert_eq!(measured(&[200, 400]), 15.0);
        let settled = measured(&[vec![200; 100], vec![400; 5]].concat());
        assert!((13.0..16.0).contains(&settled), "{settled}");
        assert!((19.9..20.1).contains(&measured(&[vec![200; 100], vec![400; 100]].concat())));
    }

    #[test]
    fn what_a_crowd_that_comes_in_takes_is_not_what_serving_it_takes() {
        let mut pace = Pace::guess(1.0);
        let mut now = 0;
        let mut finish = |pace: &mut Pace, arrivals: u32, took_ms: u64| {
            pace.begin(now);
            (0..arrivals).for_each(|_| pace.arrived());
            now += took_ms;
            pace.finished(16, true, now);
            pace.ms_per_tile
        };
        for _ in 0..5 {
            finish(&mut pace, 0, 200);
        }
        // Three times as long, while forty come in for each strip.
        for _ in 0..25 {
            finish(&mut pace, 40, 600);
        }
        assert!((10.0..12.0).contains(&pace.ms_per_tile), "{}", pace.ms_per_tile);
        // One for each strip is everyday life.
        for _ in 0..40 {
            finish(&mut pace, 1, 600);
        }
        assert!((26.0..30.0).contains(&pace.ms_per_tile), "{}", pace.ms_per_tile);
    }

    #[test]
    fn time_without_work_does_not_count() {
        let mut pace = Pace::guess(1.0);
        pace.begin(1_000);
        pace.finished(16, false, 1_200);
        pace.begin(900_000);
        pace.finished(16, true, 900_200);
        pace.rest();
        pace.begin(9_000_000);
        pace.finished(16, true, 9_000_200);
        assert_eq!(pace.ms_per_tile, 10.0);
    }
}
