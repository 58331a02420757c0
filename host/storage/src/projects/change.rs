//! Making and changing a project.

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::action::Action;
use forgegate_model::audit::AuditEntry;
use forgegate_model::project::Project;
use forgegate_model::trigger::Trigger;

use super::PROJECTS;
use crate::memory::MemoryState;
use crate::names::{self, Scope};
use crate::rows::PutRow;
use crate::store::Tx;
use crate::{actions, audit, organizations, triggers};

/// A change of a project.
#[derive(Clone, Debug)]
pub struct ProjectChange {
    /// The project as it was read.
    pub before: Project,
    /// The project as it shall be: id, organization and time of making stay.
    pub after: Project,
    /// Triggers of it to make, or to put in place of those with their ids.
    pub triggers: Vec<Trigger>,
    /// Actions of it to make, or to put in place of those with their ids.
    pub actions: Vec<Action>,
}

pub(super) struct Create {
    pub(super) project: Project,
    pub(super) triggers: Vec<Trigger>,
    pub(super) actions: Vec<Action>,
    pub(super) audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Create {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let project = &self.project;
        let id = project.id.as_bytes();
        organizations::ensure_there(tx, project.organization)?;
        if tx.get(PROJECTS, id)?.is_some() {
            return Err(StoreError::AlreadyExists(format!("project `{}`", project.id)));
        }
        names::take(tx, Scope::Project, project.organization.as_bytes(), &project.name, id)?;
        tx.put_row(PROJECTS, id, project)?;
        put_children(tx, project, &self.triggers, &self.actions)?;
        audit::append(tx, self.audit.as_ref())?;
        super::publish(tx, project.id)
    }
}

pub(super) struct Update {
    pub(super) change: ProjectChange,
    pub(super) audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Update {
    type Output = Project;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Project, StoreError> {
        let ProjectChange {
            before,
            after,
            triggers,
            actions,
        } = &self.change;
        if super::get(tx, before.id)? != *before {
            return Err(StoreError::Conflict(format!(
                "project `{}` was changed meanwhile",
                before.name
            )));
        }
        organizations::ensure_there(tx, before.organization)?;
        ensure_same(before, after)?;
        let owner = before.organization.as_bytes();
        if before.name != after.name {
            names::take(tx, Scope::Project, owner, &after.name, after.id.as_bytes())?;
            names::release(tx, Scope::Project, owner, &before.name)?;
        }
        let mut after = after.clone();
        if before.identity != after.identity && before.repository_id == after.repository_id {
            after.repository_id = None;
        }
        tx.put_row(PROJECTS, after.id.as_bytes(), &after)?;
        put_children(tx, &after, triggers, actions)?;
        audit::append(tx, self.audit.as_ref())?;
        super::publish(tx, after.id)?;
        Ok(after)
    }
}

fn ensure_same(before: &Project, after: &Project) -> Result<(), StoreError> {
    let same =
        before.id == after.id && before.organization == after.organization && before.created_at == after.created_at;
    if same {
        Ok(())
    } else {
        Err(StoreError::Invalid(
            "a project keeps its id, organization and age".to_owned(),
        ))
    }
}

fn put_children(
    tx: &mut Tx<'_>,
    project: &Project,
    triggers: &[Trigger],
    actions: &[Action],
) -> Result<(), StoreError> {
    for trigger in triggers {
        triggers::put(tx, project, trigger)?;
    }
    for action in actions {
        actions::put(tx, project, action)?;
    }
    Ok(())
}
