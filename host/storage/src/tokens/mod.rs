//! Access tokens: stored by the hash of their value, looked up in memory.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Listed, Page, Rows, Span, StoreError, Table, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{OrganizationId, TokenId};
use forgegate_model::token::AccessToken;
use serde::{Deserialize, Serialize};

use crate::audit;
use crate::memory::Change;
use crate::memory::MemoryState;
use crate::organizations;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx, update_directory};

const TOKENS: Table = Table("tokens");
/// Hash → id: no two tokens have one value.
const HASHES: Table = Table("token_hashes");

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenRow {
    token: AccessToken,
    hash: [u8; 32],
}

impl Row for TokenRow {
    const VERSION: u8 = 1;
}

impl Store {
    /// Makes a token. `hash` is what `model::token::token_hash` makes of its value, which is kept nowhere.
    ///
    /// # Errors
    /// `AlreadyExists` for an id or hash that is taken, `NotFound` for an organization that is not there.
    pub async fn create_token(
        &self,
        token: AccessToken,
        hash: [u8; 32],
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        let row = TokenRow { token, hash };
        self.write(Create { row, audit }).await
    }

    /// A page of all tokens.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn tokens(&self, page: Page) -> Result<Listed<AccessToken>, StoreError> {
        let listed = self.directory().tokens(page.window()?);
        Ok(listed.map(|token| token.as_ref().clone()))
    }

    /// Deletes a token: from then on it is nobody's.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_token(&self, id: TokenId, audit: Option<AuditEntry>) -> Result<(), StoreError> {
        self.write(Delete { id, audit }).await
    }
}

/// Takes an organization out of the reach of every token. A token that reached nothing else goes.
pub(crate) fn forget_organization(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<(), StoreError> {
    for mut row in all(tx)? {
        let Some(reach) = row.token.organizations.as_mut() else {
            continue;
        };
        let before = reach.len();
        reach.retain(|reached| *reached != organization);
        if reach.is_empty() && before > 0 {
            remove(tx, &row)?;
        } else if reach.len() < before {
            tx.put_row(TOKENS, row.token.id.as_bytes(), &row)?;
            update_directory(tx, Change::Token(row.token, row.hash));
        }
    }
    Ok(())
}

/// Everything there is, for the directory.
pub(crate) fn load(rows: &impl Rows) -> Result<Vec<Change>, StoreError> {
    let rows = all(rows)?.into_iter();
    Ok(rows.map(|row| Change::Token(row.token, row.hash)).collect())
}

fn all(rows: &impl Rows) -> Result<Vec<TokenRow>, StoreError> {
    let mut found = Vec::new();
    rows.walk(TOKENS, &Span::all(Direction::Up), &mut |_, bytes| {
        found.push(decode(TOKENS, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn remove(tx: &mut Tx<'_>, row: &TokenRow) -> Result<(), StoreError> {
    tx.remove(TOKENS, row.token.id.as_bytes())?;
    tx.remove(HASHES, &row.hash)?;
    update_directory(tx, Change::TokenGone(row.token.id));
    Ok(())
}

struct Create {
    row: TokenRow,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Create {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let TokenRow { token, hash } = &self.row;
        let id = token.id.as_bytes();
        if tx.get(TOKENS, id)?.is_some() || tx.get(HASHES, hash)?.is_some() {
            return Err(StoreError::AlreadyExists(format!("token `{}`", token.name)));
        }
        for organization in token.organizations.iter().flatten() {
            organizations::ensure_there(tx, *organization)?;
        }
        tx.put_row(TOKENS, id, &self.row)?;
        tx.put(HASHES, hash, id)?;
        audit::append(tx, self.audit.as_ref())?;
        update_directory(tx, Change::Token(token.clone(), *hash));
        Ok(())
    }
}

struct Delete {
    id: TokenId,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Delete {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let row: Option<TokenRow> = tx.row(TOKENS, self.id.as_bytes())?;
        let row = row.ok_or_else(|| StoreError::NotFound(format!("token `{}`", self.id)))?;
        remove(tx, &row)?;
        audit::append(tx, self.audit.as_ref())
    }
}
