//! Commit statuses. Posting one again is harmless: the newest of a context counts.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{OutboundError, Status, truncate};

use super::super::api::{in_repository, ok};
use super::web_url;

/// A longer description is refused.
const DESCRIPTION_CHARS: usize = 140;

/// Posts the status.
pub fn post(status: &Status) -> Result<(), OutboundError> {
    let description = status
        .description
        .as_deref()
        .map(|text| truncate(text, DESCRIPTION_CHARS));
    let body = Object::new()
        .text("state", status.state.commit_status())
        .text("context", &status.context)
        .text_if("description", description.as_deref())
        .text_if("target_url", web_url(status));
    let call = in_repository(Method::Post, &status.repository, &["statuses", &status.sha])?;
    match ok(&call.json(body)) {
        Ok(_) => Ok(()),
        Err(OutboundError::Forbidden(_)) => Err(OutboundError::Forbidden(
            "the App has neither `Checks: read and write` nor `Commit statuses: read and write` here".into(),
        )),
        Err(error) => Err(error),
    }
}
