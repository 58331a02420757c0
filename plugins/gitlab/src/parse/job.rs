//! Jobs of pipelines, which GitLab calls builds in their bodies.

use forgegate_sdk::commit_id;
use forgegate_sdk::events::{Detail, Event, Job, Repository, RunState};
use forgegate_sdk::json::Part;
use forgegate_sdk::text::split_once;

use super::common::{self, Always, FieldError, block, full_ref, owned};
use super::older::OlderBlock;
use super::run_state::{run_state, time_of};

pub fn parse(root: Part, payload: &[u8]) -> Result<Event, FieldError> {
    let created = root.text_or_none("build_created_at")?;
    let started = root.text_or_none("build_started_at")?;
    let finished = root.text_or_none("build_finished_at")?;
    let job = job(root)?;
    let time = time_of(&job.state, created, started, finished);
    let (repository, actor) = (repository(root, payload)?, common::actor(root)?);
    Ok(common::event_at(Some(repository), actor, time, Detail::Job(job)))
}

fn job(root: Part) -> Result<Job, FieldError> {
    let (id, name) = (root.number_or_none("build_id")?, root.text_or_none("build_name")?);
    let (status, stage) = (root.text_or_none("build_status")?, root.text_or_none("build_stage")?);
    let reason = root.text_or_none("build_failure_reason")?;
    let pipeline_id = root.number_or_none("pipeline_id")?;
    let (ref_, tag) = (root.text_or_none("ref")?, root.flag("tag")?);
    let sha = root.text_or_none("sha")?;
    let duration_s = root.fraction_or_none("build_duration")?;
    let allow_failure = root.flag("build_allow_failure")?;
    let environment = match block(root, "environment")? {
        Some(environment) => environment.text_or_none("name")?,
        None => None,
    };
    let (id, name) = (id.always("build_id")?, name.always("build_name")?);
    let state = run_state(status.always("build_status")?);
    Ok(Job {
        stage: owned(stage),
        pipeline_id: pipeline_id.map(|id| id.to_string()),
        ref_: ref_.filter(|name| !name.is_empty()).map(|name| full_ref(name, tag)),
        sha: sha.and_then(commit_id),
        duration_s,
        allow_failure: allow_failure.unwrap_or(false),
        // GitLab gives a reason with every state, `unknown_failure` with success.
        failure_reason: owned(reason.filter(|_| state == RunState::Failed)),
        environment: owned(environment),
        ..Job::new(id.to_string(), name.to_owned(), state)
    })
}

/// The project's block, of newer versions, where there is one, else the older block, in which the path stands in the address of
/// its page alone.
fn repository(root: Part, payload: &[u8]) -> Result<Repository, FieldError> {
    let id = root.number_or_none("project_id")?;
    if let Some(project) = block(root, "project")? {
        return common::repository(project, id);
    }
    let older = OlderBlock::read(payload)?.always("repository")?;
    let full_name = older.homepage.as_deref().and_then(path_of);
    Ok(Repository {
        id: id.map(|id| id.to_string()),
        full_name: full_name.always("repository.homepage")?,
        urls: older.urls,
        web_url: older.homepage,
        default_branch: None,
    })
}

/// The part after the host in an address, without slashes at its ends.
fn path_of(url: &str) -> Option<String> {
    let (_, rest) = split_once(url, "://")?;
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
