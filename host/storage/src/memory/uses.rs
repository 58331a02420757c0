//! The uses of credentials that are not yet in their rows.

use std::collections::HashMap;

use forgegate_model::evidence::Credential;
use forgegate_model::ids::IntegrationId;
use forgegate_model::integration::{Integration, SecretFacts};
use forgegate_model::lock::Lock;
use forgegate_model::timestamp::Timestamp;

/// A credential of an integration: places in the list move when secrets are rotated, the time of making does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Used {
    Secret(Timestamp),
    SigningKey(Timestamp),
}

/// Uses by integration and credential, each with the time of the last.
pub(crate) type Noted = HashMap<IntegrationId, HashMap<Used, Timestamp>>;

/// The uses that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Uses(Lock<Noted>);

impl Uses {
    pub(crate) fn note(&self, of: &Integration, credential: Credential, index: usize, at: Timestamp) {
        let used = match credential {
            Credential::Secret => of.secrets.get(index).map(|it| Used::Secret(it.created_at)),
            Credential::SigningKey => of.signing_key.as_ref().map(|it| Used::SigningKey(it.created_at)),
        };
        if let Some(used) = used {
            let mut noted = self.0.lock();
            let last = noted.entry(of.id).or_default().entry(used).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// Shows the uses of an integration that are not written yet.
    pub(crate) fn show(&self, integration: &mut Integration) {
        if let Some(uses) = self.0.lock().get(&integration.id) {
            show_uses(integration, uses);
        }
    }

    pub(crate) fn take(&self) -> Noted {
        std::mem::take(&mut self.0.lock())
    }

    pub(crate) fn put_back(&self, noted: Noted) {
        let mut now = self.0.lock();
        for (id, uses) in noted {
            let of = now.entry(id).or_default();
            for (used, at) in uses {
                let last = of.entry(used).or_insert(at);
                *last = at.max(*last);
            }
        }
    }
}

/// Writes uses into the facts about credentials.
pub(crate) fn show_uses(integration: &mut Integration, uses: &HashMap<Used, Timestamp>) {
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
