//! Statuses: a check run where the App may, else a commit status.
//!
//! What a report answers names the object and the evaluation that it shows: another evaluation, as of a re-run, gets a check run of its
//! own, which takes the place of the earlier one. An evaluation that began as a commit status stays one.

mod check_run;
mod commit_status;

use forgegate_sdk::outbound::{OutboundError, Status};

/// The word for the object where it is a commit status, which has none to change.
const COMMIT_STATUS: &str = "status";

/// Shows the status. Answers the object and the evaluation.
pub fn report(status: &Status) -> Result<Option<String>, OutboundError> {
    let object = match previous(status) {
        Some(COMMIT_STATUS) => None,
        earlier => check_run::show(status, earlier)?,
    };
    let object = match object {
        Some(id) => id,
        None => {
            commit_status::post(status)?;
            COMMIT_STATUS.to_owned()
        }
    };
    Ok(Some([&object, "/", &status.external_id].concat()))
}

/// The object that an earlier report of this evaluation made.
fn previous(status: &Status) -> Option<&str> {
    let (object, evaluation) = status.previous.as_deref()?.split_once('/')?;
    (evaluation == status.external_id).then_some(object)
}

/// GitHub takes no other URLs.
fn web_url(status: &Status) -> Option<&str> {
    let url = status.url.as_deref()?;
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}
