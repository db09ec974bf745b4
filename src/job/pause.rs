//! Sources that do not want to be asked: left alone for a while, then tried again.

use serde::{Deserialize, Serialize};

use crate::job::{Capture, CaptureFailure, CaptureState, JobError, Lane, StripAt, Ticket};
use crate::source::SourceId;

/// The first pause; each further one in a row is twice as long, up to the longest.
const FIRST_MS: u64 = 10_000;
const LONGEST_MS: u64 = 10 * 60_000;

/// What a renderer says of a source that it stopped asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which.
    pub source: SourceId,
    /// Why, in words for people who wait.
    pub reason: String,
    /// How long the source asks to be left alone, if it says so.
    pub retry_after_ms: Option<u64>,
}

/// A source that is left alone, or was and has not been seen to work since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    source: SourceId,
    reason: String,
    /// Until when; `None` once that is over and it may be tried.
    until_ms: Option<u64>,
    /// Pauses in a row.
    times: u32,
}

/// What those who wait are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// The source that is left alone.
    pub source: SourceId,
    /// Why.
    pub reason: String,
    /// Until when, by the lane's clock (milliseconds since 1970).
    pub until_ms: u64,
}

impl Lane {
    /// A source refuses to be asked any more. No strip that needs it is given out for a while; the strip at which it was
    /// noticed is given back, and that is no attempt. After too many pauses in a row its capture fails.
    ///
    /// # Errors
    /// [`JobError::StaleLease`].
    pub fn source_refuses(&mut self, at: &StripAt, refusal: Refusal, now_ms: u64) -> Result<(), JobError> {
        let ticket = self.held(at)?;
        let Some(strip) = self.strip_mut(ticket, at.strip) else { return Err(JobError::StaleLease) };
        strip.attempts = strip.attempts.saturating_sub(1);
        strip.give_back();
        self.touch_strip(ticket, at.strip);
        let reason = refusal.reason.clone();
        let failure = CaptureFailure {
            code: "source_unavailable".to_owned(),
            detail: format!("\"{}\" cannot be asked: {reason}", refusal.source),
            source_fault: true,
        };
        if self.pause(refusal, now_ms) > self.settings.max_pauses {
            self.end(ticket, CaptureState::Failed, Some(failure), now_ms);
        }
        Ok(())
    }

    /// Begins a pause, unless there is one. Returns how many there were in a row.
    fn pause(&mut self, refusal: Refusal, now_ms: u64) -> u32 {
        let Refusal { source, reason, retry_after_ms } = refusal;
        let known = self.pauses.iter().position(|pause| pause.source == source);
        let times = known.and_then(|at| self.pauses.get(at)).map_or(0, |pause| pause.times);
        if let Some(Pause { until_ms: Some(_), .. }) = known.and_then(|at| self.pauses.get(at)) {
            return times;
        }
        let own_ms = FIRST_MS.saturating_mul(1 << times.min(16));
        let length_ms = retry_after_ms.unwrap_or(0).max(own_ms).min(LONGEST_MS);
        let pause =
            Pause { source, reason, until_ms: Some(now_ms.saturating_add(length_ms)), times: times + 1 };
        match known.and_then(|at| self.pauses.get_mut(at)) {
            Some(known) => *known = pause.clone(),
            None => self.pauses.push(pause.clone()),
        }
        self.pauses_changed(&[pause.source]);
        times + 1
    }

    /// A strip of these sources was rendered: they work.
    pub(super) fn sources_work(&mut self, ticket: Ticket) {
        let Some(entry) = self.entries.get(&ticket) else { return };
        let sources = &entry.capture.job.sources;
        let before = self.pauses.len();
        self.pauses.retain(|pause| pause.until_ms.is_some() || !sources.contains(&pause.source));
        self.dirty.pauses |= self.pauses.len() != before;
    }

    /// Ends the pauses whose time is over.
    pub(super) fn end_pauses(&mut self, now_ms: u64) {
        let mut over = Vec::new();
        for pause in &mut self.pauses {
            if pause.until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
                pause.until_ms = None;
                over.push(pause.source.clone());
            }
        }
        self.pauses_changed(&over);
    }

    /// When the next pause ends.
    pub(super) fn pause_ends_ms(&self) -> Option<u64> {
        self.pauses.iter().filter_map(|pause| pause.until_ms).min()
    }

    /// What keeps a capture waiting, if it is a source.
    #[must_use]
    pub(super) fn paused(&self, capture: &Capture) -> Option<Paused> {
        self.pauses.iter().filter(|pause| capture.job.sources.contains(&pause.source)).find_map(|pause| {
            let until_ms = pause.until_ms?;
            Some(Paused { source: pause.source.clone(), reason: pause.reason.clone(), until_ms })
        })
    }

    /// Those who wait for the sources are to hear of it.
    fn pauses_changed(&mut self, sources: &[SourceId]) {
        if sources.is_empty() {
            return;
        }
        self.dirty.pauses = true;
        for ticket in self.agenda.active() {
            let Some(entry) = self.entries.get(&ticket) else { continue };
            if entry.capture.job.sources.iter().any(|source| sources.contains(source)) {
                self.news.insert(ticket);
            }
        }
    }
}
