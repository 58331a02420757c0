//! The care of the forge's hooks.

use forgegate_model::timestamp::Timestamp;

use super::RepositoryRef;

/// Where a hook belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookPlace {
    /// To a repository.
    Repository(RepositoryRef),
    /// To an organization or group.
    Organization(String),
}

/// The hook that should be there. Its secret is the slot `{webhook-secret}`, which whoever makes the `ForgeApi` of this one call fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookWish {
    /// Where.
    pub place: HookPlace,
    /// The URL it posts to.
    pub url: String,
    /// Whether its secret is to be written anew.
    pub rotate: bool,
}

/// The hook that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookResult {
    /// The forge's number of it.
    pub id: String,
    /// Whether it was made now.
    pub created: bool,
    /// What was changed, in the words of the forge's form.
    pub changed: Vec<String>,
}

/// How a hook fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookState {
    /// The forge's number of it.
    pub id: String,
    /// Whether the forge posts to it.
    pub enabled: bool,
    /// When the forge will post again.
    pub disabled_until: Option<Timestamp>,
    /// The last failures, a sentence each, newest first.
    pub failures: Vec<String>,
}

/// A delivery that the forge says did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedDelivery {
    /// What `redeliver` takes.
    pub handle: String,
    /// The forge's id of the delivery.
    pub delivery_id: Option<String>,
    /// When it was sent.
    pub time: Option<Timestamp>,
}
