//! Failures of calls to a forge: the one place that says what each means for whoever asked.

use std::time::Duration;

use forgegate_sandbox::outbound::OutboundError;
use forgegate_sandbox::{Blame, CallError, PluginError};

/// Failure of a question or a report to a forge. Where it has a text, `sentence` says whose words that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForgeError {
    /// The plugin, or its forge, does not offer it.
    Unsupported,
    /// It does not exist, or the credential may not see it.
    NotFound,
    /// The credential may not do it, in the forge's words.
    Forbidden(String),
    /// The forge does not accept the credential.
    Unauthorized,
    /// The forge says no and will say no again, in its words.
    Rejected(String),
    /// The host makes no such call, in the host's words: there is no credential, no address, or the address may not be called.
    Refused(String),
    /// The installation in whose name the call would be made is suspended or uninstalled. No call was made.
    InstallationInactive,
    /// The forge did not answer before and is left alone for so long: its breaker is open. No call was made.
    Resting(Duration),
    /// The forge, or the credential's budget, asks to wait; for so long, where that is known. Nothing was done.
    RateLimited(Option<Duration>),
    /// The forge failed, or asks to be called later, without saying when. It may have done what was asked.
    TryLater,
    /// The forge could not be reached, in the host's words.
    Unreachable(String),
    /// The forge did not answer in time.
    TimedOut,
    /// The forge's answer is larger than the host takes.
    TooLarge,
    /// The answer was not what this forge answers, in the plugin's words.
    Malformed(String),
    /// The plugin could not do it, in its words.
    Other(String),
    /// The host failed, in its own words.
    Host(String),
    /// The plugin gave no answer. The log has the cause.
    Plugin(PluginError),
}

/// What a failure says about the same call made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It will fail again.
    Permanent,
    /// It may succeed later.
    Retryable,
    /// It may succeed after a wait that was asked for; of this length, where that is known.
    Wait(Option<Duration>),
}

impl ForgeError {
    /// What the failure says about the same call made again.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Unsupported
            | Self::NotFound
            | Self::Forbidden(_)
            | Self::Unauthorized
            | Self::Rejected(_)
            | Self::Refused(_) => Retry::Permanent,
            Self::Resting(rest) => Retry::Wait(Some(*rest)),
            Self::RateLimited(wait) => Retry::Wait(*wait),
            Self::TryLater | Self::InstallationInactive => Retry::Wait(None),
            Self::Unreachable(_)
            | Self::TimedOut
            | Self::TooLarge
            | Self::Malformed(_)
            | Self::Other(_)
            | Self::Host(_)
            | Self::Plugin(_) => Retry::Retryable,
        }
    }

    /// Tells whether the forge may have done what was asked, although no answer says so.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        match self.retry() {
            Retry::Permanent => false,
            Retry::Retryable => true,
            // Whoever names no time may have failed half-way: a 502 says nothing of what the forge behind it did.
            Retry::Wait(_) => matches!(self, Self::TryLater),
        }
    }

    /// The failure in the host's own words, lower case, without a full stop. It never holds words of a forge or a plugin, which may be
    /// anybody's.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Unsupported => "the forge's plugin does not offer it".to_owned(),
            Self::NotFound => "the forge does not know it, or the credential may not see it".to_owned(),
            Self::Forbidden(_) => "the forge does not let the credential do it".to_owned(),
            Self::Unauthorized => "the forge does not accept the credential".to_owned(),
            Self::Rejected(_) => "the forge refuses it".to_owned(),
            Self::Refused(text) => format!("refused: {text}"),
            Self::InstallationInactive => {
                "the app's installation is switched off: nothing is asked in its name".to_owned()
            }
            Self::Resting(rest) => format!(
                "the forge did not answer before and is left alone for {} s",
                rest.as_secs_f64().ceil()
            ),
            Self::RateLimited(_) => "the forge, or the budget of the credential, asks to wait".to_owned(),
            Self::TryLater => "the forge failed, or asks to be called later".to_owned(),
            Self::Unreachable(text) => format!("the forge could not be reached: {text}"),
            Self::TimedOut => "the forge did not answer in time".to_owned(),
            Self::TooLarge => "the forge's answer is too large".to_owned(),
            Self::Malformed(_) => "the forge's answer cannot be read".to_owned(),
            Self::Other(_) => "the forge's plugin could not do it".to_owned(),
            Self::Host(text) => text.clone(),
            Self::Plugin(_) => "the forge's plugin failed; the log has the cause".to_owned(),
        }
    }

    /// The words of the forge or its plugin, where there are any: for the operator who asked, and for the log.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Forbidden(text) | Self::Rejected(text) | Self::Malformed(text) | Self::Other(text) => Some(text),
            _ => None,
        }
    }
}

impl From<CallError> for ForgeError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(text) => Self::Refused(text),
            CallError::Unreachable(text) => Self::Unreachable(text),
            CallError::TimedOut => Self::TimedOut,
            CallError::TooLarge => Self::TooLarge,
            CallError::RateLimited(seconds) => Self::RateLimited(seconds.map(Duration::from_secs)),
            CallError::Other(text) => Self::Host(text),
        }
    }
}

impl From<OutboundError> for ForgeError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::Unsupported => Self::Unsupported,
            OutboundError::NotFound => Self::NotFound,
            OutboundError::Forbidden(text) => Self::Forbidden(text),
            OutboundError::Unauthorized => Self::Unauthorized,
            OutboundError::Rejected(text) => Self::Rejected(text),
            OutboundError::TryLater(Some(seconds)) => Self::RateLimited(Some(Duration::from_secs(seconds))),
            OutboundError::TryLater(None) => Self::TryLater,
            OutboundError::Call(error) => error.into(),
            OutboundError::Malformed(text) => Self::Malformed(text),
            OutboundError::Other(text) => Self::Other(text),
        }
    }
}

impl From<PluginError> for ForgeError {
    fn from(error: PluginError) -> Self {
        match error.blame() {
            Blame::Forge => Self::TimedOut,
            Blame::Guest | Blame::Host => Self::Plugin(error),
        }
    }
}

impl std::fmt::Display for ForgeError {
    /// Writes the failure for the log: the sentence, and the words of the forge or its plugin.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Self::Plugin(error) = self {
            return error.fmt(out);
        }
        out.write_str(&self.sentence())?;
        self.words().map_or(Ok(()), |words| write!(out, ": {words}"))
    }
}

impl std::error::Error for ForgeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_forge_or_a_plugin_are_in_no_sentence() {
        let words = "token ghx_0123456789 is wrong";
        for error in [
            OutboundError::Forbidden(words.into()),
            OutboundError::Rejected(words.into()),
            OutboundError::Malformed(words.into()),
            OutboundError::Other(words.into()),
        ] {
            let error = ForgeError::from(error);
            assert!(!error.sentence().contains("ghx_"), "{}", error.sentence());
            assert_eq!(error.words(), Some(words));
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn what_was_refused_is_over_and_what_got_no_answer_may_have_arrived() {
        let trap = PluginError::Trap {
            plugin: "anyforge".into(),
            message: "unreachable".into(),
        };
        let slow = PluginError::ForgeTooSlow {
            plugin: "anyforge".into(),
            limit: Duration::from_secs(1),
        };
        for (error, retry, may_have_arrived) in [
            (OutboundError::Unauthorized.into(), Retry::Permanent, false),
            (CallError::Refused("no token".into()).into(), Retry::Permanent, false),
            (CallError::TimedOut.into(), Retry::Retryable, true),
            (slow.into(), Retry::Retryable, true),
            (trap.into(), Retry::Retryable, true),
            (OutboundError::TryLater(None).into(), Retry::Wait(None), true),
            (CallError::RateLimited(None).into(), Retry::Wait(None), false),
            (ForgeError::InstallationInactive, Retry::Wait(None), false),
        ] {
            let error: ForgeError = error;
            assert_eq!(
                (error.retry(), error.may_have_arrived()),
                (retry, may_have_arrived),
                "{error}"
            );
        }
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept() {
        let seven = Retry::Wait(Some(Duration::from_secs(7)));
        for error in [
            OutboundError::TryLater(Some(7)),
            OutboundError::Call(CallError::RateLimited(Some(7))),
        ] {
            assert_eq!(ForgeError::from(error).retry(), seven);
        }
    }
}
