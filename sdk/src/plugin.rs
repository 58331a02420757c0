//! The four traits that make a plugin, and the line that exports it.
//!
//! Nothing is decided here: each function of the component hands its arguments on.

use crate::bindings::exports::forgegate::plugin as exports;
use crate::events::{Event, User};
use crate::outbound::{
    AccessLevel, Account, AppExchange, AppForm, AppWish, Approval, Authorization, CommentText, HeadsPage, HistoryPage,
    HookPlace, HookResult, HookState, HookWish, InstallationNow, MissedDelivery, OutboundError, ProbeReport,
    PullRequestNow, Reaction, RepositoriesPage, RepositoryNow, RepositoryRef, Status,
};
use crate::samples::{Subject, Unsealed};
use crate::{Description, Evidence, Header, Headers, ParseError, Refusal};

/// The plugin's own account of itself.
pub trait Descriptor {
    /// Describes the plugin. Called once, when it is loaded; must always answer the same.
    fn describe() -> Description;
}

/// The reading of deliveries. Pure: a call to the forge from here is refused and counted.
pub trait Inbound {
    /// Names the evidence that ties a delivery to the integration's credential. Sees the header fields only; the host
    /// computes and compares.
    fn verify(headers: &Headers) -> Result<Evidence, Refusal>;

    /// Translates exactly the bytes that the host has just proved. `event` is what [`Evidence::event`] said. An event that
    /// the plugin does not know is [`Detail::Unknown`](crate::events::Detail::Unknown), never an error.
    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError>;
}

/// Deliveries made on purpose. Pure, like [`Inbound`].
pub trait Samples {
    /// A delivery of the given kind (`push`, `pull-request`, …) as this forge would send it, or `None` where it has no such
    /// event. Every plugin has a sample of `push`.
    fn sample(event: &str, about: &Subject) -> Option<Unsealed>;
}

/// The way out. Every function that a plugin leaves out answers [`OutboundError::Unsupported`].
pub trait Outbound {
    /// How calls carry the credential. Asks nobody.
    fn authorize(_account: Account) -> Result<Authorization, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The form by which an app is made. Asks nobody.
    fn draft_app(_wish: AppWish) -> Result<AppForm, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// How the code that came back becomes an app. Asks nobody.
    fn redeem_app(_code: &str) -> Result<AppExchange, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Who the credential is and what it may do, tried on a repository where one is given.
    fn probe(_repository: Option<RepositoryRef>) -> Result<ProbeReport, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// What somebody may do with the repository.
    fn access(_repository: RepositoryRef, _who: User) -> Result<AccessLevel, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The repository as it stands now: the one that lies at the path, whatever its number.
    fn find_repository(_repository: RepositoryRef) -> Result<RepositoryNow, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The pull request as it stands now.
    fn find_pull_request(_repository: RepositoryRef, _number: u64) -> Result<PullRequestNow, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The reviews that stand.
    fn approvals(_repository: RepositoryRef, _number: u64) -> Result<Vec<Approval>, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The commit that a ref, short or full, leads to.
    fn resolve(_repository: RepositoryRef, _name: &str) -> Result<String, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// All branches and open pull requests, a page at a time.
    fn heads(_repository: RepositoryRef, _page: Option<&str>) -> Result<HeadsPage, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// All repositories that the credential reaches, a page at a time.
    fn repositories(_page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The installation of the app.
    fn find_installation(_id: &str) -> Result<InstallationNow, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// The networks that the forge posts from, in CIDR notation.
    fn addresses() -> Result<Vec<String>, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Shows a status. Answers what tells a later report which object to change.
    fn report(_status: Status) -> Result<Option<String>, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Writes or changes a comment. Answers what tells a later call which one to change.
    fn comment(_text: CommentText) -> Result<String, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Puts a sign under a comment.
    fn react(
        _repository: RepositoryRef,
        _number: u64,
        _comment_id: &str,
        _sign: Reaction,
    ) -> Result<(), OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Makes or repairs the hook.
    fn ensure_hook(_wish: HookWish) -> Result<HookResult, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// How the hook with this URL fares.
    fn hook_health(_place: HookPlace, _url: &str) -> Result<HookState, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Asks the forge for its own test delivery.
    fn test_hook(_place: HookPlace, _hook_id: &str) -> Result<(), OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Deliveries since a time that did not arrive.
    fn missed(_place: HookPlace, _since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// Asks the forge to send one of them again.
    fn redeliver(_place: HookPlace, _handle: &str) -> Result<(), OutboundError> {
        Err(OutboundError::Unsupported)
    }

    /// What happened in a repository since a time, a page at a time; see `wit/outbound.wit` for what belongs there.
    fn history(_repository: RepositoryRef, _since: &str, _page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        Err(OutboundError::Unsupported)
    }
}

/// Exports a type that implements [`Descriptor`], [`Inbound`], [`Samples`] and [`Outbound`] as the component's plugin.
///
/// Natively it expands to nothing but a check of the four traits, so that a plugin is tested like any other library.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        #[cfg(target_family = "wasm")]
        $crate::bindings::export_component!($plugin with_types_in $crate::bindings);

        const _: () = {
            const fn is_a_plugin<
                T: $crate::Descriptor + $crate::Inbound + $crate::Samples + $crate::Outbound,
            >() {
            }
            is_a_plugin::<$plugin>();
        };
    };
}

impl<T: Descriptor> exports::descriptor::Guest for T {
    fn describe() -> Description {
        begin();
        <T as Descriptor>::describe()
    }
}

impl<T: Inbound> exports::inbound::Guest for T {
    fn verify(headers: Vec<Header>) -> Result<Evidence, Refusal> {
        begin();
        <T as Inbound>::verify(&Headers::new(headers))
    }

    fn parse(event: String, headers: Vec<Header>, payload: Vec<u8>) -> Result<Event, ParseError> {
        begin();
        <T as Inbound>::parse(&event, &Headers::new(headers), &payload)
    }
}

impl<T: Samples> exports::samples::Guest for T {
    fn sample(event: String, about: Subject) -> Option<Unsealed> {
        begin();
        <T as Samples>::sample(&event, &about)
    }
}

impl<T: Outbound> exports::outbound::Guest for T {
    fn authorize(account: Account) -> Result<Authorization, OutboundError> {
        begin();
        <T as Outbound>::authorize(account)
    }

    fn draft_app(wish: AppWish) -> Result<AppForm, OutboundError> {
        begin();
        <T as Outbound>::draft_app(wish)
    }

    fn redeem_app(code: String) -> Result<AppExchange, OutboundError> {
        begin();
        <T as Outbound>::redeem_app(&code)
    }

    fn probe(repository: Option<RepositoryRef>) -> Result<ProbeReport, OutboundError> {
        begin();
        <T as Outbound>::probe(repository)
    }

    fn access(repository: RepositoryRef, who: User) -> Result<AccessLevel, OutboundError> {
        begin();
        <T as Outbound>::access(repository, who)
    }

    fn find_repository(repository: RepositoryRef) -> Result<RepositoryNow, OutboundError> {
        begin();
        <T as Outbound>::find_repository(repository)
    }

    fn find_pull_request(repository: RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
        begin();
        <T as Outbound>::find_pull_request(repository, number)
    }

    fn approvals(repository: RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
        begin();
        <T as Outbound>::approvals(repository, number)
    }

    fn resolve(repository: RepositoryRef, name: String) -> Result<String, OutboundError> {
        begin();
        <T as Outbound>::resolve(repository, &name)
    }

    fn heads(repository: RepositoryRef, page: Option<String>) -> Result<HeadsPage, OutboundError> {
        begin();
        <T as Outbound>::heads(repository, page.as_deref())
    }

    fn repositories(page: Option<String>) -> Result<RepositoriesPage, OutboundError> {
        begin();
        <T as Outbound>::repositories(page.as_deref())
    }

    fn find_installation(id: String) -> Result<InstallationNow, OutboundError> {
        begin();
        <T as Outbound>::find_installation(&id)
    }

    fn addresses() -> Result<Vec<String>, OutboundError> {
        begin();
        <T as Outbound>::addresses()
    }

    fn report(status: Status) -> Result<Option<String>, OutboundError> {
        begin();
        <T as Outbound>::report(status)
    }

    fn comment(text: CommentText) -> Result<String, OutboundError> {
        begin();
        <T as Outbound>::comment(text)
    }

    fn react(repository: RepositoryRef, number: u64, comment_id: String, sign: Reaction) -> Result<(), OutboundError> {
        begin();
        <T as Outbound>::react(repository, number, &comment_id, sign)
    }

    fn ensure_hook(wish: HookWish) -> Result<HookResult, OutboundError> {
        begin();
        <T as Outbound>::ensure_hook(wish)
    }

    fn hook_health(place: HookPlace, url: String) -> Result<HookState, OutboundError> {
        begin();
        <T as Outbound>::hook_health(place, &url)
    }

    fn test_hook(place: HookPlace, hook_id: String) -> Result<(), OutboundError> {
        begin();
        <T as Outbound>::test_hook(place, &hook_id)
    }

    fn missed(place: HookPlace, since: String) -> Result<Vec<MissedDelivery>, OutboundError> {
        begin();
        <T as Outbound>::missed(place, &since)
    }

    fn redeliver(place: HookPlace, handle: String) -> Result<(), OutboundError> {
        begin();
        <T as Outbound>::redeliver(place, &handle)
    }

    fn history(repository: RepositoryRef, since: String, page: Option<String>) -> Result<HistoryPage, OutboundError> {
        begin();
        <T as Outbound>::history(repository, &since, page.as_deref())
    }
}

/// What every call begins with.
fn begin() {
    #[cfg(target_family = "wasm")]
    crate::panics::are_logged();
}
