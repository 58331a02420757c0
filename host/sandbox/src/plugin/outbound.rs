//! The calls that ask or tell the forge something, through the `ForgeApi` that the caller hands in.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::event::User;
use forgegate_model::timestamp::Timestamp;

use super::Plugin;
use crate::ForgeApi;
use crate::bindings::Forge;
use crate::bindings::exports::forgegate::plugin::outbound::{Guest, OutboundError};
use crate::call::CallKind;
use crate::outbound::{
    AccessLevel, Account, Answer, AppExchange, AppForm, AppWish, Approval, Authorization, CommentText, Head,
    HistoryPage, HookPlace, HookResult, HookState, HookWish, InstallationNow, MissedDelivery, Page, ProbeReport,
    PullRequestNow, Reaction, RepositoryNow, RepositoryRef, Status,
};
use crate::translate::Checked;
use crate::translate::outbound as translate;

type Store = wasmtime::Store<crate::guest::Guest>;

/// A plugin with a forge to ask. Each of its calls has a fresh instance, makes at most 128 requests through the `ForgeApi`, and ends
/// within the time given here, however often it waits; what it computes itself is bounded as in any call.
///
/// That the plugin could not do what was asked is in the inner result of each answer.
#[derive(Clone)]
pub struct OutboundPlugin {
    plugin: Plugin,
    forge: Arc<dyn ForgeApi>,
    within: Duration,
}

impl Plugin {
    /// The plugin with a forge to ask. `within` bounds each call, waiting for the forge included.
    #[must_use]
    pub fn outbound(&self, forge: Arc<dyn ForgeApi>, within: Duration) -> OutboundPlugin {
        OutboundPlugin {
            plugin: self.clone(),
            forge,
            within,
        }
    }

    /// How calls to the forge carry the credential. Asks nobody.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn authorize(&self, account: &Account) -> Answer<Authorization> {
        let account = translate::account(account);
        let work = async |it: &Guest, store: &mut Store| it.call_authorize(store, &account).await;
        self.call_outbound("authorize", CallKind::LIGHT, work, translate::authorization)
            .await
    }

    /// The form by which an app is made. Asks nobody.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn draft_app(&self, wish: &AppWish) -> Answer<AppForm> {
        let wish = translate::app_wish(wish);
        let work = async |it: &Guest, store: &mut Store| it.call_draft_app(store, &wish).await;
        self.call_outbound("draft_app", CallKind::LIGHT, work, translate::app_form)
            .await
    }

    /// How the code that came back becomes an app. Asks nobody.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn redeem_app(&self, code: &str) -> Answer<AppExchange> {
        let work = async |it: &Guest, store: &mut Store| it.call_redeem_app(store, code).await;
        self.call_outbound("redeem_app", CallKind::LIGHT, work, translate::app_exchange)
            .await
    }

    async fn call_outbound<A, B>(
        &self,
        function: &'static str,
        kind: CallKind,
        work: impl AsyncFnOnce(&Guest, &mut Store) -> wasmtime::Result<Result<A, OutboundError>>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Answer<B> {
        let work = async |guest: &Forge, store: &mut Store| work(guest.forgegate_plugin_outbound(), store).await;
        let check = |answer| translate::answer(answer, check);
        self.0.callee.call(function, kind, work, check).await
    }
}

impl OutboundPlugin {
    /// Who the credential of the `ForgeApi` is and what it may do, tried on a repository where one is given.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn probe(&self, repository: Option<&RepositoryRef>) -> Answer<ProbeReport> {
        let repository = repository.map(translate::repository);
        let work = async |it: &Guest, store: &mut Store| it.call_probe(store, repository.as_ref()).await;
        self.ask("probe", work, translate::probe_report).await
    }

    /// What somebody may do with the repository.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn access(&self, repository: &RepositoryRef, who: &User) -> Answer<AccessLevel> {
        let repository = translate::repository(repository);
        let who = translate::user(who);
        let work = async |it: &Guest, store: &mut Store| it.call_access(store, &repository, &who).await;
        self.ask("access", work, |level| Ok(translate::access(level))).await
    }

    /// The repository as it stands now.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn find_repository(&self, repository: &RepositoryRef) -> Answer<RepositoryNow> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_find_repository(store, &repository).await;
        self.ask("find_repository", work, translate::found_repository).await
    }

    /// The pull request as it stands now.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn find_pull_request(&self, repository: &RepositoryRef, number: u64) -> Answer<PullRequestNow> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_find_pull_request(store, &repository, number).await;
        self.ask("find_pull_request", work, translate::pull_request).await
    }

    /// The reviews that stand.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn approvals(&self, repository: &RepositoryRef, number: u64) -> Answer<Vec<Approval>> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_approvals(store, &repository, number).await;
        self.ask("approvals", work, translate::approvals).await
    }

    /// The commit that a ref, short or full, leads to.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn resolve(&self, repository: &RepositoryRef, name: &str) -> Answer<String> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_resolve(store, &repository, name).await;
        self.ask("resolve", work, translate::commit).await
    }

    /// All branches and open pull requests, a page at a time.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn heads(&self, repository: &RepositoryRef, page: Option<&str>) -> Answer<Page<Head>> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_heads(store, &repository, page).await;
        self.ask("heads", work, translate::heads).await
    }

    /// All repositories that the credential reaches, a page at a time.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn repositories(&self, page: Option<&str>) -> Answer<Page<RepositoryRef>> {
        let work = async |it: &Guest, store: &mut Store| it.call_repositories(store, page).await;
        self.ask("repositories", work, translate::repositories).await
    }

    /// The installation of the app.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn find_installation(&self, id: &str) -> Answer<InstallationNow> {
        let work = async |it: &Guest, store: &mut Store| it.call_find_installation(store, id).await;
        self.ask("find_installation", work, translate::installation).await
    }

    /// The networks that the forge posts from, each in the form of an allowlist's entry.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn addresses(&self) -> Answer<Vec<String>> {
        let work = async |it: &Guest, store: &mut Store| it.call_addresses(store).await;
        self.ask("addresses", work, translate::addresses).await
    }

    /// Shows a status. Answers what a later report of the same context must carry as `previous`.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn report(&self, status: &Status) -> Answer<Option<String>> {
        let status = translate::status(status);
        let work = async |it: &Guest, store: &mut Store| it.call_report(store, &status).await;
        self.ask("report", work, translate::reported).await
    }

    /// Writes or changes a comment. Answers what a later call must carry as `previous`.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn comment(&self, text: &CommentText) -> Answer<String> {
        let text = translate::comment(text);
        let work = async |it: &Guest, store: &mut Store| it.call_comment(store, &text).await;
        self.ask("comment", work, translate::commented).await
    }

    /// Puts a sign under a comment.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn react(&self, repository: &RepositoryRef, number: u64, comment_id: &str, sign: Reaction) -> Answer<()> {
        let repository = translate::repository(repository);
        let sign = translate::reaction(sign);
        let work =
            async |it: &Guest, store: &mut Store| it.call_react(store, &repository, number, comment_id, sign).await;
        self.ask("react", work, Ok).await
    }

    /// Makes or repairs the hook.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn ensure_hook(&self, wish: &HookWish) -> Answer<HookResult> {
        let wish = translate::hook_wish(wish);
        let work = async |it: &Guest, store: &mut Store| it.call_ensure_hook(store, &wish).await;
        self.ask("ensure_hook", work, translate::hook_result).await
    }

    /// How the hook with this URL fares.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn hook_health(&self, place: &HookPlace, url: &str) -> Answer<HookState> {
        let place = translate::hook_place(place);
        let work = async |it: &Guest, store: &mut Store| it.call_hook_health(store, &place, url).await;
        self.ask("hook_health", work, translate::hook_state).await
    }

    /// Asks the forge for its own test delivery.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn test_hook(&self, place: &HookPlace, hook_id: &str) -> Answer<()> {
        let place = translate::hook_place(place);
        let work = async |it: &Guest, store: &mut Store| it.call_test_hook(store, &place, hook_id).await;
        self.ask("test_hook", work, Ok).await
    }

    /// Deliveries since a time that did not arrive.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn missed(&self, place: &HookPlace, since: Timestamp) -> Answer<Vec<MissedDelivery>> {
        let place = translate::hook_place(place);
        let since = since.to_string();
        let work = async |it: &Guest, store: &mut Store| it.call_missed(store, &place, &since).await;
        self.ask("missed", work, translate::missed).await
    }

    /// Asks the forge to send one of them again.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn redeliver(&self, place: &HookPlace, handle: &str) -> Answer<()> {
        let place = translate::hook_place(place);
        let work = async |it: &Guest, store: &mut Store| it.call_redeliver(store, &place, handle).await;
        self.ask("redeliver", work, Ok).await
    }

    /// What happened in a repository since a time, a page at a time, in no order. The events have no delivery's id.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn history(
        &self,
        repository: &RepositoryRef,
        since: Timestamp,
        page: Option<&str>,
    ) -> Answer<HistoryPage> {
        let repository = translate::repository(repository);
        let since = since.to_string();
        let work = async |it: &Guest, store: &mut Store| it.call_history(store, &repository, &since, page).await;
        self.ask("history", work, translate::history).await
    }

    async fn ask<A, B>(
        &self,
        function: &'static str,
        work: impl AsyncFnOnce(&Guest, &mut Store) -> wasmtime::Result<Result<A, OutboundError>>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Answer<B> {
        let kind = CallKind::Outbound {
            forge: Arc::clone(&self.forge),
            within: self.within,
        };
        self.plugin.call_outbound(function, kind, work, check).await
    }
}
