//! What a test of a connection finds, and how long it may take.

use std::time::Duration;

use forgegate_sandbox::outbound;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::forge_access::sentences;
use crate::forge_client::ForgeError;

/// The time in which a test may ask a forge in all: it is answered within 20 s.
const WITHIN: Duration = Duration::from_secs(17);

/// One thing that a test found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestFinding)]
pub struct Finding {
    /// What was looked at, in a word such as `token`.
    pub check: String,
    /// Whether it is well; none where it could not be told.
    pub ok: Option<bool>,
    /// One sentence for people.
    pub sentence: String,
}

impl Finding {
    /// A finding of a check: well, ill, or none where it could not be told.
    pub fn new(check: &str, ok: Option<bool>, sentence: impl Into<String>) -> Self {
        Self {
            check: check.to_owned(),
            ok,
            sentence: sentence.into(),
        }
    }

    /// A check that is well.
    pub fn well(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, Some(true), sentence)
    }

    /// A check that is ill.
    pub fn ill(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, Some(false), sentence)
    }

    /// A check that is neither well nor ill.
    pub fn open(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, None, sentence)
    }

    /// The failure of a whole question: ill is the token where it is the token's fault, else the forge's reachability.
    pub fn failed(error: &ForgeError) -> Self {
        let check = match error {
            ForgeError::Unauthorized
            | ForgeError::Forbidden(_)
            | ForgeError::Refused(_)
            | ForgeError::InstallationInactive => "token",
            _ => "reachable",
        };
        Self::ill(check, sentences::failure(error))
    }
}

impl From<outbound::Finding> for Finding {
    fn from(found: outbound::Finding) -> Self {
        Self {
            check: found.check,
            ok: found.ok,
            sentence: found.sentence,
        }
    }
}

/// Says that nothing was found ill.
pub fn all_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.ok != Some(false))
}

/// The end of a test, however many calls it makes.
#[derive(Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// The end of a test that begins now.
    pub fn from_now() -> Self {
        Self(Instant::now() + WITHIN)
    }

    /// The time that is left; zero once it is over.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_blames_the_token_only_for_what_is_its_own() {
        assert_eq!(Finding::failed(&ForgeError::Unauthorized).check, "token");
        let missing = ForgeError::Refused("no access token is stored".into());
        assert_eq!(Finding::failed(&missing).check, "token");
        assert_eq!(Finding::failed(&ForgeError::TimedOut).check, "reachable");
        let wait = ForgeError::RateLimited(Some(Duration::from_secs(3)));
        assert_eq!(Finding::failed(&wait).ok, Some(false));
    }
}
