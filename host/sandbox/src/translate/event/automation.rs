//! Events about what runs at the forge, and about the forge's own things.

use forgegate_model::event::{
    Deployment, Installation, InstallationAction, Job, Pipeline, RepositoryChange, RepositoryName, RunState,
};

use super::user;
use crate::bindings::forgegate::plugin::events as wit;
use crate::translate::{Checked, caps};

/// Stages of one pipeline.
const MOST_STAGES: usize = 200;
/// Repositories that one event adds to an installation, or takes from it.
const MOST_REPOSITORIES: usize = 10_000;

pub(super) fn pipeline(it: wit::Pipeline) -> Checked<Pipeline> {
    Ok(Pipeline {
        id: caps::line("pipeline.id", it.id)?,
        number: it.number,
        sha: caps::id_or_none("pipeline.sha", it.sha)?,
        before: caps::id_or_none("pipeline.before", it.before)?,
        ref_name: caps::full_ref_or_none("pipeline.ref", it.ref_)?,
        tag: it.tag,
        source: caps::line_or_none("pipeline.source", it.source)?,
        state: state(it.state)?,
        stages: caps::lines("pipeline.stages", it.stages, MOST_STAGES)?,
        duration_s: it.duration_s,
        queued_s: it.queued_s,
        requested_action: caps::line_or_none("pipeline.requested-action", it.requested_action)?,
    })
}

pub(super) fn job(it: wit::Job) -> Checked<Job> {
    Ok(Job {
        id: caps::line("job.id", it.id)?,
        name: caps::line("job.name", it.name)?,
        stage: caps::line_or_none("job.stage", it.stage)?,
        pipeline_id: caps::line_or_none("job.pipeline-id", it.pipeline_id)?,
        ref_name: caps::full_ref_or_none("job.ref", it.ref_)?,
        sha: caps::id_or_none("job.sha", it.sha)?,
        state: state(it.state)?,
        duration_s: it.duration_s,
        allow_failure: it.allow_failure,
        failure_reason: caps::text_or_none("job.failure-reason", it.failure_reason)?,
        environment: caps::line_or_none("job.environment", it.environment)?,
        external_id: caps::line_or_none("job.external-id", it.external_id)?,
        requested_action: caps::line_or_none("job.requested-action", it.requested_action)?,
    })
}

pub(super) fn deployment(it: wit::Deployment) -> Checked<Deployment> {
    Ok(Deployment {
        id: caps::line("deployment.id", it.id)?,
        environment: caps::line("deployment.environment", it.environment)?,
        tier: caps::line_or_none("deployment.tier", it.tier)?,
        state: state(it.state)?,
        sha: caps::id_or_none("deployment.sha", it.sha)?,
        url: caps::line_or_none("deployment.url", it.url)?,
    })
}

pub(super) fn repository(it: wit::RepositoryChange) -> Checked<RepositoryChange> {
    let line = |text| caps::line("repository", text);
    Ok(match it {
        wit::RepositoryChange::Renamed(name) => RepositoryChange::Renamed(line(name)?),
        wit::RepositoryChange::Transferred(name) => RepositoryChange::Transferred(line(name)?),
        wit::RepositoryChange::DefaultBranch(name) => RepositoryChange::DefaultBranch(line(name)?),
        wit::RepositoryChange::Deleted => RepositoryChange::Deleted,
        wit::RepositoryChange::Other(word) => RepositoryChange::Other(line(word)?),
    })
}

pub(super) fn installation(it: wit::Installation) -> Checked<Installation> {
    Ok(Installation {
        action: match it.action {
            wit::InstallationAction::Created => InstallationAction::Created,
            wit::InstallationAction::Deleted => InstallationAction::Deleted,
            wit::InstallationAction::Suspended => InstallationAction::Suspended,
            wit::InstallationAction::Unsuspended => InstallationAction::Unsuspended,
            wit::InstallationAction::PermissionsAccepted => InstallationAction::PermissionsAccepted,
            wit::InstallationAction::RepositoriesChanged => InstallationAction::RepositoriesChanged,
            wit::InstallationAction::Renamed => InstallationAction::Renamed,
            wit::InstallationAction::Other => InstallationAction::Other,
        },
        id: caps::word("installation.id", it.id)?,
        account: user("installation.account", it.account)?,
        all_repositories: it.all_repositories,
        added: names("installation.added", it.added)?,
        removed: names("installation.removed", it.removed)?,
    })
}

fn names(item: &str, entries: Vec<wit::RepositoryName>) -> Checked<Vec<RepositoryName>> {
    caps::list(item, entries, MOST_REPOSITORIES, |it| {
        Ok(RepositoryName {
            id: caps::line_or_none(item, it.id)?,
            full_name: caps::line(item, it.full_name)?,
        })
    })
}

fn state(state: wit::RunState) -> Checked<RunState> {
    Ok(match state {
        wit::RunState::Created => RunState::Created,
        wit::RunState::Pending => RunState::Pending,
        wit::RunState::Running => RunState::Running,
        wit::RunState::Success => RunState::Success,
        wit::RunState::Failed => RunState::Failed,
        wit::RunState::Canceled => RunState::Canceled,
        wit::RunState::Skipped => RunState::Skipped,
        wit::RunState::Other(word) => RunState::Other(caps::line("state", word)?),
    })
}
