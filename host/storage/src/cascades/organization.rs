//! Deleting an organization: refused while it owns projects, or with all of them, in steps that keep nobody waiting for long.
//!
//! The first step takes it out of sight and marks it; the steps after that take away what it owned, and the last one its name and its
//! data key. Whatever is left sealed under that key cannot be read any more. `settle` finishes what was interrupted.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;

use super::integration::remove_integration;
use super::project::remove_project;
use crate::memory::Change;
use crate::memory::MemoryState;
use crate::names::{self, NOBODY, Scope};
use crate::organizations::{self, ORGANIZATIONS, OrganizationRow};
use crate::rows::{PutRow, ReadRow};
use crate::store::{Store, Tx, tenant, update_directory};
use crate::{audit, installations, tokens};

/// Most rows that one transaction deletes: deliveries wait meanwhile.
const STEP: usize = 1_000;

/// Tells whether what an organization owns goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is refused while there are projects.
    OnlyEmpty,
    /// Its projects go too.
    Cascade,
}

impl Store {
    /// Deletes an organization, its integrations, and with `Cascade` its projects; what was queued or running for them is cancelled. Its
    /// name is free once this returns. Tokens lose their reach to it, and go where they reached nothing else.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` while it owns projects that were not to go.
    pub async fn delete_organization(
        &self,
        id: OrganizationId,
        deletion: Deletion,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.write(Begin { id, deletion, audit }).await?;
        finish(self, id, at).await
    }
}

/// Carries on the deletions that were begun and left, by a stop or by a caller that went away.
pub(crate) async fn settle_organizations(store: &Store, at: Timestamp) -> Result<(), StoreError> {
    let going: Vec<_> = store.shared().state.going().iter().copied().collect();
    for id in going {
        finish(store, id, at).await?;
    }
    Ok(())
}

async fn finish(store: &Store, id: OrganizationId, at: Timestamp) -> Result<(), StoreError> {
    while store.write(Step { id, at }).await? == Progress::More {}
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    More,
    Done,
}

struct Begin {
    id: OrganizationId,
    deletion: Deletion,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Begin {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let organization = organizations::ensure_there(tx, self.id)?;
        let owns = names::owned(tx, Scope::Project, self.id.as_bytes(), 1)?;
        if self.deletion == Deletion::OnlyEmpty && !owns.is_empty() {
            return Err(StoreError::Conflict(format!(
                "organization `{}` owns projects",
                organization.name
            )));
        }
        let row = OrganizationRow {
            organization,
            going: true,
        };
        tx.put_row(ORGANIZATIONS, self.id.as_bytes(), &row)?;
        audit::append(tx, self.audit.as_ref())?;
        update_directory(tx, Change::OrganizationGone(self.id));
        let id = self.id;
        tx.after_commit(move |shared| {
            shared.state.going().insert(id);
        });
        Ok(())
    }
}

struct Step {
    id: OrganizationId,
    at: Timestamp,
}

impl Write<MemoryState> for Step {
    type Output = Progress;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Progress, StoreError> {
        let owner = self.id.as_bytes();
        let mut room = STEP;
        for project in names::owned(tx, Scope::Project, owner, STEP)? {
            let project = ProjectId::from_bytes(project);
            if !remove_project(tx, project, self.at, &mut room)? {
                return Ok(Progress::More);
            }
        }
        for scope in [Scope::Inbound, Scope::Outbound] {
            for integration in names::owned(tx, scope, owner, STEP)? {
                if room == 0 {
                    return Ok(Progress::More);
                }
                room -= 1;
                remove_integration(tx, IntegrationId::from_bytes(integration))?;
            }
        }
        if room < STEP {
            // What was taken away in this step may not have been all.
            return Ok(Progress::More);
        }
        self.last(tx)?;
        Ok(Progress::Done)
    }
}

impl Step {
    fn last(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let key = self.id.as_bytes();
        // Two that delete it at once both come to the last step.
        let Some(row) = tx.row::<OrganizationRow>(ORGANIZATIONS, key)? else {
            return Ok(());
        };
        tokens::forget_organization(tx, self.id)?;
        installations::forget_organization(tx, self.id)?;
        names::release(tx, Scope::Organization, &NOBODY, &row.organization.name)?;
        tx.remove(ORGANIZATIONS, key)?;
        let id = self.id;
        tx.after_commit(move |shared| {
            shared.state.going().remove(&id);
        });
        tx.remove_data_key(tenant(id))
    }
}
