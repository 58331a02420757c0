//! A status at a commit.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{OutboundError, Status};

use super::api::{in_repository, needs};

/// Shows the status. Each report adds a row, of which the forge shows the last of a context: there is nothing to look up before it,
/// and nothing to remember after it. The texts are stored whole, whatever their length.
///
/// The forge knows no `running`, and `skipped` only in its newest versions: an older one would store the word and then show the commit
/// as pending for ever.
pub fn report(status: &Status) -> Result<Option<String>, OutboundError> {
    let body = Object::new()
        .text("state", status.state.commit_status())
        .text("context", &status.context)
        .text_if("description", status.description.as_deref())
        .text_if("target_url", status.url.as_deref());
    let missing = "the token must have the scope write:repository, and its account write access to the code";
    let call = in_repository(Method::Post, &status.repository, &["statuses", &status.sha])?.json(body);
    call.ok().map_err(needs(missing))?;
    Ok(None)
}
