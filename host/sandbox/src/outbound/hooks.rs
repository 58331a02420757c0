//! The care of the forge's hooks.

use forgegate_model::timestamp::Timestamp;

use super::RepositoryRef;

/// The repository or organization that a hook belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookOwner {
    /// A repository.
    Repository(RepositoryRef),
    /// An organization or group.
    Organization(String),
}

/// The hook that should be there. Its secret is the slot `{webhook-secret}`, which whoever makes the `ForgeApi` of this one call fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookSpec {
    /// The repository or organization.
    pub owner: HookOwner,
    /// The URL it posts to.
    pub url: String,
    /// True to write its secret anew.
    pub rotate: bool,
}

/// The hook that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookResult {
    /// The forge's number of it.
    pub id: String,
    /// True where it was made now.
    pub created: bool,
    /// The fields that were changed, in the words of the forge's form.
    pub changed: Vec<String>,
}

/// The state of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookState {
    /// The forge's number of it.
    pub id: String,
    /// True while the forge posts to it.
    pub enabled: bool,
    /// The time at which the forge will post again.
    pub disabled_until: Option<Timestamp>,
    /// The last failures, a sentence each, newest first.
    pub failures: Vec<String>,
}

/// A delivery that the forge says did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedDelivery {
    /// The name that `redeliver` takes.
    pub handle: String,
    /// The forge's id of the delivery.
    pub delivery_id: Option<String>,
    /// The time at which it was sent.
    pub time: Option<Timestamp>,
}
