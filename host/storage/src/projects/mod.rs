//! Projects, with their triggers and actions.

mod change;

use forgegate_engine::{Direction, Listed, Page, Rows, Span, StoreError, Table};
use forgegate_model::action::Action;
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{OrganizationId, ProjectId};
use forgegate_model::matching::{CompiledTrigger, LinkedProject};
use forgegate_model::project::{Project, StableId};
use forgegate_model::trigger::Trigger;

use crate::memory::{Change, ProjectEntry};
use crate::organizations;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx, update_directory};
use crate::{actions, triggers};

pub use change::ProjectChange;

pub(crate) const PROJECTS: Table = Table("projects");

impl Row for Project {
    const VERSION: u8 = 1;
}

impl Store {
    /// Makes a project with its first triggers and actions.
    ///
    /// # Errors
    /// `AlreadyExists` for a name that is taken, `NotFound` for an organization or integration that is not there, `Invalid` for an
    /// integration of another organization or of the wrong kind, or for triggers and actions of another project.
    pub async fn create_project(
        &self,
        project: Project,
        triggers: Vec<Trigger>,
        actions: Vec<Action>,
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.write(change::Create {
            project,
            triggers,
            actions,
            audit,
        })
        .await
    }

    /// The project with its triggers and actions, if there is one.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn project(&self, id: ProjectId) -> Result<Option<ProjectEntry>, StoreError> {
        let found = self.directory().project_by_id(id);
        Ok(found.map(|entry| entry.as_ref().clone()))
    }

    /// A page of the projects of an organization.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn projects(&self, organization: OrganizationId, page: Page) -> Result<Listed<ProjectEntry>, StoreError> {
        let listed = self.directory().projects(organization, page.window()?);
        Ok(listed.map(|entry| entry.as_ref().clone()))
    }

    /// Changes a project, and makes or changes the triggers and actions that are named, in one transaction. A project that is given
    /// another repository forgets the id that was pinned. Answers the project as it is then.
    ///
    /// # Errors
    /// `Conflict` when the project is no longer as it was read, and what `create_project` says.
    pub async fn update_project(
        &self,
        change: ProjectChange,
        audit: Option<AuditEntry>,
    ) -> Result<Project, StoreError> {
        self.write(change::Update { change, audit }).await
    }
}

/// The project, as the transaction sees it.
///
/// # Errors
/// `NotFound`.
pub(crate) fn get(rows: &impl Rows, id: ProjectId) -> Result<Project, StoreError> {
    rows.row(PROJECTS, id.as_bytes())?
        .ok_or_else(|| StoreError::NotFound(format!("project `{id}`")))
}

/// Writes down that an evaluation was made for the project, and pins the repository's id where none is pinned.
pub(crate) fn note_evaluation(
    tx: &mut Tx<'_>,
    project: &Project,
    repository_id: Option<&StableId>,
) -> Result<(), StoreError> {
    let pins = project.repository_id.is_none() && repository_id.is_some();
    if project.has_evaluation && !pins {
        return Ok(());
    }
    let mut project = project.clone();
    project.has_evaluation = true;
    project.repository_id = project.repository_id.or_else(|| repository_id.cloned());
    tx.put_row(PROJECTS, project.id.as_bytes(), &project)?;
    publish(tx, project.id)
}

/// Pins the repository's id without an evaluation: the first proved event does it, whatever becomes of it.
pub(crate) fn pin(tx: &mut Tx<'_>, project: &Project, repository_id: &StableId) -> Result<(), StoreError> {
    if project.repository_id.is_some() {
        return Ok(());
    }
    let mut project = project.clone();
    project.repository_id = Some(repository_id.clone());
    tx.put_row(PROJECTS, project.id.as_bytes(), &project)?;
    publish(tx, project.id)
}

/// Writes a project whose repository was renamed at the forge: it keeps its name and owner.
pub(crate) fn follow(tx: &mut Tx<'_>, project: &Project) -> Result<(), StoreError> {
    tx.put_row(PROJECTS, project.id.as_bytes(), project)?;
    publish(tx, project.id)
}

/// Visits every project of every organization. One that cannot be read is left out, and in the log.
pub(crate) fn each(rows: &impl Rows, visit: &mut dyn FnMut(Project)) -> Result<(), StoreError> {
    rows.walk(PROJECTS, &Span::all(Direction::Up), &mut |_, bytes| {
        match decode(PROJECTS, bytes) {
            Ok(project) => visit(project),
            Err(error) => tracing::error!(%error, "a project cannot be read"),
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })
}

/// Everything there is, for the directory. What belongs to an organization on its way out is left out.
pub(crate) fn load(rows: &impl Rows) -> Result<Vec<Change>, StoreError> {
    let mut projects: Vec<Project> = Vec::new();
    rows.walk(PROJECTS, &Span::all(Direction::Up), &mut |_, bytes| {
        projects.push(decode(PROJECTS, bytes)?);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    let mut entries = Vec::with_capacity(projects.len());
    for project in projects {
        match entry(rows, project) {
            Ok(entry) => entries.push(Change::Project(Box::new(entry))),
            Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(entries)
}

/// Has the directory show the project, its triggers and its actions as the transaction has them.
pub(crate) fn publish(tx: &mut Tx<'_>, id: ProjectId) -> Result<(), StoreError> {
    let project = get(tx, id)?;
    match entry(tx, project) {
        Ok(entry) => update_directory(tx, Change::Project(Box::new(entry))),
        // Its organization is going, and it is out of sight already.
        Err(StoreError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn entry(rows: &impl Rows, project: Project) -> Result<ProjectEntry, StoreError> {
    Ok(ProjectEntry {
        organization_name: organizations::ensure_there(rows, project.organization)?.name,
        actions: actions::of(rows, project.id)?,
        linked: LinkedProject {
            triggers: triggers::of(rows, project.id)?
                .into_iter()
                .map(CompiledTrigger::new)
                .collect(),
            project,
        },
    })
}
