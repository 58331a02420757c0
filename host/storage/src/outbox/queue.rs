//! The waiting statuses in memory, changed once a row is committed.

use forgegate_engine::{IndexEntry, StoreError};
use forgegate_model::ids::{ActionId, IntegrationId, StatusId};
use forgegate_model::status::StatusOutcome;
use forgegate_model::timestamp::Timestamp;

use super::row::{self, ACTION_GONE, STATUS, STATUSES, StatusRow};
use crate::rows::ReadRow;
use crate::store::Tx;

/// Shows in memory, once it is committed, that a row waits.
pub(super) fn enter(tx: &mut Tx<'_>, row: &StatusRow) {
    let (id, waiting) = (row.id(), row.waiting());
    tx.after_commit(move |shared| {
        shared.state.outbox.change(|index| index.enter(id, waiting));
    });
}

/// Shows in memory, once it is committed, that a row waits no more and is not under way.
pub(super) fn leave(tx: &mut Tx<'_>, row: &StatusRow) {
    let (id, lane) = (row.id(), row.lane);
    tx.after_commit(move |shared| {
        shared.state.outbox.change(|index| index.leave(id, lane));
    });
}

/// Makes everything due that waits for an integration, once this is committed, and has it tried for the whole time again.
pub(crate) fn wake_integration(tx: &mut Tx<'_>, integration: IntegrationId, at: Timestamp) {
    tx.after_commit(move |shared| shared.state.outbox.change(|index| index.wake(integration, at)));
}

/// Has everything fail that waits for an integration, once this is committed: the next `settle` writes it down, in steps. After a crash it
/// does so for integrations that are not there; of one that stays, the caller has to say it again at the start.
pub(crate) fn fail_integration(tx: &mut Tx<'_>, integration: IntegrationId, sentence: &str) {
    let sentence = sentence.to_owned();
    tx.after_commit(move |shared| {
        let outbox = &shared.state.outbox;
        outbox.with(|index| index.end_integration(integration, &sentence));
    });
}

/// Has the web requests of an action fail, once this is committed, as `fail_integration` does. What it told forges is still told.
pub(crate) fn end_action(tx: &mut Tx<'_>, action: ActionId) {
    tx.after_commit(move |shared| {
        let outbox = &shared.state.outbox;
        outbox.with(|index| index.end_action(action, ACTION_GONE));
    });
}

/// Removes a status with its index entries; from the small tables and from memory, too.
pub(crate) fn remove(tx: &mut Tx<'_>, id: &StatusId) -> Result<bool, StoreError> {
    let Some(mut row) = tx.row::<StatusRow>(STATUSES, id.as_bytes())? else {
        return Ok(false);
    };
    let listed = row.entries();
    row::turn(tx, &mut row, StatusOutcome::Superseded)?;
    leave(tx, &row);
    tx.remove(STATUSES, id.as_bytes())?;
    let removed = listed.into_iter().map(IndexEntry::removed).collect();
    tx.changed(&STATUS, *id.as_bytes(), removed);
    Ok(true)
}
