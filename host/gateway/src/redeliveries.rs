//! Deliveries that a forge was asked to send again. Reconciliation notes them, and the request path knows them when they come.

use std::collections::BTreeMap;
use std::time::Duration;

use forgegate_model::lock::Lock;
use tokio::time::Instant;

/// How long a delivery that was asked for is expected.
const EXPECTED: Duration = Duration::from_mins(10);

/// The deliveries that forges were asked to send again, by forge and the forge's id. In memory only: after a restart such a delivery
/// counts as one that the forge sent by itself.
#[derive(Default)]
pub struct Redeliveries(Lock<BTreeMap<(String, String), Instant>>);

impl Redeliveries {
    /// Notes that a forge is asked for a delivery now.
    pub fn note(&self, forge: &str, delivery: &str) {
        let key = (forge.to_owned(), delivery.to_owned());
        self.0.lock().insert(key, Instant::now());
    }

    /// Says that a delivery comes because the forge was asked for it.
    pub fn expects(&self, forge: &str, delivery: Option<&str>) -> bool {
        let Some(id) = delivery else { return false };
        let asked = self.0.lock();
        // Called for every delivery, and hardly ever is one expected.
        !asked.is_empty() && asked.contains_key(&(forge.to_owned(), id.to_owned()))
    }

    /// Says that a delivery was asked for a short while ago: it may be on its way. Forgets those that are no longer expected.
    pub fn is_recent(&self, forge: &str, delivery: &str) -> bool {
        let mut asked = self.0.lock();
        asked.retain(|_, at| at.elapsed() < EXPECTED);
        asked.contains_key(&(forge.to_owned(), delivery.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_delivery_is_expected_for_a_while_from_its_own_forge_only() {
        let redeliveries = Redeliveries::default();
        redeliveries.note("tea", "1");
        assert!(redeliveries.expects("tea", Some("1")) && redeliveries.is_recent("tea", "1"));
        assert!(!redeliveries.expects("lab", Some("1")) && !redeliveries.expects("tea", None));
        tokio::time::advance(EXPECTED).await;
        assert!(!redeliveries.is_recent("tea", "1") && !redeliveries.expects("tea", Some("1")));
    }
}
