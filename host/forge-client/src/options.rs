//! Options of a session.

use forgegate_model::secret::Secret;

/// Limits of one session, and what it may write.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// The webhook secret that fills the slot `{webhook-secret}`, where the session is to write one at the forge.
    pub webhook_secret: Option<Secret>,
    /// The forge's number of the repository that the session is about: a minted token reaches no other, where the plugin's token
    /// exchange can say so.
    pub repository: Option<String>,
    /// The policy for budget and breaker.
    pub rate_policy: RatePolicy,
}

/// Policy by which calls keep to the credential's budget and the forge's breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RatePolicy {
    /// They keep to both.
    #[default]
    Usual,
    /// They keep to both, at half the pace that the budget allows: the other half is there for what cannot wait. Short waits that the
    /// budget asks for are waited out within the call.
    Background,
    /// They keep to neither: somebody waits for the answer. What comes of a call counts for the breaker.
    Probe,
}
