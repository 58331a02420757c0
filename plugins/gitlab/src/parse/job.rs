//! Jobs of pipelines, which GitLab calls builds in their bodies.

use forgegate_sdk::events::{Detail, Event, Job, Repository, RunState};
use forgegate_sdk::{commit_id, json};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::common::{Always, Project, Trouble, User, full_ref, some_text};
use super::run_state::{run_state, time_of};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    r#ref: Option<String>,
    tag: Option<bool>,
    sha: Option<String>,
    build_id: Option<u64>,
    build_name: Option<String>,
    build_stage: Option<String>,
    build_status: Option<String>,
    build_created_at: Option<String>,
    build_started_at: Option<String>,
    build_finished_at: Option<String>,
    build_duration: Option<f64>,
    build_allow_failure: Option<bool>,
    build_failure_reason: Option<String>,
    pipeline_id: Option<u64>,
    project_id: Option<u64>,
    user: Option<User>,
    environment: Option<Environment>,
    /// Newer versions only.
    project: Option<Project>,
    /// A map, since some senders repeat a field of it.
    repository: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Environment {
    name: Option<String>,
}

pub fn parse(payload: &[u8]) -> Result<Event, Trouble> {
    let mut body: Body = json::parse(payload)?;
    let repository = repository(&mut body)?;
    let state = run_state(body.build_status.always("build_status")?);
    let time = time_of(
        &state,
        body.build_created_at,
        body.build_started_at,
        body.build_finished_at,
    );
    Ok(Event {
        repository: Some(repository),
        actor: body.user.map(User::into_actor),
        time: time.as_deref().and_then(rfc3339),
        installation: None,
        detail: Detail::Job(Job {
            id: body.build_id.always("build_id")?.to_string(),
            name: body.build_name.always("build_name")?,
            stage: body.build_stage,
            pipeline_id: body.pipeline_id.map(|id| id.to_string()),
            ref_: body
                .r#ref
                .and_then(some_text)
                .map(|name| full_ref(&name, body.tag)),
            sha: body.sha.as_deref().and_then(commit_id),
            duration_s: body.build_duration,
            allow_failure: body.build_allow_failure.unwrap_or(false),
            // GitLab gives a reason with every state, `unknown_failure` with success.
            failure_reason: body
                .build_failure_reason
                .filter(|_| state == RunState::Failed),
            state,
            environment: body.environment.and_then(|environment| environment.name),
            external_id: None,
            requested_action: None,
        }),
    })
}

/// The project's block where there is one, else the older block, in which the path stands in the address of its page alone.
fn repository(body: &mut Body) -> Result<Repository, Trouble> {
    if let Some(project) = body.project.take() {
        return project.into_repository(body.project_id);
    }
    let block = body.repository.take().always("repository")?;
    let text = |name: &str| block.get(name).and_then(Value::as_str).map(str::to_owned);
    let homepage = text("homepage");
    Ok(Repository {
        id: body.project_id.map(|id| id.to_string()),
        full_name: homepage
            .as_deref()
            .and_then(path_of)
            .always("repository.homepage")?,
        urls: ["git_http_url", "git_ssh_url"]
            .into_iter()
            .filter_map(text)
            .collect(),
        web_url: homepage,
        default_branch: None,
    })
}

/// What follows the host in an address, without slashes at its ends.
fn path_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path.trim_matches('/');
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_page_is_the_full_name() {
        assert_eq!(
            path_of("https://git.example.com:8443/acme/tools/widgets/").as_deref(),
            Some("acme/tools/widgets")
        );
        for url in [
            "",
            "acme/widgets",
            "https://git.example.com",
            "https://git.example.com/",
        ] {
            assert_eq!(path_of(url), None, "{url}");
        }
    }
}
