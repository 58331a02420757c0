//! The functions that may call the forge, each said once: the macro makes of the list both the trait and what exports it.

use super::begin;
use super::lend::{Argument, Lent};
use crate::bindings::exports::forgegate::plugin::outbound::Guest;
use crate::events::User;
use crate::outbound::{
    AccessLevel, Account, AppExchange, AppForm, AppSpec, Approval, Authorization, CommentText, HeadsPage, HistoryPage,
    HookOwner, HookResult, HookSpec, HookState, InstallationNow, MissedDelivery, OutboundError, ProbeReport,
    PullRequestNow, Reaction, RepositoriesPage, RepositoryNow, RepositoryRef, Status,
};

macro_rules! outbound {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $lent:ty),*) -> $answer:ty;)*) => {
        /// Calls to the forge: questions, reports and the care of hooks. Every function that a plugin leaves out answers
        /// [`OutboundError::Unsupported`].
        pub trait Outbound {
            $(
                $(#[$doc])*
                fn $name($($argument: $lent),*) -> Result<$answer, OutboundError> {
                    $(let _ = $argument;)*
                    Err(OutboundError::Unsupported)
                }
            )*
        }

        impl<T: Outbound> Guest for T {
            $(
                fn $name($($argument: <$lent as Argument>::Owned),*) -> Result<$answer, OutboundError> {
                    begin();
                    <T as Outbound>::$name($(Lent::lend(&$argument)),*)
                }
            )*
        }
    };
}

outbound! {
    /// Says how calls carry the credential. Calls nobody.
    fn authorize(account: &Account) -> Authorization;

    /// Fills in the form by which an app is made. Calls nobody.
    fn draft_app(spec: &AppSpec) -> AppForm;

    /// Says how the code that came back becomes an app. Calls nobody.
    fn redeem_app(code: &str) -> AppExchange;

    /// Finds out who the credential is and what it may do, tried on a repository where one is given.
    fn probe(repository: Option<&RepositoryRef>) -> ProbeReport;

    /// Finds out what a user may do with the repository.
    fn access(repository: &RepositoryRef, who: &User) -> AccessLevel;

    /// Finds the repository as it is now: the one that lies at the path, whatever its number.
    fn find_repository(repository: &RepositoryRef) -> RepositoryNow;

    /// Finds the pull request as it is now.
    fn find_pull_request(repository: &RepositoryRef, number: u64) -> PullRequestNow;

    /// Lists the reviews of a pull request that are in force.
    fn approvals(repository: &RepositoryRef, number: u64) -> Vec<Approval>;

    /// Finds the commit that a ref, short or full, leads to.
    fn resolve(repository: &RepositoryRef, name: &str) -> String;

    /// Lists all branches and open pull requests, a page at a time.
    fn heads(repository: &RepositoryRef, page: Option<&str>) -> HeadsPage;

    /// Lists all repositories that the credential reaches, a page at a time.
    fn repositories(page: Option<&str>) -> RepositoriesPage;

    /// Finds the installation of the app.
    fn find_installation(id: &str) -> InstallationNow;

    /// Lists the networks that the forge posts from, in CIDR notation.
    fn addresses() -> Vec<String>;

    /// Shows a status. Answers what tells a later report which object to change.
    fn report(status: &Status) -> Option<String>;

    /// Writes or changes a comment. Answers what tells a later call which one to change.
    fn comment(text: &CommentText) -> String;

    /// Adds a reaction to a comment.
    fn react(repository: &RepositoryRef, number: u64, comment_id: &str, reaction: Reaction) -> ();

    /// Makes or repairs the hook.
    fn ensure_hook(spec: &HookSpec) -> HookResult;

    /// Finds out how the hook with this URL fares.
    fn hook_health(owner: &HookOwner, url: &str) -> HookState;

    /// Asks the forge for its own test delivery.
    fn test_hook(owner: &HookOwner, hook_id: &str) -> ();

    /// Lists deliveries since a time (RFC 3339) that did not arrive.
    fn missed(owner: &HookOwner, since: &str) -> Vec<MissedDelivery>;

    /// Asks the forge to send a missed delivery again, by its handle.
    fn redeliver(owner: &HookOwner, handle: &str) -> ();

    /// Lists what happened in a repository since a time (RFC 3339), a page at a time; `wit/outbound.wit` says what belongs there.
    fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> HistoryPage;
}
