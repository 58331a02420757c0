//! `deployment` and `deployment_status`: both are about the deployment, and carry its number.

use forgegate_sdk::events::{Deployment, Detail, Event, RunState};
use forgegate_sdk::{ParseError, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, owned, required_id};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    deployment: Described<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct StatusPayload<'a> {
    #[serde(borrow)]
    deployment: Described<'a>,
    #[serde(borrow)]
    deployment_status: Status<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Described<'a> {
    id: u64,
    #[serde(borrow)]
    sha: Text<'a>,
    #[serde(borrow)]
    environment: Text<'a>,
    production_environment: Option<bool>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    state: Text<'a>,
    #[serde(borrow)]
    environment_url: Option<Text<'a>>,
    #[serde(borrow)]
    target_url: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
}

pub fn deployment(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let deployment = payload.deployment.with(RunState::Created, None)?;
    let time = owned(&payload.deployment.created_at);
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, Detail::Deployment(deployment)))
}

pub fn deployment_status(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: StatusPayload = json::parse(payload)?;
    let status = &payload.deployment_status;
    let url = owned(&status.environment_url).or_else(|| owned(&status.target_url));
    let deployment = payload.deployment.with(state(&status.state), url)?;
    let time = owned(&status.created_at);
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, Detail::Deployment(deployment)))
}

impl Described<'_> {
    fn with(&self, state: RunState, url: Option<String>) -> Result<Deployment, ParseError> {
        let production = self.production_environment == Some(true);
        Ok(Deployment {
            id: self.id.to_string(),
            environment: self.environment.to_string(),
            tier: production.then(|| "production".to_owned()),
            state,
            sha: Some(required_id("deployment.sha", &self.sha)?),
            url,
        })
    }
}

fn state(word: &str) -> RunState {
    match word {
        "pending" | "queued" | "waiting" => RunState::Pending,
        "in_progress" => RunState::Running,
        "success" => RunState::Success,
        "failure" | "error" => RunState::Failed,
        other => RunState::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_state() {
        for (word, expected) in [
            ("pending", RunState::Pending),
            ("queued", RunState::Pending),
            ("waiting", RunState::Pending),
            ("in_progress", RunState::Running),
            ("success", RunState::Success),
            ("failure", RunState::Failed),
            ("error", RunState::Failed),
            ("inactive", RunState::Other("inactive".into())),
        ] {
            assert_eq!(state(word), expected, "{word}");
        }
    }
}
