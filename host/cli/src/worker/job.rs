//! One evaluation, from its claim to its finish.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::timestamp::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::output::Outputs;
use super::pause::Pauses;
use super::process::{self, Ending, GRACE, Order};
use super::{Options, wait};
use crate::client::{CallError, Client};

/// A cancel is heard of within this.
const LONGEST_BEAT: Duration = Duration::from_secs(5);
const SHORTEST_BEAT: Duration = Duration::from_millis(200);
const BEAT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The answer to a claim, as far as the worker needs it.
#[derive(Deserialize)]
pub(super) struct Claimed {
    evaluation: Evaluation,
    lease: Lease,
}

#[derive(Deserialize)]
struct Evaluation {
    id: Uuid,
    organization: Option<String>,
    project: Option<String>,
    clone_url: String,
    fetch_ref: String,
    #[serde(rename = "ref")]
    ref_name: String,
    sha: String,
    trust: String,
}

#[derive(Deserialize)]
struct Lease {
    token: String,
    expires_at: Timestamp,
}

impl Claimed {
    /// The environment variables of the command. A value that is absent is empty, so that a script may name it.
    fn environment(&self, gateway: &str) -> Vec<(&'static str, String)> {
        let it = &self.evaluation;
        vec![
            ("FORGEGATE_EVALUATION_ID", it.id.to_string()),
            ("FORGEGATE_ORGANIZATION", it.organization.clone().unwrap_or_default()),
            ("FORGEGATE_PROJECT", it.project.clone().unwrap_or_default()),
            ("FORGEGATE_CLONE_URL", it.clone_url.clone()),
            ("FORGEGATE_FETCH_REF", it.fetch_ref.clone()),
            ("FORGEGATE_REF", it.ref_name.clone()),
            ("FORGEGATE_SHA", it.sha.clone()),
            ("FORGEGATE_TRUST", it.trust.clone()),
            ("FORGEGATE_URL", gateway.to_owned()),
            ("FORGEGATE_LEASE_TOKEN", self.lease.token.clone()),
        ]
    }

    /// A third of what is left of the lease as far as the two clocks agree, and often enough to hear of a cancel.
    fn beat_every(&self, now: Timestamp) -> Duration {
        let left = self.lease.expires_at.micros().saturating_sub(now.micros());
        let third = Duration::from_micros(u64::try_from(left).unwrap_or(0) / 3);
        third.clamp(SHORTEST_BEAT, LONGEST_BEAT)
    }
}

/// One evaluation and what is needed for it.
pub(super) struct Job {
    client: Client,
    options: Arc<Options>,
    id: String,
    claimed: Claimed,
    message: Value,
    outputs: Outputs,
}

impl Job {
    /// `message` is the claim's whole answer.
    pub(super) fn new(
        client: Client,
        options: Arc<Options>,
        claimed: Claimed,
        message: Value,
        outputs: Outputs,
    ) -> Self {
        Self {
            client,
            options,
            id: claimed.evaluation.id.to_string(),
            claimed,
            message,
            outputs,
        }
    }

    /// Runs the command and tells the gateway how it ended. A cancel, or a lost lease, ends the command and needs no word.
    ///
    /// The lease is held until the gateway has taken the end.
    pub(super) async fn run(self) {
        let (stop, done) = (CancellationToken::new(), CancellationToken::new());
        let work = async {
            let ending = self.command(&stop).await;
            self.finish(&ending, &stop).await;
            done.cancel();
        };
        let beats = async {
            tokio::select! {
                () = done.cancelled() => {}
                () = self.hold() => stop.cancel(),
            }
        };
        tokio::join!(work, beats);
    }

    async fn command(&self, stop: &CancellationToken) -> Ending {
        let (environment, message) = (self.claimed.environment(self.client.base()), self.message.to_string());
        let order = Order {
            exec: &self.options.exec,
            id: &self.id,
            environment: &environment,
            message: &message,
            grace: GRACE,
        };
        process::run(&order, &self.outputs, stop).await
    }

    /// Tells the end until the gateway has answered, whatever the answer is.
    async fn finish(&self, ending: &Ending, stop: &CancellationToken) {
        let body =
            json!({ "lease": self.claimed.lease.token, "state": ending.state(), "description": ending.description() });
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
        while !stop.is_cancelled() {
            match self
                .client
                .call(Method::POST, &["evaluations", &self.id, "finish"], &[], Some(&body))
                .await
            {
                Ok(_) => return,
                Err(error) if error.is_final() => {
                    eprintln!("forgegate worker: {}: the end was not taken: {error}", self.id);
                    return;
                }
                Err(error) => {
                    let pause = pauses.next();
                    eprintln!(
                        "forgegate worker: {}: {error}; telling the end again in {} ms",
                        self.id,
                        pause.as_millis()
                    );
                    wait(stop, pause).await;
                }
            }
        }
    }

    /// Holds the lease, and returns when the gateway says that the command has to end; it carries on through anything else.
    async fn hold(&self) {
        let every = self.claimed.beat_every((self.options.clock)());
        let body = json!({ "lease": self.claimed.lease.token });
        loop {
            tokio::time::sleep(every).await;
            let answer = self
                .client
                .call_within(
                    BEAT_TIMEOUT,
                    Method::POST,
                    &["evaluations", &self.id, "heartbeat"],
                    &[],
                    Some(&body),
                )
                .await;
            let sentence = match answer {
                Ok(Some(message)) if message.get("cancel").and_then(Value::as_bool) == Some(true) => "it was cancelled",
                Err(CallError::Refused { status, .. }) if status.as_u16() == 409 => "its lease is lost",
                _ => continue,
            };
            eprintln!("forgegate worker: {}: {sentence}; the command is told to end", self.id);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed() -> Claimed {
        let evaluation = json!({ "id": Uuid::nil(), "organization": "acme", "project": null, "clone_url": "https://h/a.git", "fetch_ref": "refs/pull/1/head",
            "ref": "refs/heads/x", "sha": "abc", "trust": "trusted", "more": 1 });
        let claim =
            json!({ "evaluation": evaluation, "lease": { "token": "lt", "expires_at": "2026-01-01T00:01:00Z" } });
        serde_json::from_value(claim).unwrap()
    }

    #[test]
    fn the_command_is_told_the_small_fields_by_name() {
        let environment = claimed().environment("http://g");
        let expected = [
            ("FORGEGATE_EVALUATION_ID", "00000000-0000-0000-0000-000000000000"),
            ("FORGEGATE_ORGANIZATION", "acme"),
            ("FORGEGATE_PROJECT", ""),
            ("FORGEGATE_CLONE_URL", "https://h/a.git"),
            ("FORGEGATE_FETCH_REF", "refs/pull/1/head"),
            ("FORGEGATE_REF", "refs/heads/x"),
            ("FORGEGATE_SHA", "abc"),
            ("FORGEGATE_TRUST", "trusted"),
            ("FORGEGATE_URL", "http://g"),
            ("FORGEGATE_LEASE_TOKEN", "lt"),
        ];
        assert_eq!(environment, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn the_heart_beats_within_the_lease_whatever_the_clock_says() {
        let every = |now: &str| claimed().beat_every(Timestamp::parse(now).unwrap());
        assert_eq!(every("2026-01-01T00:00:57Z"), Duration::from_secs(1));
        assert_eq!(every("2026-01-01T00:00:00Z"), LONGEST_BEAT);
        assert_eq!(every("2027-01-01T00:00:00Z"), SHORTEST_BEAT);
    }
}
