//! Sentences for people about what plugins and forges answer. They may hold a forge's own words; a credential that an answer echoes was
//! blanked before.

use forgegate_sandbox::outbound::OutboundError;
use forgegate_sandbox::{Blame, CallError, PluginError};

/// The sentence for a question that the forge or its plugin refused.
pub fn refused(error: &OutboundError) -> String {
    match error {
        OutboundError::Unsupported => "The forge does not offer it.".to_owned(),
        OutboundError::NotFound => "It is not at the forge, or the token may not see it.".to_owned(),
        OutboundError::Forbidden(text) => with("The token may not do it", text),
        OutboundError::Unauthorized => "The forge does not accept the token.".to_owned(),
        OutboundError::Rejected(text) => with("The forge refuses it", text),
        OutboundError::TryLater(seconds) => later(*seconds),
        OutboundError::Call(error) => uncalled(error),
        OutboundError::Malformed(text) => with("What answers is not what this forge answers", text),
        OutboundError::Other(text) => with("It could not be done", text),
    }
}

/// The sentence for a call that came to no answer.
pub fn uncalled(error: &CallError) -> String {
    match error {
        CallError::RateLimited(seconds) => later(*seconds),
        other => sentence(&other.to_string()),
    }
}

/// The sentence for a plugin that gave no answer.
pub fn failed(error: &PluginError) -> String {
    match error.blame() {
        Blame::Forge => "The forge did not answer in time.".to_owned(),
        Blame::Guest | Blame::Host => {
            tracing::warn!(%error, "a plugin failed over a connection: {error}");
            "The forge's plugin failed; the log has the cause.".to_owned()
        }
    }
}

/// The text as a sentence: it begins with a capital and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let whole: String = first.chain(letters).collect();
    if whole.ends_with(['.', '!', '?']) {
        whole
    } else {
        format!("{whole}.")
    }
}

fn with(what: &str, why: &str) -> String {
    sentence(&format!("{what}: {why}"))
}

fn later(seconds: Option<u64>) -> String {
    match seconds {
        Some(seconds) => format!("The forge asks to come again in {seconds} s."),
        None => "The forge asks to come again later.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends_once() {
        assert_eq!(sentence("no token is stored"), "No token is stored.");
        assert_eq!(sentence("Is it there?"), "Is it there?");
        assert_eq!(
            refused(&OutboundError::Rejected("no.".into())),
            "The forge refuses it: no."
        );
    }
}
