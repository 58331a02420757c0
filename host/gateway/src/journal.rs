//! The journal of a delivery: the steps that it took, how each ended and how long it took.

use std::time::Instant;

use forgegate_model::button::Press;
use forgegate_model::delivery::{Step, StepName, StepOutcome};

/// The steps taken so far, and the time of the last.
pub struct Journal {
    began: Instant,
    last: Instant,
    steps: Vec<Step>,
}

impl Journal {
    /// Begins with the delivery's first byte.
    pub fn begin() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            last: now,
            steps: Vec::with_capacity(10),
        }
    }

    /// Notes a step that ended well.
    pub fn ok(&mut self, step: StepName) {
        self.note(step, StepOutcome::Ok, None);
    }

    /// Notes a step that ended well and found that somebody pressed a button.
    pub fn pressed(&mut self, step: StepName, press: &Press) {
        let by = press.by.as_ref().map_or("somebody", |by| by.user.login.as_str());
        let button = press.button.as_str();
        self.note(step, StepOutcome::Ok, Some(format!("{by} pressed `{button}`")));
    }

    /// Notes the step at which the delivery ended.
    pub fn stop(&mut self, step: StepName, reason: impl Into<String>) {
        self.note(step, StepOutcome::Stopped, Some(reason.into()));
    }

    /// Ends the journal: the steps, and the milliseconds since the first byte.
    ///
    /// The record is written before `commit` and `answer` end, and it is there only if they did: they are on it without a time.
    pub fn close(&mut self) -> (Vec<Step>, u32) {
        let milliseconds = u32::try_from(self.began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let last = [StepName::Commit, StepName::Answer];
        self.steps.extend(last.map(|step| Step {
            step,
            outcome: StepOutcome::Ok,
            reason: None,
            microseconds: None,
        }));
        (std::mem::take(&mut self.steps), milliseconds)
    }

    fn note(&mut self, step: StepName, outcome: StepOutcome, reason: Option<String>) {
        let now = Instant::now();
        let micros = now.duration_since(self.last).as_micros();
        self.last = now;
        self.steps.push(Step {
            step,
            outcome,
            reason,
            microseconds: u64::try_from(micros).ok(),
        });
    }
}
