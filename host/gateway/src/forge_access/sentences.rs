//! Sentences for people about what plugins and forges answer. They may hold a forge's own words; a credential that an answer echoes was
//! blanked before.

use std::time::Duration;

use crate::forge_client::ForgeError;

/// The sentence for a failure.
pub fn failure(error: &ForgeError) -> String {
    match error {
        ForgeError::Unsupported => "The forge does not offer it.".to_owned(),
        ForgeError::NotFound => "It is not at the forge, or the token may not see it.".to_owned(),
        ForgeError::Forbidden(text) => with("The token may not do it", text),
        ForgeError::Unauthorized => "The forge does not accept the token.".to_owned(),
        ForgeError::Rejected(text) => with("The forge refuses it", text),
        ForgeError::RateLimited(wait) => later(*wait),
        ForgeError::TryLater => later(None),
        ForgeError::Malformed(text) => with("What answers is not what this forge answers", text),
        ForgeError::Other(text) => with("It could not be done", text),
        ForgeError::Refused(_)
        | ForgeError::InstallationInactive
        | ForgeError::Resting(_)
        | ForgeError::Unreachable(_)
        | ForgeError::TimedOut
        | ForgeError::TooLarge
        | ForgeError::Host(_)
        | ForgeError::Plugin(_) => sentence(&error.sentence()),
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

fn later(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("The forge asks to come again in {} s.", wait.as_secs()),
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
            failure(&ForgeError::Rejected("no.".into())),
            "The forge refuses it: no."
        );
    }
}
