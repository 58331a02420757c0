//! Buttons that a forge shows beside what was told to it: which was pressed, and what follows.
//!
//! A forge shows them to those only who may change the code, and tells nobody but the app whose button it is. What is left to decide:
//! whether a person pressed it, whether it is about what stands here, and whether it can still be done. Whose project it may touch is
//! settled before, as for any delivery.

use crate::delivery::Reason;
use crate::evaluation::{Evaluation, State, Work};
use crate::event::{Actor, Detail, Event};
use crate::ids::EvaluationId;
use crate::project::Concurrency;
use crate::queueing::{Decision, Gate, LiveEvaluation, decide};
use crate::trust::gate;

/// A button of a check at the forge, which people press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The same work once more.
    Rerun,
    /// Release what is held.
    Approve,
}

impl Button {
    /// The word by which it comes back from a forge.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rerun => "rerun",
            Self::Approve => "approve",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Rerun, Self::Approve].into_iter().find(|it| it.as_str() == word)
    }
}

/// A button that was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The button that was pressed.
    pub button: Button,
    /// The commit at which it stands.
    pub sha: String,
    /// The evaluation that it belongs to; none where it stands for all of the commit.
    pub evaluation: Option<EvaluationId>,
    /// The person who pressed it.
    pub by: Option<Actor>,
}

/// The effect of a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ButtonEffect {
    /// The held evaluation is released for its commit.
    Release,
    /// The same work is queued again.
    Queue {
        /// The evaluations that it supersedes.
        supersede: Vec<EvaluationId>,
    },
    /// The same work is recorded again, and waits for approval.
    Hold {
        /// The evaluations that it supersedes.
        supersede: Vec<EvaluationId>,
    },
}

/// The first processing of a delivery, or a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The delivery is processed for the first time.
    First,
    /// Somebody has the delivery replayed.
    Replayed,
}

impl Press {
    /// The button that an event tells of; none where it tells of none that is ours.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let (word, sha, evaluation) = match &event.detail {
            Detail::Job(job) => (
                job.requested_action.as_deref()?,
                job.sha.clone()?,
                Some(job.external_id.as_deref()?.parse().ok()?),
            ),
            Detail::Pipeline(run) => (run.requested_action.as_deref()?, run.sha.clone()?, None),
            _ => return None,
        };
        let button = Button::of_word(word)?;
        // Only what is held by its own id is ever released: a commit has many.
        (evaluation.is_some() || button == Button::Rerun).then(|| Self {
            button,
            sha,
            evaluation,
            by: event.actor.clone(),
        })
    }

    /// The effect on an evaluation, given what is live of its project.
    ///
    /// # Errors
    /// The reason why nothing does.
    pub fn on(
        &self,
        it: &Evaluation,
        policy: Concurrency,
        live: &[LiveEvaluation<'_>],
        time: Time,
    ) -> Result<ButtonEffect, Reason> {
        let is_person = self.by.as_ref().is_some_and(|by| !by.bot && by.user.id.is_some());
        if !is_person || it.work.sha != self.sha {
            return Err(Reason::NotPermitted);
        }
        match self.button {
            Button::Approve if time == Time::Replayed => Err(Reason::NotPermitted),
            Button::Approve => match it.state {
                State::Held => Ok(ButtonEffect::Release),
                state if state.is_live() => Err(Reason::AlreadyInProgress),
                _ => Err(Reason::Filtered),
            },
            Button::Rerun => again(it, policy, live),
        }
    }
}

/// It releases nothing: what is a stranger's is held again. Nor does it end anything but a held twin: what came before its commit came
/// before it long ago.
fn again(it: &Evaluation, policy: Concurrency, live: &[LiveEvaluation<'_>]) -> Result<ButtonEffect, Reason> {
    let gate = gate(it.work.trust, Gate::Held);
    let work = Work {
        before: None,
        ..it.work.clone()
    };
    match decide(&work, gate, policy, live) {
        Decision::Queue { supersede } => Ok(ButtonEffect::Queue { supersede }),
        Decision::Hold { supersede } => Ok(ButtonEffect::Hold { supersede }),
        Decision::Join { .. } => Err(Reason::AlreadyInProgress),
        Decision::Skip(reason) => Err(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Trust;
    use crate::event::{Job, Pipeline, RunState, User};
    use crate::testing;

    const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const ID: &str = "01920000-0000-7000-8000-000000000001";

    fn ann() -> Actor {
        Actor {
            user: User {
                id: Some("2".into()),
                login: "ann".into(),
            },
            bot: false,
        }
    }

    fn event(detail: Detail) -> Event {
        Event {
            repository: None,
            actor: Some(ann()),
            time: None,
            installation: None,
            delivery_id: None,
            detail,
        }
    }

    fn job(action: Option<&str>, external_id: Option<&str>) -> Event {
        event(Detail::Job(Job {
            id: "1".into(),
            name: "build".into(),
            stage: None,
            pipeline_id: None,
            ref_name: None,
            sha: Some(SHA.into()),
            state: RunState::Failed,
            duration_s: None,
            allow_failure: false,
            failure_reason: None,
            environment: None,
            external_id: external_id.map(str::to_owned),
            requested_action: action.map(str::to_owned),
        }))
    }

    fn suite(action: &str) -> Event {
        event(Detail::Pipeline(Pipeline {
            id: "1".into(),
            number: None,
            sha: Some(SHA.into()),
            before: None,
            ref_name: None,
            tag: false,
            source: None,
            state: RunState::Failed,
            stages: Vec::new(),
            duration_s: None,
            queued_s: None,
            requested_action: Some(action.into()),
        }))
    }

    fn evaluation(state: State, trust: Trust) -> Evaluation {
        Evaluation {
            id: ID.parse().unwrap(),
            state,
            work: Work {
                before: Some("b".repeat(40)),
                trust,
                ..testing::work(SHA)
            },
            ..testing::evaluation(1)
        }
    }

    fn press(button: &str) -> Press {
        Press::of(&job(Some(button), Some(ID))).unwrap()
    }

    fn pressed(press: &Press, it: &Evaluation) -> Result<ButtonEffect, Reason> {
        let live: Vec<_> = LiveEvaluation::of(it).into_iter().collect();
        press.on(it, Concurrency::CancelSuperseded, &live, Time::First)
    }

    #[test]
    fn a_button_is_one_of_ours_and_names_its_evaluation() {
        assert_eq!(press("approve").evaluation, Some(ID.parse().unwrap()));
        assert_eq!(Press::of(&suite("rerun")).unwrap().evaluation, None);
        for none in [
            job(None, Some(ID)),
            job(Some("rerun"), None),
            job(Some("rerun"), Some("another app's")),
            job(Some("deploy"), Some(ID)),
            suite("approve"),
        ] {
            assert_eq!(Press::of(&none), None, "{none:?}");
        }
    }

    #[test]
    fn approving_releases_what_is_held_of_that_commit_alone() {
        let held = evaluation(State::Held, Trust::Untrusted);
        assert_eq!(pressed(&press("approve"), &held), Ok(ButtonEffect::Release));
        let mut other = press("approve");
        other.sha = "c".repeat(40);
        assert_eq!(pressed(&other, &held), Err(Reason::NotPermitted));
        let running = evaluation(State::Running, Trust::Approved);
        assert_eq!(pressed(&press("approve"), &running), Err(Reason::AlreadyInProgress));
        let over = evaluation(State::Cancelled, Trust::Untrusted);
        assert_eq!(pressed(&press("approve"), &over), Err(Reason::Filtered));
    }

    #[test]
    fn a_bot_or_nobody_presses_nothing() {
        let held = evaluation(State::Held, Trust::Untrusted);
        let mut by_bot = press("approve");
        by_bot.by = Some(Actor { bot: true, ..ann() });
        let mut by_nobody = press("approve");
        by_nobody.by = None;
        for press in [by_bot, by_nobody] {
            assert_eq!(pressed(&press, &held), Err(Reason::NotPermitted));
        }
    }

    #[test]
    fn a_replay_releases_nothing() {
        let held = evaluation(State::Held, Trust::Untrusted);
        let replayed = press("approve").on(&held, Concurrency::Parallel, &[], Time::Replayed);
        assert_eq!(replayed, Err(Reason::NotPermitted));
    }

    #[test]
    fn what_is_over_runs_again_once_and_a_strangers_is_held_again() {
        let over = evaluation(State::Failed, Trust::Trusted);
        let rerun = press("rerun");
        assert_eq!(pressed(&rerun, &over), Ok(ButtonEffect::Queue { supersede: vec![] }));
        let strangers = evaluation(State::Failed, Trust::Untrusted);
        assert_eq!(
            pressed(&rerun, &strangers),
            Ok(ButtonEffect::Hold { supersede: vec![] })
        );
        let running = evaluation(State::Running, Trust::Trusted);
        assert_eq!(pressed(&rerun, &running), Err(Reason::AlreadyInProgress));
        let second = LiveEvaluation::of(&running).unwrap();
        let again = rerun.on(&over, Concurrency::CancelSuperseded, &[second], Time::First);
        assert_eq!(again, Err(Reason::AlreadyInProgress), "two presses make one");
    }
}
