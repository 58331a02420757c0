//! When credentials were last used: noted in memory, written once a second, since a row a delivery would be too many.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use forgegate_model::evidence::Credential;
use forgegate_model::ids::IntegrationId;
use forgegate_model::integration::{Integration, SecretFacts};
use forgegate_model::timestamp::Timestamp;

use super::{INTEGRATIONS, IntegrationRow, save};
use crate::error::StoreError;
use crate::rows::Rows;
use crate::store::Store;
use crate::tx::Tx;
use crate::writer::Write;

/// How many integrations a transaction settles: deliveries wait meanwhile.
const STEP: usize = 1_000;

/// A credential of an integration: places in the list move when secrets are rotated, the time of making does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Used {
    Secret(Timestamp),
    SigningKey(Timestamp),
}

type Noted = HashMap<IntegrationId, HashMap<Used, Timestamp>>;

/// The uses that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<Noted>);

impl Uses {
    pub(super) fn note(&self, of: &Integration, credential: Credential, index: usize, at: Timestamp) {
        let used = match credential {
            Credential::Secret => of.secrets.get(index).map(|it| Used::Secret(it.created_at)),
            Credential::SigningKey => of.signing_key.as_ref().map(|it| Used::SigningKey(it.created_at)),
        };
        if let Some(used) = used {
            let mut noted = self.lock();
            let last = noted.entry(of.id).or_default().entry(used).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// Shows the uses of an integration that are not written yet.
    pub(super) fn show(&self, integration: &mut Integration) {
        if let Some(uses) = self.lock().get(&integration.id) {
            enter(integration, uses);
        }
    }

    fn take(&self) -> Noted {
        std::mem::take(&mut self.lock())
    }

    fn put_back(&self, noted: Noted) {
        let mut now = self.lock();
        for (id, uses) in noted {
            let of = now.entry(id).or_default();
            for (used, at) in uses {
                let last = of.entry(used).or_insert(at);
                *last = at.max(*last);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the uses, and removes what expired.
pub(super) async fn settle(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let uses = &store.shared().memory.uses;
    let mut noted = uses.take();
    for id in expired(store, now) {
        noted.entry(id).or_default();
    }
    let mut waiting: Vec<_> = noted.into_iter().collect();
    while !waiting.is_empty() {
        let step: Noted = waiting
            .split_off(waiting.len().saturating_sub(STEP))
            .into_iter()
            .collect();
        let write = Settle {
            noted: step.clone(),
            now,
        };
        if let Err(error) = store.write(write).await {
            uses.put_back(step);
            uses.put_back(waiting.into_iter().collect());
            return Err(error);
        }
    }
    Ok(())
}

fn expired(store: &Store, now: Timestamp) -> Vec<IntegrationId> {
    let rows = store.directory().stored_integrations();
    rows.into_iter()
        .filter(|row| row.shown.secrets.iter().any(|facts| !facts.is_live(now)))
        .map(|row| row.shown.id)
        .collect()
}

fn enter(integration: &mut Integration, uses: &HashMap<Used, Timestamp>) {
    let secrets = integration.secrets.iter_mut();
    for facts in secrets {
        later(facts, uses.get(&Used::Secret(facts.created_at)));
    }
    if let Some(facts) = &mut integration.signing_key {
        later(facts, uses.get(&Used::SigningKey(facts.created_at)));
    }
}

fn later(facts: &mut SecretFacts, at: Option<&Timestamp>) {
    facts.last_used_at = facts.last_used_at.max(at.copied());
}

struct Settle {
    noted: Noted,
    now: Timestamp,
}

impl Write for Settle {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (id, uses) in &self.noted {
            let row: Option<IntegrationRow> = tx.row(INTEGRATIONS, id.as_bytes())?;
            // One that was deleted meanwhile has nothing to show.
            if let Some(mut row) = row {
                enter(&mut row.integration, uses);
                row.drop_expired(self.now);
                save(tx, row)?;
            }
        }
        Ok(())
    }
}
