//! The accounts that an organization may bind: those that an administrator confirmed, and those that it once had bound.

use forgegate_engine::{Rows, StoreError, Table, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::event::User;
use forgegate_model::ids::OrganizationId;
use forgegate_model::installation::{ConfirmedAccount, Installation};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::memory::MemoryState;
use crate::rows::{PutRow, ReadRow, Row};
use crate::store::Tx;
use crate::{audit, organizations};

/// Confirmed accounts: organization → all of them.
const ACCOUNTS: Table = Table("accounts");

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AccountsRow(Vec<ConfirmedAccount>);

impl Row for AccountsRow {
    const VERSION: u8 = 1;
}

pub(crate) struct Confirm {
    pub(crate) organization: OrganizationId,
    pub(crate) account: ConfirmedAccount,
    pub(crate) audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Confirm {
    type Output = ConfirmedAccount;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<ConfirmedAccount, StoreError> {
        organizations::ensure_there(tx, self.organization)?;
        let confirmed = confirm(tx, self.organization, &self.account)?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(confirmed)
    }
}

/// The accounts of an organization, the oldest first.
pub(crate) fn of(rows: &impl Rows, organization: OrganizationId) -> Result<Vec<ConfirmedAccount>, StoreError> {
    let row: Option<AccountsRow> = rows.row(ACCOUNTS, organization.as_bytes())?;
    Ok(row.unwrap_or_default().0)
}

/// Notes that the account of an installation is bound to an organization, which confirms it for good.
pub(crate) fn note_bound(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    installation: &Installation,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(origin) = &installation.origin else {
        return Ok(());
    };
    let account = ConfirmedAccount {
        forge: installation.forge.clone(),
        origin: origin.clone(),
        login: installation.account.clone(),
        account_id: installation.account_id.clone(),
        confirmed_at: at,
    };
    confirm(tx, organization, &account).map(|_| ())
}

/// Adds an account, or gives the entry that means it the number and the name of today.
fn confirm(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    account: &ConfirmedAccount,
) -> Result<ConfirmedAccount, StoreError> {
    let mut all = of(tx, organization)?;
    let user = User {
        id: account.account_id.clone(),
        login: account.login.clone(),
    };
    let found = all.iter_mut().find(|it| it.is(&account.forge, &account.origin, &user));
    let confirmed = match found {
        Some(it) if it.account_id.is_some() && it.login == account.login => return Ok(it.clone()),
        Some(it) => {
            it.account_id = it.account_id.take().or_else(|| account.account_id.clone());
            it.login.clone_from(&account.login);
            it.clone()
        }
        None => {
            all.push(account.clone());
            account.clone()
        }
    };
    tx.put_row(ACCOUNTS, organization.as_bytes(), &AccountsRow(all))?;
    Ok(confirmed)
}

/// Forgets what was confirmed for an organization.
pub(crate) fn forget(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<(), StoreError> {
    tx.remove(ACCOUNTS, organization.as_bytes()).map(|_| ())
}
