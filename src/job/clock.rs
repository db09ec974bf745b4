//! The lane's own time.

use serde::{Deserialize, Serialize};

/// A time that only moves forward, and only while the lane could have done something.
///
/// The host's clock may be set back, or ahead by hours, and the host may stand still for as long. Set back, this clock
/// goes on from where it was. When nothing at all was heard for longer than [`LaneClock::LATE_MS`] after the lane wanted to be
/// called, that time does not count: neither a leap nor an outage makes leases, images or tickets run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LaneClock {
    /// What is added to the host's time.
    offset_ms: i64,
    /// What it showed last.
    last_ms: u64,
}

impl LaneClock {
    /// An alarm may be so late: a minute by the platform's word, and another for good measure.
    pub const LATE_MS: u64 = 120_000;

    /// What the clock shows when the host's clock tells `told_ms`. `wanted_ms` is asked only when it is late: when the lane
    /// wanted to be called next.
    pub fn read(&mut self, told_ms: u64, wanted_ms: impl FnOnce() -> Option<u64>) -> u64 {
        let shown = told_ms.saturating_add_signed(self.offset_ms);
        let late = |since_ms: u64| shown > since_ms.saturating_add(Self::LATE_MS);
        let leapt = late(self.last_ms) && wanted_ms().is_some_and(|ms| late(ms.max(self.last_ms)));
        if self.last_ms > 0 && (shown < self.last_ms || leapt) {
            self.offset_ms = self.last_ms.cast_signed().saturating_sub(told_ms.cast_signed());
        } else {
            self.last_ms = shown;
        }
        self.last_ms
    }

    /// Whether it goes as another does, whatever they show.
    pub(super) const fn runs_as(&self, other: &Self) -> bool {
        self.offset_ms == other.offset_ms
    }

    /// The clock never shows less than this again.
    pub(super) fn not_before(&mut self, ms: u64) {
        self.last_ms = self.last_ms.max(ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000_000;
    const HOUR: u64 = 3_600_000;

    #[test]
    fn time_goes_as_the_host_tells() {
        let mut clock = LaneClock::default();
        for ms in [0, 1, 1, 1_000, 60_000, LaneClock::LATE_MS] {
            assert_eq!(clock.read(START + ms, || Some(START)), START + ms);
        }
    }

    #[test]
    fn a_clock_set_back_goes_on_from_where_it_was() {
        let mut clock = LaneClock::default();
        clock.read(START, || None);
        assert_eq!(clock.read(START - HOUR, || None), START);
        assert_eq!(clock.read(START - HOUR + 500, || None), START + 500);
        // And when it is put right again, an hour of nothing does not count if something was waited for.
        assert_eq!(clock.read(START + 600, || Some(START + 550)), START + 500);
        assert_eq!(clock.read(START + 700, || Some(START + 550)), START + 600);
    }

    #[test]
    fn a_leap_ahead_or_an_outage_does_not_count_while_something_is_waited_for() {
        let mut clock = LaneClock::default();
        clock.read(START, || None);
        let wanted = START + 10_000;
        assert_eq!(clock.read(wanted + HOUR, || Some(wanted)), START);
        assert_eq!(clock.read(wanted + HOUR + 20, || Some(wanted)), START + 20);
        // A lane that waited for a long time, as it wanted to, has seen that time pass.
        let late = START + 20 + HOUR;
        assert_eq!(clock.read(wanted + 2 * HOUR + 20, || Some(late)), late);
        // With nothing to wait for, nothing can run out.
        assert_eq!(clock.read(wanted + 9 * HOUR + 20, || None), late + 7 * HOUR);
    }
}
