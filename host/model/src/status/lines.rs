//! Lines of an evaluation's change: one for the whole, for its approval, for its checks.

use super::StatusState;
use crate::evaluation::{Check, CheckState, Evaluation, State};

/// Of what a line speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part<'a> {
    /// Of the evaluation as a whole. Nothing is said of it while it is held: a stranger's commit never speaks where a trusted one does.
    Whole,
    /// Of its approval, while it is held, and how that ended.
    Approval,
    /// Of one of its checks.
    Check(&'a str),
}

/// One thing to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusMessage<'a> {
    /// The part of the evaluation that it is about.
    pub part: Part<'a>,
    /// The state that it shows.
    pub state: StatusState,
    /// The word that an action's `events` has to name, where it names any.
    pub event: &'static str,
    /// The sentence that it shows.
    pub description: Option<&'a str>,
    /// The address where more can be read.
    pub url: Option<&'a str>,
}

/// The lines for an evaluation that was made, or moved from a state.
#[must_use]
pub fn lines_of_move(before: Option<State>, now: &Evaluation) -> Vec<StatusMessage<'_>> {
    let mut lines = Vec::new();
    if now.state == State::Held {
        lines.push(approval(StatusState::ActionRequired, "Waiting for approval"));
        return lines;
    }
    if before == Some(State::Held) {
        lines.push(match now.state {
            State::Cancelled => approval(StatusState::Cancelled, "Cancelled before it was approved"),
            State::Superseded => approval(StatusState::Skipped, "Newer work took its place"),
            _ => approval(StatusState::Succeeded, "Approved"),
        });
        if !now.state.is_live() {
            return lines;
        }
    }
    lines.push(whole(now));
    if !now.state.is_live() {
        lines.extend(left_running(now));
    }
    lines
}

/// The line for a check that a worker reported.
#[must_use]
pub fn line_of_check(check: &Check) -> StatusMessage<'_> {
    let (state, event) = match check.state {
        CheckState::Running => (StatusState::Running, "running"),
        CheckState::Succeeded => (StatusState::Succeeded, "succeeded"),
        CheckState::Failed => (StatusState::Failed, "failed"),
        CheckState::Errored => (StatusState::Errored, "errored"),
        // No evaluation is ever skipped: it counts with what went well.
        CheckState::Skipped => (StatusState::Skipped, "succeeded"),
    };
    StatusMessage {
        part: Part::Check(&check.name),
        state,
        event,
        description: check.description.as_deref(),
        url: check.url.as_deref(),
    }
}

fn whole(now: &Evaluation) -> StatusMessage<'_> {
    let (state, event, usual) = match now.state {
        State::Held => (StatusState::ActionRequired, "held", "Waiting for approval"),
        State::Queued => (StatusState::Queued, "queued", "Waiting for a worker"),
        State::Running => (StatusState::Running, "running", "Running"),
        State::Succeeded => (StatusState::Succeeded, "succeeded", "Succeeded"),
        State::Failed => (StatusState::Failed, "failed", "Failed"),
        State::Errored => (StatusState::Errored, "errored", "It could not be run"),
        State::Cancelled => (StatusState::Cancelled, "cancelled", "Cancelled"),
        State::Superseded => (StatusState::Cancelled, "superseded", "Newer work took its place"),
    };
    StatusMessage {
        part: Part::Whole,
        state,
        event,
        description: now.description.as_deref().or(Some(usual)),
        url: now.url.as_deref(),
    }
}

const fn approval<'a>(state: StatusState, sentence: &'static str) -> StatusMessage<'a> {
    StatusMessage {
        part: Part::Approval,
        state,
        event: "held",
        description: Some(sentence),
        url: None,
    }
}

/// The checks that an evaluation leaves running at its end: nobody else would ever end them.
fn left_running(now: &Evaluation) -> impl Iterator<Item = StatusMessage<'_>> {
    let (state, event) = match now.state {
        State::Cancelled => (StatusState::Cancelled, "cancelled"),
        State::Superseded => (StatusState::Cancelled, "superseded"),
        _ => (StatusState::Errored, "errored"),
    };
    let running = now.checks.iter().filter(|check| check.state == CheckState::Running);
    running.map(move |check| StatusMessage {
        part: Part::Check(&check.name),
        state,
        event,
        description: Some("The evaluation ended before this did"),
        url: check.url.as_deref(),
    })
}
