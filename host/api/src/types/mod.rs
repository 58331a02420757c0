//! Requests and responses, one file a noun. A request is read strictly: a field that is not known is refused.
//!
//! A field of a `…View` that is not there yet, or not known, is `null`. Times are RFC 3339 in UTC.

mod actions;
mod activity;
mod apps;
mod audit;
mod check;
mod deliveries;
mod evaluations;
mod health;
mod hooks;
mod installations;
mod integrations;
mod leases;
mod orgs;
mod pages;
mod plugins;
mod projects;
mod refusals;
mod statuses;
mod sync;
mod tokens;
mod triggers;
mod why;

use serde::{Deserialize, Deserializer};

pub use actions::*;
pub use activity::*;
pub use apps::*;
pub use audit::*;
pub use check::*;
pub use deliveries::*;
pub use evaluations::*;
pub use health::*;
pub use hooks::*;
pub use installations::*;
pub use integrations::*;
pub use leases::*;
pub use orgs::*;
pub use pages::*;
pub use plugins::*;
pub use projects::*;
pub use refusals::*;
pub use statuses::*;
pub use sync::*;
pub use tokens::*;
pub use triggers::*;
pub use why::*;

/// Reads a field that may be absent (`None`), null (`Some(None)`), or there.
///
/// # Errors
/// Where its value cannot be read.
pub fn present<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}
