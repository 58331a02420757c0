//! Check runs: changed where they are known, looked up where one may exist, else made.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{OutboundError, Status, StatusState, truncate, truncate_bytes};

use super::super::api::{PER_PAGE, in_repository, ok, read};
use super::web_url;

/// Assumed of the title; the summary's limit is GitHub's own.
const TITLE_CHARS: usize = 255;
const SUMMARY_BYTES: usize = 65_535;

/// Answers the run's number; none where the App may not have check runs.
pub fn show(status: &Status, previous: Option<&str>) -> Result<Option<String>, OutboundError> {
    let known = match previous {
        Some(id) => vec![id.to_owned()],
        None if status.attempted => earlier_attempts(status)?,
        None => Vec::new(),
    };
    for id in known {
        let call = in_repository(Method::Patch, &status.repository, &["check-runs", &id])?;
        match ok(&call.json(body(status))) {
            Ok(_) => return Ok(Some(id)),
            // Another App's, that repeats our name and number; or gone.
            Err(OutboundError::NotFound | OutboundError::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
    }
    create(status)
}

fn create(status: &Status) -> Result<Option<String>, OutboundError> {
    let call = in_repository(Method::Post, &status.repository, &["check-runs"])?;
    let body = body(status).text("head_sha", &status.sha);
    match read(&call.json(body), |root| root.id("id")) {
        Ok(id) => Ok(Some(id)),
        Err(OutboundError::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The runs of this name that show this evaluation. No answer tells which App we are; GitHub lets nobody but the App itself change its
/// own runs.
fn earlier_attempts(status: &Status) -> Result<Vec<String>, OutboundError> {
    let path = ["commits", &status.sha, "check-runs"];
    let call = in_repository(Method::Get, &status.repository, &path)?
        .query("check_name", &status.context)
        .query("filter", "latest")
        .query("per_page", PER_PAGE);
    let mut found = Vec::new();
    let listed = read(&call, |root| {
        for run in root.list("check_runs")?.into_iter().flatten() {
            if run.text_or_none("external_id")? == Some(status.external_id.as_str()) {
                found.push(run.id("id")?);
            }
        }
        Ok(())
    });
    match listed {
        Ok(()) | Err(OutboundError::Forbidden(_)) => Ok(found),
        Err(error) => Err(error),
    }
}

/// Everything is said each time. Assumed: a status without a conclusion takes an earlier conclusion back, and an empty list of
/// actions takes the buttons away.
fn body(status: &Status) -> Object {
    let (state, conclusion, title) = words(status.state);
    let description = status.description.as_deref().filter(|text| !text.is_empty());
    let first_line = description.and_then(|text| text.lines().next());
    let output = Object::new()
        .text("title", &truncate(first_line.unwrap_or(title), TITLE_CHARS))
        .text("summary", &truncate_bytes(description.unwrap_or(title), SUMMARY_BYTES));
    let actions = match status.state {
        StatusState::ActionRequired => approve_button(),
        _ => "[]".to_owned(),
    };
    Object::new()
        .text("name", &status.context)
        .text("external_id", &status.external_id)
        .text("status", state)
        .text_if("conclusion", conclusion)
        .text_if("details_url", web_url(status))
        .object("output", output)
        .raw("actions", &actions)
}

/// GitHub's words for a state, and ours for people where nothing else is said.
fn words(state: StatusState) -> (&'static str, Option<&'static str>, &'static str) {
    let (conclusion, title) = match state {
        StatusState::Queued => return ("queued", None, "Queued"),
        StatusState::Running => return ("in_progress", None, "Running"),
        StatusState::Succeeded => ("success", "Succeeded"),
        StatusState::Failed => ("failure", "Failed"),
        StatusState::Errored => ("failure", "Could not be tried"),
        StatusState::Cancelled => ("cancelled", "Cancelled"),
        StatusState::Skipped => ("skipped", "Skipped"),
        StatusState::ActionRequired => ("action_required", "Waits for approval"),
    };
    ("completed", Some(conclusion), title)
}

/// The button comes back as `requested_action` with this identifier. Label and identifier take 20 characters, the description 40.
fn approve_button() -> String {
    let button = Object::new()
        .text("label", "Approve")
        .text("description", "Let this commit be built")
        .text("identifier", "approve");
    ["[", &button.finish(), "]"].concat()
}
