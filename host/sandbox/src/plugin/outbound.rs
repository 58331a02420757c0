//! Outbound calls, which ask or tell the forge something through the `ForgeApi` that the caller hands in.

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
    AccessLevel, Account, Answer, AppExchange, AppForm, AppSpec, Approval, Authorization, CommentText, Head,
    HistoryPage, HookOwner, HookResult, HookSpec, HookState, InstallationNow, MissedDelivery, Page, ProbeReport,
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

    /// Asks how calls to the forge carry the credential. Calls no forge.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn authorize(&self, account: &Account) -> Answer<Authorization> {
        let account = translate::account(account);
        let work = async |it: &Guest, store: &mut Store| it.call_authorize(store, &account).await;
        self.call_outbound("authorize", CallKind::LIGHT, work, translate::authorization)
            .await
    }

    /// Asks for the form by which an app is made. Calls no forge.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn draft_app(&self, spec: &AppSpec) -> Answer<AppForm> {
        let spec = translate::app_spec(spec);
        let work = async |it: &Guest, store: &mut Store| it.call_draft_app(store, &spec).await;
        self.call_outbound("draft_app", CallKind::LIGHT, work, translate::app_form)
            .await
    }

    /// Asks how the code that came back becomes an app. Calls no forge.
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
    /// Finds out who the credential of the `ForgeApi` is and what it may do, tried on a repository where one is given.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn probe(&self, repository: Option<&RepositoryRef>) -> Answer<ProbeReport> {
        let repository = repository.map(translate::repository);
        let work = async |it: &Guest, store: &mut Store| it.call_probe(store, repository.as_ref()).await;
        self.ask("probe", work, translate::probe_report).await
    }

    /// Finds out what a user may do with the repository.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn access(&self, repository: &RepositoryRef, who: &User) -> Answer<AccessLevel> {
        let repository = translate::repository(repository);
        let who = translate::user(who);
        let work = async |it: &Guest, store: &mut Store| it.call_access(store, &repository, &who).await;
        self.ask("access", work, |level| Ok(translate::access(level))).await
    }

    /// Finds the repository as it is now.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn find_repository(&self, repository: &RepositoryRef) -> Answer<RepositoryNow> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_find_repository(store, &repository).await;
        self.ask("find_repository", work, translate::found_repository).await
    }

    /// Finds the pull request as it is now.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn find_pull_request(&self, repository: &RepositoryRef, number: u64) -> Answer<PullRequestNow> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_find_pull_request(store, &repository, number).await;
        self.ask("find_pull_request", work, translate::pull_request).await
    }

    /// Lists the reviews of a pull request that are in force.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn approvals(&self, repository: &RepositoryRef, number: u64) -> Answer<Vec<Approval>> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_approvals(store, &repository, number).await;
        self.ask("approvals", work, translate::approvals).await
    }

    /// Finds the commit that a ref, short or full, leads to.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn resolve(&self, repository: &RepositoryRef, name: &str) -> Answer<String> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_resolve(store, &repository, name).await;
        self.ask("resolve", work, translate::commit).await
    }

    /// Lists all branches and open pull requests, a page at a time.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn heads(&self, repository: &RepositoryRef, page: Option<&str>) -> Answer<Page<Head>> {
        let repository = translate::repository(repository);
        let work = async |it: &Guest, store: &mut Store| it.call_heads(store, &repository, page).await;
        self.ask("heads", work, translate::heads).await
    }

    /// Lists all repositories that the credential reaches, a page at a time.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn repositories(&self, page: Option<&str>) -> Answer<Page<RepositoryRef>> {
        let work = async |it: &Guest, store: &mut Store| it.call_repositories(store, page).await;
        self.ask("repositories", work, translate::repositories).await
    }

    /// Finds the installation of the app.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn find_installation(&self, id: &str) -> Answer<InstallationNow> {
        let work = async |it: &Guest, store: &mut Store| it.call_find_installation(store, id).await;
        self.ask("find_installation", work, translate::installation).await
    }

    /// Lists the networks that the forge posts from, each in the form of an allowlist's entry.
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

    /// Adds a reaction to a comment.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn react(
        &self,
        repository: &RepositoryRef,
        number: u64,
        comment_id: &str,
        reaction: Reaction,
    ) -> Answer<()> {
        let repository = translate::repository(repository);
        let reaction = translate::reaction(reaction);
        let work =
            async |it: &Guest, store: &mut Store| it.call_react(store, &repository, number, comment_id, reaction).await;
        self.ask("react", work, Ok).await
    }

    /// Makes or repairs the hook.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn ensure_hook(&self, spec: &HookSpec) -> Answer<HookResult> {
        let spec = translate::hook_spec(spec);
        let work = async |it: &Guest, store: &mut Store| it.call_ensure_hook(store, &spec).await;
        self.ask("ensure_hook", work, translate::hook_result).await
    }

    /// Finds out how the hook with this URL fares.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn hook_health(&self, owner: &HookOwner, url: &str) -> Answer<HookState> {
        let owner = translate::hook_owner(owner);
        let work = async |it: &Guest, store: &mut Store| it.call_hook_health(store, &owner, url).await;
        self.ask("hook_health", work, translate::hook_state).await
    }

    /// Asks the forge for its own test delivery.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn test_hook(&self, owner: &HookOwner, hook_id: &str) -> Answer<()> {
        let owner = translate::hook_owner(owner);
        let work = async |it: &Guest, store: &mut Store| it.call_test_hook(store, &owner, hook_id).await;
        self.ask("test_hook", work, Ok).await
    }

    /// Lists deliveries since a time that did not arrive.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn missed(&self, owner: &HookOwner, since: Timestamp) -> Answer<Vec<MissedDelivery>> {
        let owner = translate::hook_owner(owner);
        let since = since.to_string();
        let work = async |it: &Guest, store: &mut Store| it.call_missed(store, &owner, &since).await;
        self.ask("missed", work, translate::missed).await
    }

    /// Asks the forge to send a missed delivery again, by its handle.
    ///
    /// # Errors
    /// When there is no answer: it may be done or not.
    pub async fn redeliver(&self, owner: &HookOwner, handle: &str) -> Answer<()> {
        let owner = translate::hook_owner(owner);
        let work = async |it: &Guest, store: &mut Store| it.call_redeliver(store, &owner, handle).await;
        self.ask("redeliver", work, Ok).await
    }

    /// Lists what happened in a repository since a time, a page at a time, in no order. The events have no delivery's id.
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
