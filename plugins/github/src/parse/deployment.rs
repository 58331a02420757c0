//! `deployment` and `deployment_status`: both are about the deployment, and carry its number.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Deployment, Detail, Event, RunState};
use forgegate_sdk::json::Part;

use super::common::{commit, event};

pub fn deployment(root: Part) -> Result<Event, ParseError> {
    let detail = described(root, RunState::Created, None)?;
    event(root, root.owned("deployment.created_at")?, detail)
}

pub fn deployment_status(root: Part) -> Result<Event, ParseError> {
    let status = root.at("deployment_status");
    let place = status.owned("environment_url")?;
    let place = place.or(status.owned("target_url")?);
    let detail = described(root, state(status.text("state")?), place)?;
    event(root, status.owned("created_at")?, detail)
}

fn described(root: Part, state: RunState, url: Option<String>) -> Result<Detail, ParseError> {
    let part = root.at("deployment");
    let production = part.flag("production_environment")? == Some(true);
    Ok(Detail::Deployment(Deployment {
        id: part.id("id")?,
        environment: part.text("environment")?.to_owned(),
        tier: production.then(|| "production".to_owned()),
        state,
        sha: Some(commit(part, "sha")?),
        url,
    }))
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
