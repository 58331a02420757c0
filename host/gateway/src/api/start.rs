//! Evaluations that somebody starts by hand: of which ref and commit. The forge is asked for what is not said.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::StartRequest;
use forgegate_model::evaluation::{Cause, Evaluation, State as EvaluationState, Trust, Work};
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::integration::Integration;
use forgegate_model::project::Project;
use forgegate_model::repository::{clone_url, ref_is_safe, sha_is_safe};
use forgegate_storage::{DeliveryFilter, Page, ProjectEntry};

use super::evaluations::view;
use super::extract::{JsonBody, PathParams};
use super::projects;
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::forge_access::{ForgeAccess, ForgePrincipal};
use crate::forge_client::{ForgeError, NoCredential, SessionOptions};
use crate::response::{Code, Problem, created};

/// The time that the forge may take to name a commit, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(20);
/// The newest deliveries that are read for the name of the default branch.
const MOST_READ: usize = 8;

/// Commit that is evaluated, and the ref that it is fetched by.
struct Target {
    ref_name: String,
    fetch_ref: String,
    sha: String,
}

/// Starts one by hand.
pub async fn start(
    State(core): State<Arc<Core>>,
    State(forges): State<ForgeAccess>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(start): JsonBody<StartRequest>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let project = entry.project();
    let target = target(&core, &forges, &entry, start).await?;
    let audit = caller.made(&core, Some(project.organization), format!("{org}/{name}"));
    let work = work(&core, project, target, &caller.token.name)?;
    let (id, at) = (EvaluationId(fresh_id()), core.clock.now());
    let evaluation = Evaluation::begin(id, project, work, EvaluationState::Queued, at);
    let evaluation = core.store.start_evaluation(evaluation, Some(audit)).await?;
    Ok(created(view(&core, evaluation)))
}

/// The work that somebody names. Whoever may start it vouches for the commit.
fn work(core: &Core, project: &Project, target: Target, actor: &str) -> Result<Work, Problem> {
    let clone_url = clone_url(&project.repository, &core.shorthands).map_err(Problem::internal)?;
    let cause = Cause {
        event: "manual".to_owned(),
        delivery_id: None,
        actor: Some(actor.to_owned()),
        pull_request: None,
        argument: None,
    };
    Ok(Work {
        clone_url,
        fetch_ref: target.fetch_ref,
        ref_name: target.ref_name,
        sha: target.sha,
        before: None,
        trust: Trust::Trusted,
        repository_id: None,
        cause,
    })
}

async fn target(
    core: &Core,
    forges: &ForgeAccess,
    entry: &ProjectEntry,
    start: StartRequest,
) -> Result<Target, Problem> {
    if start.sha.as_deref().is_some_and(|sha| !sha_is_safe(sha)) {
        return Err(Problem::bad_request("`sha`: 40 or 64 lower-case hexadecimal digits"));
    }
    if start.ref_name.as_deref().is_some_and(|name| !ref_is_safe(name)) {
        return Err(Problem::bad_request("`ref`: a full ref such as `refs/heads/main`"));
    }
    let is_named = start.ref_name.is_some();
    let ref_name = match start.ref_name {
        Some(name) => name,
        None => default_ref(core, entry.project().id).await?,
    };
    match start.sha {
        // The commit need not lie on the default branch: forges hand one out by its id.
        Some(sha) if !is_named => Ok(Target {
            ref_name,
            fetch_ref: sha.clone(),
            sha,
        }),
        Some(sha) => Ok(Target::head(ref_name, sha)),
        None => {
            let sha = head(core, forges, entry, &ref_name).await?;
            Ok(Target::head(ref_name, sha))
        }
    }
}

impl Target {
    /// A commit that is fetched by the name of its ref.
    fn head(ref_name: String, sha: String) -> Self {
        Self {
            fetch_ref: ref_name.clone(),
            ref_name,
            sha,
        }
    }
}

/// The default branch, as the newest delivery of the repository that names it has it.
async fn default_ref(core: &Core, project: ProjectId) -> Result<String, Problem> {
    let filter = DeliveryFilter {
        project: Some(project),
        ..DeliveryFilter::default()
    };
    let newest = core.store.deliveries(filter, Page::first(MOST_READ)).await?;
    for delivery in &newest.items {
        let contents = core.store.delivery_contents(delivery).await?;
        let event = contents.and_then(|contents| contents.event);
        if let Some(name) = event.as_deref().and_then(default_ref_in) {
            return Ok(name);
        }
    }
    Err(Problem::bad_request(
        "`ref`: no delivery has named the repository's default branch yet; name a full ref such as `refs/heads/main`",
    ))
}

/// The default branch that a normalised event names, as a full ref.
fn default_ref_in(event: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(event).ok()?;
    let branch = event.pointer("/repository/default_branch")?.as_str()?;
    Some(format!("refs/heads/{branch}")).filter(|name| ref_is_safe(name))
}

/// The commit that the ref leads to, by the forge.
async fn head(core: &Core, forges: &ForgeAccess, entry: &ProjectEntry, ref_name: &str) -> Result<String, Problem> {
    let integration = reporter(forges, entry)?;
    let plugin = core.plugins.get(&integration.forge);
    let plugin = plugin.ok_or_else(|| {
        let sentence = format!("there is no plugin for `{}`", integration.forge);
        Problem::new(Code::PluginUnavailable, sentence)
    })?;
    let principal = ForgePrincipal::integration(plugin, integration);
    let repository = principal.repository(entry);
    let options = SessionOptions {
        repository: repository.id.clone(),
        ..SessionOptions::default()
    };
    let session = forges.open(&principal, options).await;
    let session = session.map_err(|error| problem(&error, ref_name))?;
    let sha = session.ask(WITHIN, async |forge| forge.resolve(&repository, ref_name).await);
    match sha.await {
        Ok(sha) if sha_is_safe(&sha) => Ok(sha),
        Ok(_) => Err(failed("it names no commit")),
        Err(error) => Err(problem(&error, ref_name)),
    }
}

/// The outbound integration that the project reports through: its credential may ask as well as tell.
fn reporter(forges: &ForgeAccess, entry: &ProjectEntry) -> Result<Arc<Integration>, Problem> {
    let found = forges.principals.reporter(entry).ok_or_else(|| {
        Problem::bad_request(
            "`sha`: the project has no outbound integration whose token could ask the forge for the head; name the commit",
        )
    })?;
    match forges.client.check_credential(&found) {
        Err(NoCredential::Token | NoCredential::Inbound) => Err(Problem::bad_request(format!(
            "`sha`: the outbound integration `{}` has no token to ask the forge for the head; name the commit",
            found.name
        ))),
        // Where the app has no key, opening the session says so.
        Ok(()) | Err(NoCredential::AppKey) => Ok(found),
    }
}

/// The problem that a failure of the question is, in our words: the forge's own may be anything.
fn problem(error: &ForgeError, ref_name: &str) -> Problem {
    let again = |code| Problem::new(code, format!("{}; name the `sha`, or send it again", error.sentence()));
    let sentence = match error {
        ForgeError::NotFound => {
            format!("`ref`: the forge does not know `{ref_name}` in the repository, or the token may not see it")
        }
        ForgeError::Rejected(_) => format!("`ref`: the forge leads from `{ref_name}` to no commit"),
        ForgeError::Unauthorized => "`sha`: the forge does not accept the token; name the commit".to_owned(),
        ForgeError::Forbidden(_) => "`sha`: the forge does not let the token ask; name the commit".to_owned(),
        ForgeError::Unsupported => "`sha`: the forge's plugin cannot ask for the head; name the commit".to_owned(),
        ForgeError::Refused(_) | ForgeError::InstallationInactive => {
            format!("`sha`: {}; name the commit", error.sentence())
        }
        ForgeError::TimedOut => return again(Code::TooSlow),
        ForgeError::RateLimited(_)
        | ForgeError::TryLater
        | ForgeError::Resting(_)
        | ForgeError::Unreachable(_)
        | ForgeError::TooLarge
        | ForgeError::Host(_) => return again(Code::Overloaded),
        ForgeError::Malformed(_) | ForgeError::Other(_) | ForgeError::Plugin(_) => return failed(error),
    };
    Problem::bad_request(sentence)
}

fn failed(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "a plugin failed over a head: {error}");
    Problem::new(
        Code::PluginUnavailable,
        "the forge's plugin could not tell the head; the log has the cause",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_branch_is_what_an_event_names() {
        let event = r#"{"kind": "push", "repository": {"default_branch": "trunk"}}"#;
        assert_eq!(default_ref_in(event).as_deref(), Some("refs/heads/trunk"));
        for other in [
            "",
            "{}",
            r#"{"repository": {"default_branch": null}}"#,
            r#"{"repository": {"default_branch": "-x"}}"#,
            r#"{"repository": {"default_branch": "a..b"}}"#,
        ] {
            assert_eq!(default_ref_in(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_forge_said_never_becomes_an_answer() {
        let said = "token ghx_0123456789 is wrong";
        for error in [
            ForgeError::Forbidden(said.into()),
            ForgeError::Rejected(said.into()),
            ForgeError::Malformed(said.into()),
            ForgeError::Other(said.into()),
        ] {
            let problem = problem(&error, "refs/heads/main");
            assert!(!problem.message.contains("ghx_"), "{}", problem.message);
        }
    }

    #[test]
    fn what_may_go_well_later_is_no_fault_of_the_caller() {
        for (error, code) in [
            (ForgeError::RateLimited(Some(Duration::from_secs(7))), Code::Overloaded),
            (ForgeError::TimedOut, Code::TooSlow),
            (ForgeError::Unreachable("down".into()), Code::Overloaded),
            (ForgeError::NotFound, Code::BadRequest),
            (
                ForgeError::Refused("no access token is stored".into()),
                Code::BadRequest,
            ),
        ] {
            assert_eq!(problem(&error, "refs/heads/main").code, code);
        }
    }
}
