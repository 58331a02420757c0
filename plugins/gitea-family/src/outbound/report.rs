//! A status at a commit.

use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{Call, OutboundError, Status, StatusState, owner_and_name};

use super::needs;

/// Shows the status. Each report adds a row, of which the forge shows the last of a context: there is nothing to look up before it,
/// and nothing to remember after it. The texts are stored whole, whatever their length.
pub fn report(status: &Status) -> Result<Option<String>, OutboundError> {
    let (owner, name) = owner_and_name(&status.repository)?;
    let body = Object::new()
        .text("state", word(status.state))
        .text("context", &status.context)
        .text_if("description", status.description.as_deref())
        .text_if("target_url", status.url.as_deref());
    let missing = "the token must have the scope write:repository, and its account write access to the code";
    let call = Call::post(&["repos", owner, name, "statuses", &status.sha]).json(body);
    call.ok().map_err(needs(missing))?;
    Ok(None)
}

/// The forge's word. It knows no `running`, and `skipped` only in its newest versions: an older one would store the word and then
/// show the commit as pending for ever.
fn word(state: StatusState) -> &'static str {
    match state {
        StatusState::Queued | StatusState::Running | StatusState::ActionRequired => "pending",
        StatusState::Succeeded | StatusState::Skipped => "success",
        StatusState::Failed => "failure",
        StatusState::Errored | StatusState::Cancelled => "error",
    }
}
