//! Trying again what was given up, because somebody asked for it.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::StatusId;
use forgegate_model::status::{Message, Status, StatusOutcome};
use forgegate_model::timestamp::Timestamp;

use super::queue;
use super::row::{self, ACTION_GONE, INTEGRATION_GONE};
use crate::memory::MemoryState;
use crate::store::{Store, Tx};
use crate::{actions, audit, integrations};

impl Store {
    /// Has a status that was given up tried again, at once and for the whole time; its attempts are counted anew.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was not given up, a later one took its place, or what it goes through is gone.
    pub async fn retry_status(
        &self,
        id: StatusId,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Status, StoreError> {
        self.write(Retry { id, at, audit }).await
    }
}

struct Retry {
    id: StatusId,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Retry {
    type Output = Status;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Status, StoreError> {
        let mut row = row::get(tx, self.id)?;
        if let Some(why) = why_not(tx, &row.status, row.is_last)? {
            return Err(StoreError::Conflict(format!("status `{}`: {why}", self.id)));
        }
        row::turn(tx, &mut row, StatusOutcome::Waiting)?;
        row.status.attempts = 0;
        row.status.next_at = Some(self.at);
        row.status.waiting_since = self.at;
        row::put(tx, &row)?;
        queue::enter(tx, &row);
        audit::append(tx, self.audit.as_ref())?;
        Ok(row.status)
    }
}

fn why_not(tx: &Tx<'_>, status: &Status, is_last: bool) -> Result<Option<&'static str>, StoreError> {
    if status.outcome != StatusOutcome::Failed {
        return Ok(Some("only what failed is retried"));
    }
    if !is_last {
        return Ok(Some("a later one took its place"));
    }
    if matches!(status.message, Message::WebRequest { .. }) {
        let actions = actions::of(tx, status.project)?;
        let is_there = actions.iter().any(|it| it.id == status.action);
        return Ok((!is_there).then_some(ACTION_GONE));
    }
    let is_there = match status.integration {
        Some(id) => integrations::get(tx, id)?.is_some(),
        None => false,
    };
    Ok((!is_there).then_some(INTEGRATION_GONE))
}
