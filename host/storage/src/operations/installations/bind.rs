//! Binding, restricting and unbinding installations.

use std::sync::Arc;

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::client_address::IpNet;
use forgegate_model::event::User;
use forgegate_model::ids::{DerivedIds, InstallationId, IntegrationId, OrganizationId};
use forgegate_model::installation::{
    Bind as Policy, Binding, Granted, Installation, InstallationStatus, Named, Selection, may_bind,
};
use forgegate_model::integration::Integration;
use forgegate_model::plugin::Description;
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use crate::cascades::pairs;
use crate::installations::{accounts, bound, find, save};
use crate::memory::MemoryState;
use crate::store::{Store, Tx};
use crate::{audit, organizations};

/// A binding to be made, with what is known of the installation: asked of the forge, or believed.
#[derive(Clone, Debug)]
pub struct NewBinding {
    /// The organization that binds.
    pub organization: OrganizationId,
    /// The installation's forge.
    pub forge: String,
    /// Its web address.
    pub origin: String,
    /// The base URL of the pair, where the web address is not a public one.
    pub base_url: Option<String>,
    /// The forge's number of the installation.
    pub number: String,
    /// The account; with its number where the forge was asked.
    pub account: User,
    /// How it stands, where the forge was asked.
    pub status: Option<InstallationStatus>,
    /// What it covers, where the forge was asked.
    pub selection: Option<Selection>,
    /// The repositories that it covers, where the forge was asked and told them.
    pub repositories: Option<Vec<Granted>>,
    /// Networks that deliveries may come from.
    pub allowed_ips: Vec<IpNet>,
    /// The accounts that may be bound.
    pub policy: Policy,
    /// The plugins that are loaded.
    pub plugins: Arc<Vec<Description>>,
    /// The id that those of what is made follow from.
    pub seed: Uuid,
    /// The time of binding.
    pub at: Timestamp,
}

/// The result of binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It is bound.
    Made {
        /// The installation.
        installation: Box<Installation>,
        /// Its pair, the inbound row first.
        pair: Box<[Integration; 2]>,
    },
    /// Nothing was written: an administrator has to confirm the account for the organization first.
    Unconfirmed {
        /// The account.
        account: String,
    },
}

impl Store {
    /// Binds an installation to an organization: the row, its pair of integrations and what the organization's matching projects lack,
    /// in one transaction.
    ///
    /// # Errors
    /// `NotFound` for an organization that is not there; `AlreadyExists` where the account is bound to it already, or the pair's name is
    /// taken; `Conflict` where the account has installed the app again since; `Invalid` where the account makes no name.
    pub async fn bind_installation(&self, binding: NewBinding, audit: Option<AuditEntry>) -> Result<Bound, StoreError> {
        self.write(Bind { binding, audit }).await
    }

    /// Changes the networks that an organization takes an installation's deliveries from.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn restrict_installation(
        &self,
        id: InstallationId,
        organization: OrganizationId,
        allowed_ips: Vec<IpNet>,
        audit: Option<AuditEntry>,
    ) -> Result<Arc<Installation>, StoreError> {
        self.write(Restrict {
            id,
            organization,
            allowed_ips,
            audit,
        })
        .await
    }
}

struct Bind {
    binding: NewBinding,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Bind {
    type Output = Bound;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Bound, StoreError> {
        let new = &self.binding;
        organizations::ensure_there(tx, new.organization)?;
        let mut ids = DerivedIds::of(new.seed);
        let mut row = self.installation(tx, &mut ids)?;
        if !self.is_allowed(tx, &row)? {
            return Ok(Bound::Unconfirmed { account: row.account });
        }
        let before = row.binding(new.organization).cloned();
        if before.as_ref().is_some_and(Binding::is_live) {
            return Err(StoreError::AlreadyExists(format!(
                "installation of `{}` in the organization",
                row.account
            )));
        }
        let binding = Binding {
            organization: new.organization,
            inbound: before
                .as_ref()
                .map_or_else(|| IntegrationId(ids.fresh()), |it| it.inbound),
            outbound: before
                .as_ref()
                .map_or_else(|| IntegrationId(ids.fresh()), |it| it.outbound),
            allowed_ips: new.allowed_ips.clone(),
            unlinked: None,
            created_at: new.at,
        };
        if !pairs::can_make(tx, &row, &binding)? {
            let account = &row.account;
            return Err(StoreError::AlreadyExists(format!(
                "integration that the pair of `{account}` would be named after"
            )));
        }
        row.bindings.retain(|it| it.organization != new.organization);
        for other in row.bindings.iter().filter(|it| it.is_live()) {
            pairs::put(tx, &row, other, None)?;
        }
        row.bindings.push(binding.clone());
        let pair = pairs::put(tx, &row, &binding, new.base_url.as_deref())?;
        let pair = pair.ok_or_else(|| StoreError::Invalid("the account makes no name".to_owned()))?;
        if let Some(links) = before.and_then(|it| it.unlinked) {
            pairs::relink(tx, &binding, &links)?;
        }
        pairs::attach(tx, new.organization, &new.plugins, &mut ids, new.at)?;
        accounts::note_bound(tx, new.organization, &row, new.at)?;
        save(tx, row.clone())?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(Bound::Made {
            installation: Box::new(row),
            pair: Box::new(pair),
        })
    }
}

impl Bind {
    /// The installation as it is with what was told by now. Nothing is written.
    fn installation(&self, tx: &Tx<'_>, ids: &mut DerivedIds) -> Result<Installation, StoreError> {
        let new = &self.binding;
        let named = Named {
            forge: &new.forge,
            origin: &new.origin,
            number: &new.number,
            account: &new.account,
        };
        let fresh = InstallationId(ids.fresh());
        let Some(mut row) = find(tx, &named)? else {
            return Ok(Installation {
                id: fresh,
                forge: new.forge.clone(),
                origin: Some(new.origin.clone()),
                account_id: new.account.id.clone(),
                account: new.account.login.clone(),
                number: new.number.clone(),
                status: new.status.unwrap_or(InstallationStatus::Active),
                selection: new.selection,
                repositories: new.repositories.clone().unwrap_or_default(),
                permissions_accepted_at: None,
                bindings: Vec::new(),
                created_at: new.at,
            });
        };
        let asked = new.status.is_some();
        let is_held = row.bindings.iter().any(|it| it.organization != new.organization);
        let is_own = row.binding(new.organization).is_some_and(Binding::is_live);
        if row.number != new.number && !is_own {
            // What one organization believes does not take the installation from another.
            if !asked && is_held && row.status != InstallationStatus::Uninstalled {
                return Err(StoreError::Conflict(format!(
                    "the installation of `{}` is another",
                    row.account
                )));
            }
            row.number.clone_from(&new.number);
        }
        row.origin.get_or_insert_with(|| new.origin.clone());
        if asked {
            row.account_id = row.account_id.or_else(|| new.account.id.clone());
            row.account.clone_from(&new.account.login);
            row.status = new.status.unwrap_or(row.status);
            row.selection = new.selection.or(row.selection);
            if let Some(repositories) = &new.repositories {
                row.repositories.clone_from(repositories);
            }
        } else if row.status == InstallationStatus::Uninstalled {
            // Somebody who binds it says that it is there, and nobody can be asked.
            row.status = InstallationStatus::Active;
        }
        Ok(row)
    }

    fn is_allowed(&self, tx: &Tx<'_>, row: &Installation) -> Result<bool, StoreError> {
        let new = &self.binding;
        let confirmed = accounts::of(tx, new.organization)?;
        // What the forge told of the account goes before what somebody believes.
        let account = User {
            id: row.account_id.clone(),
            login: row.account.clone(),
        };
        let named = Named {
            forge: &new.forge,
            origin: &new.origin,
            number: &new.number,
            account: &account,
        };
        let (organizations, _) = organizations::load(tx)?;
        Ok(may_bind(new.policy, organizations.len(), &named, &confirmed))
    }
}

struct Restrict {
    id: InstallationId,
    organization: OrganizationId,
    allowed_ips: Vec<IpNet>,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Restrict {
    type Output = Arc<Installation>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Arc<Installation>, StoreError> {
        let mut row = bound(tx, self.id, self.organization)?;
        let mut changed = None;
        for binding in &mut row.bindings {
            if binding.organization == self.organization {
                binding.allowed_ips.clone_from(&self.allowed_ips);
                changed = Some(binding.clone());
            }
        }
        if let Some(binding) = changed {
            pairs::put(tx, &row, &binding, None)?;
        }
        save(tx, row.clone())?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(Arc::new(row))
    }
}
