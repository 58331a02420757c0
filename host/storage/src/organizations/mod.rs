//! Organizations: made with their data key, and deleted with all that they own.

use forgegate_engine::{Direction, Listed, Page, Rows, Span, StoreError, Table, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::OrganizationId;
use forgegate_model::organization::Organization;
use serde::{Deserialize, Serialize};

use crate::audit;
use crate::memory::Change;
use crate::memory::MemoryState;
use crate::names::{self, NOBODY, Scope};
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx, tenant, update_directory};

pub(crate) const ORGANIZATIONS: Table = Table("organizations");

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrganizationRow {
    pub(crate) organization: Organization,
    /// Set by the first step of a deletion: nothing can be made in it any more.
    pub(crate) going: bool,
}

impl Row for OrganizationRow {
    const VERSION: u8 = 1;
}

impl Store {
    /// Makes an organization and its data key.
    ///
    /// # Errors
    /// `AlreadyExists` when another has its name.
    pub async fn create_organization(
        &self,
        organization: Organization,
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.write(Create { organization, audit }).await
    }

    /// The organization, if there is one.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let found = self.directory().organization(id);
        Ok(found.map(|row| row.as_ref().clone()))
    }

    /// A page of all organizations.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn organizations(&self, page: Page) -> Result<Listed<Organization>, StoreError> {
        let listed = self.directory().organizations(page.window()?);
        Ok(listed.map(|row| row.as_ref().clone()))
    }
}

/// Tells whether things can be made in an organization.
///
/// # Errors
/// `NotFound` when it is not there or on its way out.
pub(crate) fn ensure_there(rows: &impl Rows, id: OrganizationId) -> Result<Organization, StoreError> {
    match rows.row::<OrganizationRow>(ORGANIZATIONS, id.as_bytes())? {
        Some(row) if !row.going => Ok(row.organization),
        _ => Err(StoreError::NotFound(format!("organization `{id}`"))),
    }
}

/// Everything there is, for the directory; and what was being deleted.
pub(crate) fn load(rows: &impl Rows) -> Result<(Vec<Organization>, Vec<OrganizationId>), StoreError> {
    let (mut there, mut going) = (Vec::new(), Vec::new());
    rows.walk(ORGANIZATIONS, &Span::all(Direction::Up), &mut |_, bytes| {
        let row: OrganizationRow = decode(ORGANIZATIONS, bytes)?;
        if row.going {
            going.push(row.organization.id);
        } else {
            there.push(row.organization);
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok((there, going))
}

struct Create {
    organization: Organization,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Create {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let organization = &self.organization;
        let id = organization.id.as_bytes();
        if tx.get(ORGANIZATIONS, id)?.is_some() {
            return Err(StoreError::AlreadyExists(format!("organization `{}`", organization.id)));
        }
        names::take(tx, Scope::Organization, &NOBODY, &organization.name, id)?;
        let row = OrganizationRow {
            organization: organization.clone(),
            going: false,
        };
        tx.put_row(ORGANIZATIONS, id, &row)?;
        tx.make_data_key(tenant(organization.id))?;
        audit::append(tx, self.audit.as_ref())?;
        update_directory(tx, Change::Organization(organization.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use forgegate_model::timestamp::Timestamp;
    use uuid::Uuid;

    use forgegate_engine::SealContext;

    use super::*;
    use crate::Deletion;
    use crate::memory::Options;

    #[tokio::test]
    async fn the_data_key_comes_and_goes_with_its_organization() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Options::new(folder.path())).unwrap();
        let organization = Organization {
            id: OrganizationId(Uuid::from_u128(1)),
            name: "acme".parse().unwrap(),
            created_at: Timestamp::default(),
        };
        let owner = tenant(organization.id);
        let context = SealContext::new("integrations", b"1", "secret");
        let create = store.create_organization(organization.clone(), None);
        create.await.unwrap();
        let sealed = store.shared().vault.seal(owner, &context, b"plain").unwrap();
        drop(store);
        let store = Store::open(Options::new(folder.path())).unwrap();
        let opened = |store: &Store| store.shared().vault.open(owner, &context, &sealed);
        assert_eq!(opened(&store).unwrap().as_slice(), b"plain");
        let at = Timestamp::default();
        store
            .delete_organization(organization.id, Deletion::OnlyEmpty, at, None)
            .await
            .unwrap();
        assert!(matches!(opened(&store), Err(StoreError::Sealed(_))));
        drop(store);
        let store = Store::open(Options::new(folder.path())).unwrap();
        assert!(matches!(opened(&store), Err(StoreError::Sealed(_))));
        // Another of its name, even of its id, has another key.
        store.create_organization(organization, None).await.unwrap();
        assert!(matches!(opened(&store), Err(StoreError::Sealed(_))));
    }
}
