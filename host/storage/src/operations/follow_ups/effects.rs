//! Effects of a forge's answer to follow-up work. Each rule is applied again here, to the rows as they are by now.

use std::sync::Arc;

use forgegate_engine::StoreError;
use forgegate_model::audit::AuditEntry;
use forgegate_model::delivery::{Delivery, MatchedTrigger, Queued, Reason};
use forgegate_model::evaluation::{Evaluation, State, Trust};
use forgegate_model::ids::{AuditId, DerivedIds, EvaluationId, ProjectId};
use forgegate_model::project::{Concurrency, Project};
use forgegate_model::timestamp::Timestamp;

use crate::deliveries::skip;
use crate::memory::ProjectEntry;
use crate::operations::decide::{Candidate, decide_one};
use crate::store::Tx;
use crate::{audit, evaluations, projects};

/// Something to be done for a project.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Queue or hold what is wanted, as a delivery would.
    Queue(Box<Candidate>),
    /// Release what is held, for its commit.
    Release {
        /// The id of the project.
        project: ProjectId,
        /// The held evaluation.
        evaluation: EvaluationId,
        /// The commit that it is released for.
        sha: String,
        /// The trust that the evaluation has from now on.
        trust: Trust,
        /// The trigger that listened.
        matched_trigger: Option<MatchedTrigger>,
    },
    /// Cancel what a pull request caused.
    Cancel {
        /// The id of the project.
        project: ProjectId,
        /// The number of the pull request.
        number: u64,
        /// The trigger that listened.
        matched_trigger: Option<MatchedTrigger>,
    },
    /// The evaluation is of the pull request's last head: it takes the place of the older ones.
    Overtake {
        /// The id of the project.
        project: ProjectId,
        /// The number of the pull request.
        number: u64,
        /// The evaluation of the last head.
        evaluation: EvaluationId,
    },
    /// Nothing, since it is not allowed or not possible.
    Refuse {
        /// The id of the project.
        project: ProjectId,
        /// The trigger that listened.
        matched_trigger: Option<MatchedTrigger>,
        /// The reason, as the delivery's record has it.
        reason: Reason,
        /// The reason, as a sentence for the person who gave the command.
        reply: String,
    },
    /// Nothing is to be done: who asked only wants to be told.
    Tell {
        /// The id of the project.
        project: ProjectId,
        /// The trigger that listened.
        matched_trigger: Option<MatchedTrigger>,
    },
}

/// The outcome of an effect; where it failed, the sentence for whoever asked for it.
pub(super) type EffectOutcome = Result<(), String>;

/// Carries out the effects on one delivery.
pub(super) struct EffectExecutor<'a> {
    pub(super) delivery: &'a mut Delivery,
    pub(super) ids: DerivedIds,
    pub(super) at: Timestamp,
    pub(super) audit: Option<&'a (String, String)>,
}

impl Effect {
    const fn project(&self) -> ProjectId {
        match self {
            Self::Queue(candidate) => candidate.project,
            Self::Release { project, .. }
            | Self::Cancel { project, .. }
            | Self::Overtake { project, .. }
            | Self::Refuse { project, .. }
            | Self::Tell { project, .. } => *project,
        }
    }
}

impl EffectExecutor<'_> {
    /// Does what is to be done. For a project that is gone, nothing is.
    pub(super) fn carry_out(&mut self, tx: &mut Tx<'_>, effect: &Effect) -> Result<EffectOutcome, StoreError> {
        let Some(entry) = tx.shared().state.directory.project_by_id(effect.project()) else {
            return Ok(Err(Reason::Filtered.told_to_commander().to_owned()));
        };
        let project = match projects::get(tx, effect.project()) {
            Ok(project) => project,
            Err(StoreError::NotFound(_)) => return Ok(Err(Reason::Filtered.told_to_commander().to_owned())),
            Err(error) => return Err(error),
        };
        let (outcome, target) = self.one(tx, effect, &entry, &project)?;
        if !matches!(effect, Effect::Overtake { .. }) {
            self.record(tx, &project, target, outcome.as_ref().err().copied())?;
        }
        Ok(outcome.map_err(|reason| match effect {
            Effect::Refuse { reply: told, .. } => told.clone(),
            _ => reason.told_to_commander().to_owned(),
        }))
    }

    /// Does it, and tells what the audit log names.
    fn one(
        &mut self,
        tx: &mut Tx<'_>,
        effect: &Effect,
        entry: &Arc<ProjectEntry>,
        project: &Project,
    ) -> Result<(Result<(), Reason>, String), StoreError> {
        let whole = || format!("{}/{}", entry.organization_name, project.name);
        Ok(match effect {
            Effect::Queue(candidate) => (self.queue(tx, candidate, entry, project)?, whole()),
            Effect::Release {
                evaluation,
                sha,
                trust,
                matched_trigger: decider,
                ..
            } => {
                let released = self.release(tx, project, *evaluation, sha, *trust)?;
                match released {
                    Ok(()) => self.note_released(entry, *evaluation, *decider),
                    Err(reason) => self.skip(entry, *decider, reason),
                }
                (released, format!("evaluation {evaluation}"))
            }
            Effect::Cancel {
                number,
                matched_trigger: decider,
                ..
            } => {
                let live = evaluations::live_of_pull_request(tx, project.id, *number)?;
                for it in &live {
                    evaluations::cancel_since(tx, it.id, self.at, "A command cancelled it")?;
                }
                skip(self.delivery, entry, *decider, Reason::Filtered);
                let done = if live.is_empty() { Err(Reason::Filtered) } else { Ok(()) };
                (done, format!("{} pull request {number}", whole()))
            }
            Effect::Overtake { number, evaluation, .. } => {
                self.overtake(tx, project, *number, *evaluation)?;
                (Ok(()), whole())
            }
            Effect::Refuse {
                matched_trigger: decider,
                reason,
                ..
            } => {
                skip(self.delivery, entry, *decider, *reason);
                (Err(*reason), whole())
            }
            Effect::Tell {
                matched_trigger: decider,
                ..
            } => {
                skip(self.delivery, entry, *decider, Reason::Filtered);
                (Ok(()), whole())
            }
        })
    }

    /// Writes down why nothing was released, unless the project has its entry: what the delivery itself made is that.
    fn skip(&mut self, entry: &ProjectEntry, decider: Option<MatchedTrigger>, reason: Reason) {
        let project = entry.project().id;
        if !self.delivery.findings.queued.iter().any(|it| it.project_id == project) {
            skip(self.delivery, entry, decider, reason);
        }
    }

    fn queue(
        &mut self,
        tx: &mut Tx<'_>,
        candidate: &Candidate,
        entry: &Arc<ProjectEntry>,
        project: &Project,
    ) -> Result<Result<(), Reason>, StoreError> {
        let queued = self.delivery.findings.queued.len();
        // What is made is made now, not when the delivery came: for how long a head stands decides what an approval is for.
        let received_at = std::mem::replace(&mut self.delivery.received_at, self.at);
        let decided = decide_one(tx, self.delivery, candidate, None, entry, project);
        self.delivery.received_at = received_at;
        decided?;
        let findings = &self.delivery.findings;
        Ok(if findings.queued.len() > queued {
            Ok(())
        } else {
            Err(findings.skipped.last().map_or(Reason::Filtered, |it| it.reason))
        })
    }

    fn release(
        &self,
        tx: &mut Tx<'_>,
        project: &Project,
        id: EvaluationId,
        sha: &str,
        trust: Trust,
    ) -> Result<Result<(), Reason>, StoreError> {
        if !project.active {
            return Ok(Err(Reason::Inactive));
        }
        let held: Option<Evaluation> = evaluations::find(tx, id)?;
        let Some(held) = held.filter(|it| it.project == project.id && it.repository == project.identity) else {
            return Ok(Err(Reason::Filtered));
        };
        if held.work.sha != sha {
            return Ok(Err(Reason::NotPermitted));
        }
        if held.state != State::Held {
            let is_live = held.state.is_live();
            return Ok(Err(if is_live {
                Reason::AlreadyInProgress
            } else {
                Reason::Filtered
            }));
        }
        evaluations::release(tx, id, sha, trust, self.at)?;
        evaluations::attach(tx, id, self.delivery.id)?;
        Ok(Ok(()))
    }

    /// Shows an evaluation that this very delivery held as released.
    fn note_released(&mut self, entry: &ProjectEntry, evaluation: EvaluationId, decider: Option<MatchedTrigger>) {
        let queued = &mut self.delivery.findings.queued;
        if let Some(own) = queued.iter_mut().find(|it| it.evaluation_id == evaluation) {
            own.held = false;
            return;
        }
        let project = entry.project();
        queued.push(Queued {
            project_id: project.id,
            project_name: project.name.to_string(),
            organization_id: project.organization,
            organization: entry.organization_name.to_string(),
            evaluation_id: evaluation,
            held: false,
            matched_trigger: decider,
        });
    }

    fn overtake(&self, tx: &mut Tx<'_>, project: &Project, number: u64, by: EvaluationId) -> Result<(), StoreError> {
        let is_there = evaluations::find(tx, by)?.is_some_and(|it| it.state.is_live());
        if project.concurrency != Concurrency::CancelSuperseded || !is_there {
            return Ok(());
        }
        for older in evaluations::live_of_pull_request(tx, project.id, number)? {
            if older.id < by {
                evaluations::supersede(tx, older.id, by, self.at)?;
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        tx: &mut Tx<'_>,
        project: &Project,
        target: String,
        refused: Option<Reason>,
    ) -> Result<(), StoreError> {
        let Some((actor, action)) = self.audit else {
            return Ok(());
        };
        let outcome = match refused {
            None => "200",
            Some(Reason::NotPermitted) => "403",
            Some(_) => "409",
        };
        let entry = AuditEntry {
            id: AuditId(self.ids.fresh()),
            at: self.at,
            organization: Some(project.organization),
            actor: actor.clone(),
            action: action.clone(),
            target,
            outcome: outcome.to_owned(),
            source_ip: None,
        };
        audit::append(tx, Some(&entry))
    }
}
