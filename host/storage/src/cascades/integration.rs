//! Deleting an integration, and the links that named it.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{IntegrationId, ProjectId, TriggerId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::name::Name;

use super::installation::unbind_with;
use crate::memory::MemoryState;
use crate::names::{self, Scope};
use crate::store::{Store, Tx};
use crate::{actions, audit, integrations, outbox, projects, triggers};

/// A row that named an integration which is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// A trigger, which fires nothing any more.
    Trigger {
        /// Of this project.
        project: ProjectId,
        /// The integration's id.
        trigger: TriggerId,
    },
    /// An action, which does nothing any more.
    Action {
        /// Of this project.
        project: ProjectId,
        /// The integration's name.
        action: Name,
    },
}

impl Store {
    /// Deletes an integration, clears the links to it, and says whose they were. One of an app's pair takes the other along, and ends
    /// the binding.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_integration(
        &self,
        id: IntegrationId,
        audit: Option<AuditEntry>,
    ) -> Result<Vec<Unlinked>, StoreError> {
        self.write(Delete { id, audit }).await
    }
}

struct Delete {
    id: IntegrationId,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Delete {
    type Output = Vec<Unlinked>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Unlinked>, StoreError> {
        let integration = integrations::full(tx, self.id)?.integration;
        if let Some(unlinked) = unbind_with(tx, &integration)? {
            audit::append(tx, self.audit.as_ref())?;
            return Ok(unlinked);
        }
        let owner = integration.organization.as_bytes();
        let mut unlinked = Vec::new();
        for project in names::owned(tx, Scope::Project, owner, usize::MAX)? {
            let project = ProjectId::from_bytes(project);
            let before = unlinked.len();
            unlink(tx, project, &integration, &mut unlinked)?;
            if unlinked.len() > before {
                projects::publish(tx, project)?;
            }
        }
        remove_integration(tx, self.id)?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(unlinked)
    }
}

/// Takes an integration away, whatever names it. Its statuses that wait are given up.
pub(crate) fn remove_integration(tx: &mut Tx<'_>, id: IntegrationId) -> Result<(), StoreError> {
    integrations::remove(tx, id)?;
    outbox::fail_integration(tx, id, "its integration was deleted");
    Ok(())
}

fn unlink(
    tx: &mut Tx<'_>,
    project: ProjectId,
    from: &Integration,
    unlinked: &mut Vec<Unlinked>,
) -> Result<(), StoreError> {
    match from.kind {
        IntegrationKind::Inbound => {
            let cleared = triggers::unlink(tx, project, from.id)?;
            unlinked.extend(
                cleared
                    .into_iter()
                    .map(|trigger| Unlinked::Trigger { project, trigger }),
            );
        }
        IntegrationKind::Outbound => {
            let cleared = actions::unlink(tx, project, from.id)?;
            unlinked.extend(cleared.into_iter().map(|action| Unlinked::Action { project, action }));
        }
    }
    Ok(())
}
