//! What came of a task: effects that storage carries out, and sentences for people.

use forgegate_model::delivery::{MatchedTrigger, Reason};
use forgegate_model::event::User;
use forgegate_model::follow_up::{Address, FollowUp, Task};
use forgegate_model::ids::ProjectId;
use forgegate_storage::{Effect, FollowUpEnding, Settlement};

use super::question::{AskError, ProjectForge};
use super::service::FollowUps;
use crate::clock::fresh_id;

/// The answer to whoever gave a command where the forge could not be asked.
const NOT_ASKED: &str = "The forge could not be asked whether you may do this. Whoever runs this gateway can see why.";

/// What came of a task.
#[derive(Default)]
pub struct Outcome {
    /// The effects that storage carries out.
    pub effects: Vec<Effect>,
    /// What was found, for people.
    pub sentences: Vec<String>,
    /// The actor and the action, for the audit log.
    pub audit: Option<(String, String)>,
    /// The address of a reply to whoever gave a command.
    pub address: Option<Address>,
    /// The number of projects whose forge will never answer.
    unanswered: usize,
}

impl Outcome {
    /// The empty outcome of what somebody did at a forge, with the actor and the action for the audit log.
    pub fn of_actor(by: &User, forge: &str, action: String) -> Self {
        let number = by.id.as_deref().unwrap_or("without a number");
        Self {
            audit: Some((format!("{} ({forge} {number})", by.login), action)),
            ..Self::default()
        }
    }

    /// The outcome where nobody could be asked: nothing is released, and whoever waits for an answer is refused.
    pub fn given_up(service: &FollowUps, follow_up: &FollowUp, sentence: String) -> Self {
        let (effects, address) = match &follow_up.task {
            Task::Command(order) => {
                let all = order.targets.iter();
                let address = all.clone().find_map(|it| {
                    let forge = ProjectForge::of(service, follow_up, it.project).ok()?;
                    Some(forge.address())
                });
                let refused = all.map(|it| not_asked(it.project, Some(it.matched_trigger), Reason::NotPermitted));
                (refused.collect(), address)
            }
            Task::Commit(unresolved) => {
                let all = unresolved.iter();
                let refused = all.map(|it| not_asked(it.project, Some(it.matched_trigger), Reason::Filtered));
                (refused.collect(), None)
            }
            Task::Approval(approval) => {
                let all = approval.projects.iter();
                let refused = all.map(|project| not_asked(*project, None, Reason::NotPermitted));
                (refused.collect(), None)
            }
            Task::Head(_) => (Vec::new(), None),
        };
        Self {
            effects,
            sentences: vec![sentence],
            address,
            ..Self::default()
        }
    }

    /// Goes on without an answer for one project, where there will never be one: it alone is refused.
    ///
    /// # Errors
    /// Where there may be one later: then all is asked again.
    pub fn without(&mut self, error: AskError, refusal: Option<Effect>) -> Result<(), AskError> {
        let AskError::Permanent { sentence } = error else {
            return Err(error);
        };
        self.sentences.push(sentence);
        self.effects.extend(refusal);
        self.unanswered += 1;
        Ok(())
    }

    /// The outcome, where the forge of any of so many projects answered.
    ///
    /// # Errors
    /// Where none did.
    pub fn of_any(mut self, projects: usize) -> Result<Self, AskError> {
        match self.sentences.pop() {
            Some(sentence) if self.unanswered == projects => Err(AskError::Permanent { sentence }),
            last => {
                self.sentences.extend(last);
                Ok(self)
            }
        }
    }

    /// The write that storage applies in one transaction.
    pub fn into_settlement(self, service: &FollowUps, follow_up: &FollowUp, ending: FollowUpEnding) -> Settlement {
        let prefix = &service.command_prefix;
        Settlement {
            delivery: follow_up.delivery,
            at: service.clock.now(),
            seed: fresh_id(),
            deeds: self.effects,
            audit: self.audit,
            sentences: self.sentences,
            ending,
            reply: self.address.map(|address| (address, prefix.clone())),
        }
    }
}

/// The refusal of a project whose forge could not be asked.
pub fn not_asked(project: ProjectId, decider: Option<MatchedTrigger>, reason: Reason) -> Effect {
    Effect::Refuse {
        project,
        matched_trigger: decider,
        reason,
        reply: NOT_ASKED.to_owned(),
    }
}
