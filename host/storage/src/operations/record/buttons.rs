//! Buttons that people press at a forge: what follows is decided by the model's rules, in the transaction that records the delivery.

use forgegate_engine::StoreError;
use forgegate_model::audit::AuditEntry;
use forgegate_model::button::{Button, ButtonEffect, Press, Time};
use forgegate_model::delivery::{Delivery, Queued, Reason};
use forgegate_model::evaluation::{Evaluation, Trust};
use forgegate_model::ids::{AuditId, DerivedIds, EvaluationId, ProjectId};
use forgegate_model::project::{Project, StableId};
use forgegate_model::queueing::LiveEvaluation;
use forgegate_model::trust::Pinning;

use crate::deliveries::skip;
use crate::memory::ProjectEntry;
use crate::store::Tx;
use crate::{audit, evaluations, projects};

/// A button that was pressed, and what it may touch.
#[derive(Clone, Debug)]
pub struct Pressed {
    /// The button, and who pressed it.
    pub press: Press,
    /// The projects that matched the delivery: no other's evaluation is touched.
    pub projects: Vec<ProjectId>,
    /// The stable id of the repository at which it stands.
    pub repository: Option<StableId>,
    /// The evaluations that it is about.
    pub about: Vec<EvaluationId>,
}

/// Does what a button asks for.
///
/// # Errors
/// When storage fails.
pub(super) fn press(tx: &mut Tx<'_>, pressed: Option<&Pressed>, delivery: &mut Delivery) -> Result<(), StoreError> {
    let Some(pressed) = pressed else { return Ok(()) };
    let mut executor = ButtonExecutor {
        pressed,
        ids: DerivedIds::of(delivery.id.0),
        delivery,
    };
    pressed.about.iter().try_for_each(|id| executor.one(tx, *id))
}

struct ButtonExecutor<'a> {
    pressed: &'a Pressed,
    delivery: &'a mut Delivery,
    ids: DerivedIds,
}

impl ButtonExecutor<'_> {
    /// What is not there, or is another's, is as if nobody had pressed anything.
    fn one(&mut self, tx: &mut Tx<'_>, id: EvaluationId) -> Result<(), StoreError> {
        let Some(it) = evaluations::find(tx, id)? else {
            return Ok(());
        };
        let entry = tx.shared().state.directory.project_by_id(it.project);
        let Some(entry) = entry.filter(|_| self.pressed.projects.contains(&it.project)) else {
            return Ok(());
        };
        let project = projects::get(tx, it.project)?;
        let outcome = match self.effect(tx, &it, &project)? {
            Ok(effect) => {
                self.carry_out(tx, &it, &entry, effect)?;
                "200".to_owned()
            }
            Err(reason) => {
                skip(self.delivery, &entry, None, reason);
                match reason {
                    Reason::NotPermitted => "403",
                    _ => "409",
                }
                .to_owned()
            }
        };
        self.record(tx, &it, outcome)
    }

    fn effect(
        &self,
        tx: &Tx<'_>,
        it: &Evaluation,
        project: &Project,
    ) -> Result<Result<ButtonEffect, Reason>, StoreError> {
        let pinning = Pinning::of(project.repository_id.as_ref(), self.pressed.repository.as_ref());
        if pinning == Pinning::Replaced || project.identity != it.repository {
            return Ok(Err(Reason::RepositoryReplaced));
        }
        if !project.active {
            return Ok(Err(Reason::Inactive));
        }
        let live = evaluations::live_for(tx, project, &it.work)?;
        let live: Vec<LiveEvaluation<'_>> = live.iter().filter_map(LiveEvaluation::of).collect();
        let time = match self.delivery.replay_of {
            Some(_) => Time::Replayed,
            None => Time::First,
        };
        Ok(self.pressed.press.on(it, project.concurrency, &live, time))
    }

    fn carry_out(
        &mut self,
        tx: &mut Tx<'_>,
        it: &Evaluation,
        entry: &ProjectEntry,
        effect: ButtonEffect,
    ) -> Result<(), StoreError> {
        let at = self.delivery.received_at;
        let (made, held) = match effect {
            ButtonEffect::Release => {
                evaluations::release(tx, it.id, &self.pressed.press.sha, Trust::Approved, at)?;
                evaluations::attach(tx, it.id, self.delivery.id)?;
                (it.id, false)
            }
            ButtonEffect::Queue { supersede } => (self.again(tx, it, &supersede)?, false),
            ButtonEffect::Hold { supersede } => (self.again(tx, it, &supersede)?, true),
        };
        let project = entry.project();
        self.delivery.findings.queued.push(Queued {
            project_id: project.id,
            project_name: project.name.to_string(),
            organization_id: project.organization,
            organization: entry.organization_name.to_string(),
            evaluation_id: made,
            held,
            matched_trigger: None,
        });
        Ok(())
    }

    fn again(
        &mut self,
        tx: &mut Tx<'_>,
        it: &Evaluation,
        supersede: &[EvaluationId],
    ) -> Result<EvaluationId, StoreError> {
        let at = self.delivery.received_at;
        let mut again = evaluations::once_more(it, EvaluationId(self.ids.fresh()), at);
        again.deliveries = vec![self.delivery.id];
        evaluations::insert(tx, &again, None)?;
        for older in supersede {
            evaluations::supersede(tx, *older, again.id, at)?;
        }
        Ok(again.id)
    }

    fn record(&mut self, tx: &mut Tx<'_>, it: &Evaluation, outcome: String) -> Result<(), StoreError> {
        let Press { button, by, .. } = &self.pressed.press;
        let forge = &self.delivery.route.forge;
        let actor = match by {
            Some(by) => format!(
                "{} ({forge} {})",
                by.user.login,
                by.user.id.as_deref().unwrap_or("without a number")
            ),
            None => format!("nobody known ({forge})"),
        };
        let action = match button {
            Button::Rerun => "press rerun",
            Button::Approve => "press approve",
        };
        let entry = AuditEntry {
            id: AuditId(self.ids.fresh()),
            at: self.delivery.received_at,
            organization: Some(it.organization),
            actor,
            action: action.to_owned(),
            target: format!("evaluation {}", it.id),
            outcome,
            source_ip: Some(self.delivery.source_ip),
        };
        audit::append(tx, Some(&entry))
    }
}
