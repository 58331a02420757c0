//! One evaluation, from its claim to its finish.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::timestamp::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::process::{self, Ending};
use super::{Claimed, Options};
use crate::clock::Clock;
use crate::commands::client::{CallError, Client};

const LONGEST_BEAT: Duration = Duration::from_secs(20);
const SHORTEST_BEAT: Duration = Duration::from_millis(200);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub(super) struct Job {
    client: Client,
    options: Arc<Options>,
    claimed: Claimed,
    message: Value,
}

impl Job {
    pub(super) fn new(
        client: Client,
        options: Arc<Options>,
        claimed: Claimed,
        message: Value,
    ) -> Self {
        Self {
            client,
            options,
            claimed,
            message,
        }
    }

    /// Runs the command and tells the gateway how it ended. A cancel, or a lost lease, ends the command and needs no word.
    pub(super) async fn run(self) {
        let id = self.id().to_owned();
        let (cancel, done) = (CancellationToken::new(), CancellationToken::new());
        let beats = tokio::spawn(beat(
            self.client.clone(),
            id.clone(),
            self.claimed.lease.token.clone(),
            self.beat_every(),
            cancel.clone(),
            done.clone(),
        ));
        let ending = process::run(
            &self.options.exec,
            &id,
            &self.environment(),
            &self.message.to_string(),
            &cancel,
        )
        .await;
        if !cancel.is_cancelled() {
            self.finish(&id, &ending, &cancel).await;
        }
        done.cancel();
        let _ = beats.await;
    }

    fn id(&self) -> &str {
        self.field("id")
    }

    fn field(&self, name: &str) -> &str {
        self.claimed
            .evaluation
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("FORGEGATE_EVALUATION_ID", "id"),
            ("FORGEGATE_ORGANIZATION", "organization"),
            ("FORGEGATE_PROJECT", "project"),
            ("FORGEGATE_CLONE_URL", "clone_url"),
            ("FORGEGATE_FETCH_REF", "fetch_ref"),
            ("FORGEGATE_REF", "ref"),
            ("FORGEGATE_SHA", "sha"),
            ("FORGEGATE_TRUST", "trust"),
        ];
        let mut all: Vec<_> = fields
            .map(|(name, field)| (name, self.field(field).to_owned()))
            .into();
        all.push(("FORGEGATE_URL", self.client.base().to_owned()));
        all.push(("FORGEGATE_LEASE_TOKEN", self.claimed.lease.token.clone()));
        all
    }

    /// A third of what is left of the lease, as far as the two clocks agree.
    fn beat_every(&self) -> Duration {
        let left = Timestamp::parse(&self.claimed.lease.expires_at)
            .map_or(0, |end| end.micros() - Clock::system().now().micros());
        let third = Duration::from_micros(u64::try_from(left).unwrap_or(0) / 3);
        third.clamp(SHORTEST_BEAT, LONGEST_BEAT)
    }

    /// Tells the end until the gateway has answered, whatever the answer is.
    async fn finish(&self, id: &str, ending: &Ending, cancel: &CancellationToken) {
        let body = json!({ "lease": self.claimed.lease.token, "state": ending.state(), "description": ending.description() });
        let mut pause = FIRST_PAUSE;
        loop {
            match self
                .client
                .call(
                    Method::POST,
                    &["evaluations", id, "finish"],
                    &[],
                    Some(&body),
                )
                .await
            {
                Ok(_) => return,
                Err(error) if error.is_final() => {
                    eprintln!("forgegate worker: {id}: the end was not taken: {error}");
                    return;
                }
                Err(error) => {
                    eprintln!("forgegate worker: {id}: {error}; telling the end again in {pause:?}")
                }
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Holds the lease until it is done; cancels when the gateway says so or the lease is lost, and carries on through anything else.
async fn beat(
    client: Client,
    id: String,
    lease: String,
    every: Duration,
    cancel: CancellationToken,
    done: CancellationToken,
) {
    let body = json!({ "lease": lease });
    loop {
        tokio::select! {
            () = done.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let path = ["evaluations", &id, "heartbeat"];
        let answer = tokio::select! {
            () = done.cancelled() => return,
            answer = client.call_within(LONGEST_BEAT, Method::POST, &path, &[], Some(&body)) => answer,
        };
        let stop = match answer {
            Ok(message) => message
                .and_then(|message| message.get("cancel").and_then(Value::as_bool))
                .unwrap_or(false),
            Err(CallError::Refused { code, .. }) if code == "lease_lost" || code == "not_found" => {
                true
            }
            Err(_) => false,
        };
        if stop {
            eprintln!(
                "forgegate worker: {id}: the evaluation is not ours any more; stopping its command"
            );
            cancel.cancel();
            return;
        }
    }
}
