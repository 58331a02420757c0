//! A gateway and the fake forges that it is connected to.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::configuration::LOOPBACK_ALLOWED;
use crate::delivery::Signed;
use crate::{Answer, Gateway, TestForge, configuration, wait};

/// A gateway, the fake forges that it is connected to, and the configuration to start it with again.
pub struct Testbed {
    /// The gateway.
    pub gateway: Gateway,
    /// The forges.
    pub forges: Vec<TestForge>,
    config: String,
}

impl Testbed {
    /// Starts a gateway, with further lines of configuration, and connects it to the forges.
    pub async fn start(forges: Vec<TestForge>, further: &str) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let mut config = format!("{further}\n{LOOPBACK_ALLOWED}");
        for forge in &forges {
            if let Some(app) = &forge.app {
                config.push_str(&configuration::app(&folder, &forge.fake, app));
            }
        }
        let gateway = Gateway::start_in(folder, &config);
        gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
        for forge in &forges {
            forge.connect(&gateway).await;
        }
        Self {
            gateway,
            forges,
            config,
        }
    }

    /// The forge of this path segment.
    pub fn forge(&self, id: &str) -> &TestForge {
        self.forges.iter().find(|it| it.id == id).expect("a forge of this name")
    }

    /// Kills the gateway and starts it again on the same data.
    pub fn kill_and_start(self) -> Self {
        let Self {
            gateway,
            forges,
            config,
        } = self;
        let gateway = Gateway::start_in(gateway.kill(), &config);
        Self {
            gateway,
            forges,
            config,
        }
    }

    /// Posts a delivery to the forge's hook endpoint.
    pub async fn post(&self, forge: &TestForge, delivery: Signed) -> Answer {
        self.gateway.post(&forge.hook(), delivery).await
    }

    /// Posts a push that must be queued; the evaluation's id.
    pub async fn push(&self, forge: &TestForge, number: u64) -> String {
        self.post(forge, forge.push(number)).await.queued()
    }

    /// Stops the gateway and starts it again on the same data; `meanwhile` is what the forges do in between.
    pub async fn restart(self, meanwhile: impl AsyncFnOnce(&[TestForge])) -> Self {
        let Self {
            gateway,
            forges,
            config,
        } = self;
        let folder = gateway.stop();
        meanwhile(&forges).await;
        let gateway = Gateway::start_in(folder, &config);
        Self {
            gateway,
            forges,
            config,
        }
    }

    /// Claims an evaluation and ends it in this state; its id.
    pub async fn run_next(&self, state: &str) -> String {
        let claimed = self.gateway.claim(10_000, false).await.expect("an evaluation to claim");
        self.finish(&claimed, state).await
    }

    /// Ends a claimed evaluation in this state; its id.
    pub async fn finish(&self, claimed: &Value, state: &str) -> String {
        let id = claimed["evaluation"]["id"].as_str().expect("an id").to_owned();
        let body = json!({ "lease": claimed["lease"]["token"], "state": state });
        self.gateway
            .act(&format!("/api/v1/evaluations/{id}/finish"), Some(body))
            .await;
        id
    }

    /// The statuses that fit a query such as `outcome=failed`, at most 500.
    pub async fn statuses(&self, filter: &str) -> Vec<Value> {
        self.gateway.list(&format!("/api/v1/statuses?limit=500&{filter}")).await
    }

    /// Waits until no status waits to be sent, for at most half a minute.
    pub async fn all_sent(&self) {
        self.all_sent_within(wait::LONGEST).await;
    }

    /// Waits until no status waits to be sent, for at most this long.
    pub async fn all_sent_within(&self, longest: Duration) {
        wait::within(longest, "no status waits", async || {
            self.statuses("outcome=waiting").await.is_empty().then_some(())
        })
        .await;
    }
}
