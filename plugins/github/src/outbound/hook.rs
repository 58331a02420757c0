//! The App's one hook, and how it fares. It is the App's own, whatever repository or organization is asked about; its
//! URL and secret are set where the App is, so that there is nothing to make or repair. GitHub has no test delivery for it.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, HookState, OutboundError};
use forgegate_sdk::{Method, ParseError};

use super::api::{PER_PAGE, call, read};

/// The hook has no number of its own.
const HOOK_ID: &str = "app";

/// The most failures that are told.
const FAILURES: usize = 10;

/// Tells the last failures of the hook. GitHub keeps posting however often it fails.
pub fn hook_health(url: &str) -> Result<HookState, OutboundError> {
    let config = call(Method::Get, &["app", "hook", "config"]);
    if !read(&config, |root| Ok(root.text_or_none("url")? == Some(url)))? {
        return Err(OutboundError::NotFound);
    }
    let mut failures = Vec::new();
    read(&deliveries("failure"), |root| {
        for attempt in root.items()?.take(FAILURES) {
            failures.push(sentence(attempt)?);
        }
        Ok(())
    })?;
    Ok(HookState {
        id: HOOK_ID.into(),
        enabled: true,
        disabled_until: None,
        failures,
    })
}

/// The attempts to deliver that ended in this way, `failure` or `success`; the newest first.
pub fn deliveries(status: &str) -> Call {
    call(Method::Get, &["app", "hook", "deliveries"])
        .query("per_page", PER_PAGE)
        .query("status", status)
}

/// The status is a word or two of GitHub's, such as `timed out`; the code is 0 where nobody answered.
fn sentence(attempt: Part) -> Result<String, ParseError> {
    let event = attempt.text("event")?;
    let time = attempt.text("delivered_at")?;
    let code = attempt.id_or_none("status_code")?.filter(|code| code != "0");
    let (how, what) = match &code {
        Some(code) => ("was answered with status ", code.as_str()),
        None => ("failed: ", attempt.text_or_none("status")?.unwrap_or("no answer")),
    };
    Ok(["`", event, "`, sent at ", time, ", ", how, what].concat())
}
