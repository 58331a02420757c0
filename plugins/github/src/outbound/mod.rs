//! The way out: what is asked of GitHub and told to it, one file a subject.
//!
//! All calls are made for an installation of the App, but those of `app` and `hook`: these belong to the App itself and need its
//! claims. Where GitHub's behaviour is assumed and not written down anywhere, a comment begins with "Assumed".

mod api;
mod fields;

mod app;
mod comment;
mod heads;
mod history;
mod hook;
mod probe;
mod pull_request;
mod report;
mod repository;

pub use app::{addresses, draft_app, find_installation, redeem_app};
pub use comment::{comment, react};
pub use heads::heads;
pub use history::history;
pub use hook::{hook_health, missed, redeliver};
pub use probe::probe;
pub use pull_request::{approvals, find_pull_request};
pub use report::report;
pub use repository::{access, find_repository, repositories, resolve};

#[cfg(test)]
mod tests;
