//! Cascades: what one noun does when another goes.
//!
//! A project takes its triggers, actions, live evaluations and syncs along; an integration clears the links that named it and gives up
//! its statuses; an app's installation takes its pair of integrations; an organization takes all of these, and its data key. What is only
//! old, or left of what went, goes with the sweep of `operations::retention`.

mod installation;
mod integration;
mod organization;
pub(crate) mod pairs;
mod project;

pub use integration::Unlinked;
pub use organization::Deletion;
pub(crate) use organization::settle_organizations;
pub(crate) use project::remove_action;
