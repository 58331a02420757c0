//! Fake forges: real HTTP on loopback, answers as the forges give them, faults on demand, and a log of every call. They know nothing of
//! the gateway. A test sets up and reads their state, a `World`.

mod call;
mod comments;
mod faults;
mod gitea;
mod github;
mod gitlab;
mod past;
mod server;
mod world;

#[cfg(test)]
mod tests;

use std::sync::MutexGuard;

pub use call::{Call, Logged, Reply};
pub use faults::{Fault, Plan};
pub use github::{App, AppSettings};
pub use past::{Past, PastComment, PastCommit, PastIssue, PastPull, PastRef, PastRelease, PastRun, days_ago};
use server::Server;
pub use world::{Account, Comment, Hook, Installation, Level, Posted, Pull, Repository, Review, Status, Token, World};

/// A kind of forge: its answers to calls.
pub(crate) trait Kind: Send + Sync + 'static {
    /// Carries out a call, and answers it.
    fn answer(&self, world: &mut World, call: &Call) -> Reply;

    /// One of the ways in which this forge says that it is asked too often.
    fn rate_limited(&self, call: &Call, shape: u64) -> Reply;
}

/// A running forge. It ends when it is dropped.
pub struct FakeForge(Server);

impl FakeForge {
    /// Gitea, or Forgejo, whose API is the same.
    pub async fn gitea() -> Self {
        Self::gitea_at("").await
    }

    /// Gitea under a path such as `/git`.
    pub async fn gitea_at(prefix: &str) -> Self {
        Self(Server::start(Box::new(gitea::Gitea), prefix).await)
    }

    /// GitLab.
    pub async fn gitlab() -> Self {
        Self(Server::start(Box::new(gitlab::GitLab), "").await)
    }

    /// GitHub, as an Enterprise Server, with an app.
    pub async fn github(app: AppSettings) -> (Self, App) {
        let app = App::new(app);
        let github = github::GitHub::new(app.clone());
        (Self(Server::start(Box::new(github), "").await), app)
    }

    /// Its web address.
    pub fn url(&self) -> String {
        self.world().web.clone()
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.0.address.to_string()
    }

    /// The state that it holds. No call is answered while the guard is kept.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.shared.world()
    }

    /// The calls that were answered or dropped, oldest first.
    pub fn calls(&self) -> Vec<Logged> {
        self.0.shared.calls().clone()
    }

    /// Posts a delivery of the app, signed with its secret; the answer's status, 0 where there was none.
    pub async fn post_for(&self, app: &App, guid: &str, event: &str, payload: &serde_json::Value) -> u16 {
        let id = self.world().number();
        let delivery = github::delivery(app, id, guid, event, payload.to_string());
        self.0.shared.post(delivery).await
    }

    /// Makes calls go wrong by this plan from now on.
    pub fn plan(&self, plan: Plan) {
        self.0.shared.faults().plan(plan);
    }

    /// Makes the next call go wrong whose method and path, with a space between them, contain this text.
    pub fn fault(&self, text: &str, fault: Fault) {
        self.0.shared.faults().next(text, fault);
    }
}
