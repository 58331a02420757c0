//! The way out: a plugin reaches a forge only through what its caller hands in.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::{delivery, hostile, sandbox, settings};
use forgegate_model::event::{Detail, ReviewState, User};
use forgegate_model::plugin::Method;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::outbound::{
    AccessLevel, Account, AppSpec, Authorization, CommentText, CredentialHeader, HookOwner, HookSpec, OutboundError,
    Reaction, RepositoryRef, Status, StatusState,
};
use forgegate_sandbox::{
    Blame, CallError, CallFuture, ForgeApi, ForgeRequest, ForgeResponse, Plugin, PluginError, Settings,
};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(60);

/// A forge that answers by its script, 201 where that has ended, and remembers what it was asked.
#[derive(Default)]
struct Forge {
    script: Mutex<VecDeque<Result<u16, CallError>>>,
    asked: Mutex<Vec<ForgeRequest>>,
}

impl Forge {
    fn answering(script: impl IntoIterator<Item = Result<u16, CallError>>) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<ForgeRequest> {
        self.asked.lock().unwrap().clone()
    }
}

impl ForgeApi for Forge {
    fn send(&self, request: ForgeRequest) -> CallFuture<'_> {
        self.asked.lock().unwrap().push(request);
        let answer = self.script.lock().unwrap().pop_front().unwrap_or(Ok(201));
        Box::pin(async move {
            answer.map(|status| ForgeResponse {
                status,
                headers: vec![],
                body: b"made".to_vec(),
            })
        })
    }
}

/// A forge that never answers.
struct Silence;

impl ForgeApi for Silence {
    fn send(&self, _request: ForgeRequest) -> CallFuture<'_> {
        Box::pin(std::future::pending())
    }
}

/// A forge that answers 200 after so long.
struct Slow(Duration);

impl ForgeApi for Slow {
    fn send(&self, _request: ForgeRequest) -> CallFuture<'_> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(ForgeResponse {
                status: 200,
                headers: vec![],
                body: vec![],
            })
        })
    }
}

fn repository(full_name: &str) -> RepositoryRef {
    RepositoryRef {
        id: Some("7".into()),
        full_name: full_name.into(),
    }
}

fn status(context: &str) -> Status {
    Status {
        repository: repository("acme/widgets"),
        sha: "a".repeat(40),
        ref_name: None,
        fetch_ref: None,
        context: context.into(),
        state: StatusState::Succeeded,
        description: None,
        url: None,
        external_id: "1".into(),
        previous: None,
        attempted: false,
    }
}

fn comment(body: &str) -> CommentText {
    CommentText {
        repository: repository("acme/widgets"),
        number: 1,
        body: body.into(),
        previous: None,
        mark: "<!-- m -->".into(),
        attempted: false,
    }
}

fn owner() -> HookOwner {
    HookOwner::Repository(repository("acme/widgets"))
}

fn spec(name: &str) -> AppSpec {
    AppSpec {
        name: name.into(),
        owner: None,
        home: "https://gate.example.com".into(),
        hook_url: "https://gate.example.com/hooks".into(),
        callback_url: "https://gate.example.com/callback".into(),
        state: "s".into(),
    }
}

fn ann() -> User {
    User {
        id: Some("2".into()),
        login: "ann".into(),
    }
}

async fn reported(plugin: &Plugin, deed: &str, forge: Arc<dyn ForgeApi>) -> PluginError {
    let outbound = plugin.outbound(forge, LONG);
    outbound.report(&status(deed)).await.unwrap_err()
}

fn is_bad_output<T: std::fmt::Debug>(answer: Result<T, PluginError>, place: &str) {
    let error = answer.unwrap_err();
    assert!(matches!(error, PluginError::BadOutput { .. }), "{place}: {error:?}");
    assert!(error.to_string().contains(place), "{place}: {error}");
    assert_eq!(error.blame(), Blame::Guest);
}

#[tokio::test]
async fn a_report_calls_the_forge_that_it_was_given() {
    let plugin = hostile(&sandbox(settings())).await;
    let forge = Arc::new(Forge::default());
    let outbound = plugin.outbound(Arc::clone(&forge) as _, LONG);
    let mark = outbound.report(&status("call")).await.unwrap().unwrap();
    assert!(mark.unwrap().contains("status: 201"));
    let asked = forge.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method, asked[0].path.as_slice()),
        (Method::Get, ["user".to_owned()].as_slice())
    );
    assert_eq!(plugin.metrics().refused_calls, 0);
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let plugin = hostile(&sandbox(settings())).await;
    let forge = Forge::answering([Ok(404)]);
    let outbound = plugin.outbound(Arc::clone(&forge) as _, LONG);
    let widgets = repository("acme/widgets");
    let access = async || outbound.access(&widgets, &ann()).await.unwrap();
    assert_eq!(access().await, Ok(AccessLevel::None));
    assert_eq!(access().await, Ok(AccessLevel::Write));
    let pull_request = outbound.find_pull_request(&widgets, 1).await.unwrap().unwrap();
    assert_eq!(
        (pull_request.head_ref.as_str(), pull_request.author),
        ("refs/heads/topic", ann())
    );
    let found = outbound.find_repository(&widgets).await.unwrap().unwrap();
    assert_eq!(found.default_branch.as_deref(), Some("refs/heads/main"));
    let approvals = outbound.approvals(&widgets, 1).await.unwrap().unwrap();
    assert_eq!((approvals.len(), approvals[0].state), (1, ReviewState::Approved));
    assert_eq!(outbound.resolve(&widgets, "main").await.unwrap(), Ok("a".repeat(40)));
    let first = outbound.heads(&widgets, None).await.unwrap().unwrap();
    assert_eq!(first.items[0].ref_name, "refs/heads/main");
    let last = outbound.heads(&widgets, first.next.as_deref()).await.unwrap().unwrap();
    assert_eq!(last.next, None);
    let repositories = outbound.repositories(None).await.unwrap().unwrap();
    assert_eq!(repositories.items[0].full_name, "acme/widgets");
    let installation = outbound.find_installation("77").await.unwrap().unwrap();
    assert_eq!((installation.id.as_str(), installation.all_repositories), ("77", true));
    let networks = outbound.addresses().await.unwrap().unwrap();
    assert_eq!(networks, ["192.0.2.0/24", "2001:db8::1"]);
    assert_eq!(forge.asked().len(), 3);
}

#[tokio::test]
async fn everything_told_reaches_the_forge() {
    let plugin = hostile(&sandbox(settings())).await;
    let forge = Arc::new(Forge::default());
    let outbound = plugin.outbound(Arc::clone(&forge) as _, LONG);
    assert_eq!(outbound.comment(&comment("hello")).await.unwrap(), Ok("1".to_owned()));
    let widgets = repository("acme/widgets");
    outbound.react(&widgets, 7, "9", Reaction::Eyes).await.unwrap().unwrap();
    let hook = HookSpec {
        owner: owner(),
        url: "https://gate.example.com/hooks".into(),
        rotate: false,
    };
    let made = outbound.ensure_hook(&hook).await.unwrap().unwrap();
    assert_eq!(
        (made.id.as_str(), made.created, made.changed),
        ("1", true, vec!["URL ".to_owned()])
    );
    outbound.test_hook(&owner(), "1").await.unwrap().unwrap();
    outbound.redeliver(&owner(), "h").await.unwrap().unwrap();
    let asked = forge.asked();
    let paths: Vec<_> = asked.iter().map(|it| it.path.join("/")).collect();
    assert_eq!(
        paths,
        ["comments", "reactions/7/9", "hooks", "hooks/1/tests", "attempts/h"]
    );
    assert_eq!(asked[0].body.as_deref(), Some(&b"hello"[..]));
}

#[tokio::test]
async fn a_hooks_fate_and_a_repositorys_past_come_back_typed() {
    let plugin = hostile(&sandbox(settings())).await;
    let outbound = plugin.outbound(Arc::new(Silence), LONG);
    let since = Timestamp::parse("2026-01-02T03:04:05Z").unwrap();
    let state = outbound
        .hook_health(&owner(), "https://gate.example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state.disabled_until, Some(since));
    assert!(!state.failures[0].contains('\n') && state.failures[0].len() == 300);
    let missed = outbound.missed(&owner(), since).await.unwrap().unwrap();
    assert_eq!((missed[0].handle.as_str(), missed[0].time), ("h", Some(since)));
    let past = outbound
        .history(&repository("acme/widgets"), since, Some("3"))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(past.events[0].detail, Detail::Push(_)));
    assert_eq!(past.missing, ["runs: not for you"]);
    assert_eq!(
        (past.events[0].delivery_id.as_deref(), past.next.as_deref()),
        (None, Some("3"))
    );
}

#[tokio::test]
async fn an_app_is_drafted_and_redeemed_without_a_forge() {
    let plugin = hostile(&sandbox(settings())).await;
    let form = plugin.draft_app(&spec("gate")).await.unwrap().unwrap();
    assert_eq!(form.path, ["settings", "new"]);
    assert_eq!(form.query, [("state".to_owned(), "s".to_owned())]);
    let exchange = plugin.redeem_app("c0de").await.unwrap().unwrap();
    assert_eq!(
        (exchange.request.path[1].as_str(), exchange.private_key.as_str()),
        ("c0de", "/pem")
    );
    is_bad_output(plugin.draft_app(&spec("way-up")).await, "`app-form.path`");
    is_bad_output(plugin.redeem_app("no-pointer").await, "`app-exchange.private-key`");
    is_bad_output(plugin.redeem_app("..").await, "`request.path`");
}

#[tokio::test]
async fn no_answer_against_the_contract_gets_through() {
    let plugin = hostile(&sandbox(settings())).await;
    let forge = Forge::answering([Ok(500)]);
    let outbound = plugin.outbound(forge, LONG);
    let since = Timestamp::from_seconds(0);
    let odd = repository("short-ref");
    is_bad_output(outbound.addresses().await, "`addresses`");
    is_bad_output(outbound.find_pull_request(&odd, 1).await, "`pull-request.head-ref`");
    is_bad_output(outbound.history(&odd, since, None).await, "`push.ref`");
    is_bad_output(outbound.approvals(&repository("flood"), 1).await, "`approvals`");
    is_bad_output(outbound.resolve(&odd, "zeros").await, "`resolve`");
    is_bad_output(outbound.heads(&repository("no-end"), None).await, "`heads`");
    is_bad_output(
        outbound.find_repository(&repository("no-branch")).await,
        "`repository.default-branch`",
    );
    is_bad_output(outbound.repositories(Some("nameless")).await, "`repositories`");
    is_bad_output(outbound.find_installation("nothing").await, "`installation.id`");
    is_bad_output(outbound.comment(&comment("long-mark")).await, "`comment`");
    is_bad_output(
        outbound.hook_health(&owner(), "timeless").await,
        "`hook.disabled-until`",
    );
    is_bad_output(
        outbound.missed(&HookOwner::Organization("acme".into()), since).await,
        "`missed.handle`",
    );
    assert_eq!(plugin.metrics().traps, 12);
}

#[tokio::test]
async fn what_a_plugin_says_of_a_failure_fits_a_line() {
    let plugin = hostile(&sandbox(settings())).await;
    let outbound = plugin.outbound(Arc::new(Silence), LONG);
    let refused = outbound.report(&status("nothing")).await.unwrap().unwrap_err();
    let OutboundError::Rejected(text) = refused else {
        panic!("{refused:?}")
    };
    assert!(text.starts_with("no no ") && text.len() == 300, "{text}");
    assert_eq!(outbound.probe(None).await.unwrap(), Err(OutboundError::Unsupported));
    let later = outbound.report(&status("try-later")).await.unwrap();
    assert_eq!(later, Err(OutboundError::TryLater(Some(u64::MAX))));
}

#[tokio::test]
async fn what_the_forges_door_refuses_comes_back_as_refused() {
    let plugin = hostile(&sandbox(settings())).await;
    let refusal = CallError::Refused("no template matches".into());
    let forge = Forge::answering([Err(refusal.clone())]);
    let outbound = plugin.outbound(Arc::clone(&forge) as _, LONG);
    let answer = outbound.report(&status("undeclared")).await.unwrap();
    assert_eq!(answer, Err(OutboundError::Call(refusal)));
    assert_eq!(forge.asked()[0].path, ["admin", "users"]);
}

#[tokio::test]
async fn an_authorization_is_a_field_and_a_prefix_on_one_line() {
    let plugin = hostile(&sandbox(settings())).await;
    let header = CredentialHeader {
        name: "authorization".into(),
        prefix: "token ".into(),
    };
    let given = plugin.authorize(&Account::Token).await.unwrap().unwrap();
    assert_eq!(given, Authorization::Header(header));
    for deed in ["no-field", "two-lines"] {
        is_bad_output(
            plugin.authorize(&Account::Installation(deed.into())).await,
            "`authorization.",
        );
    }
}

#[tokio::test]
async fn a_request_that_could_become_another_is_never_made() {
    let plugin = hostile(&sandbox(settings())).await;
    let forge = Arc::new(Forge::default());
    for (deed, place) in [("way-up", "`request.path`"), ("second-line", "`request.headers`")] {
        let error = reported(&plugin, deed, Arc::clone(&forge) as _).await;
        assert!(matches!(error, PluginError::BadCall { .. }), "{deed}: {error:?}");
        assert!(error.to_string().contains(place), "{error}");
        assert_eq!(error.blame(), Blame::Guest);
    }
    let outbound = plugin.outbound(Arc::clone(&forge) as _, LONG);
    let error = outbound.comment(&comment("megabytes")).await.unwrap_err();
    assert!(
        error.to_string().contains("`request.body` has 1048577 bytes"),
        "{error}"
    );
    let error = outbound.comment(&comment("gigabyte")).await.unwrap_err();
    assert!(matches!(error, PluginError::Memory { .. }), "{error:?}");
    assert_eq!(forge.asked(), []);
}

#[tokio::test]
async fn one_call_makes_128_requests_and_no_more() {
    let plugin = hostile(&sandbox(settings())).await;
    let later = std::iter::repeat_n(Err(CallError::RateLimited(Some(1))), 1000);
    for (deed, forge) in [("thousand", Forge::answering([])), ("insist", Forge::answering(later))] {
        let error = reported(&plugin, deed, Arc::clone(&forge) as _).await;
        assert!(matches!(error, PluginError::BadCall { .. }), "{deed}: {error:?}");
        assert!(error.to_string().contains("more than 128 requests"), "{error}");
        assert_eq!((error.blame(), forge.asked().len()), (Blame::Guest, 128), "{deed}");
    }
    assert_eq!(plugin.metrics().traps, 2);
    let well = plugin
        .outbound(Forge::answering([]), LONG)
        .report(&status("call"))
        .await;
    assert!(well.unwrap().is_ok(), "the next call has requests of its own");
}

#[tokio::test]
async fn a_silent_forge_does_not_keep_deliveries_from_being_read() {
    let plugin = hostile(&sandbox(Settings { slots: 2, ..settings() })).await;
    let silent = plugin.outbound(Arc::new(Silence), LONG);
    let call = status("call");
    let others = async {
        let busy = silent.report(&call).await.unwrap_err();
        assert!(matches!(busy, PluginError::Busy { .. }), "{busy:?}");
        assert!(plugin.parse(&delivery("push")).await.unwrap().is_ok());
    };
    tokio::select! {
        biased;
        reported = silent.report(&call) => panic!("{reported:?}"),
        () = others => {}
    }
    let answer = plugin.outbound(Forge::answering([]), LONG).report(&call).await.unwrap();
    assert!(answer.is_ok(), "dropping the call frees its place");
}

#[tokio::test]
async fn an_outbound_call_computes_no_longer_than_any_other() {
    let limit = Duration::from_millis(100);
    let settings = Settings {
        deadline: limit,
        ..settings()
    };
    let plugin = hostile(&sandbox(settings)).await;
    let error = reported(&plugin, "call-then-spin", Forge::answering([])).await;
    let late = PluginError::Deadline {
        plugin: "hostile".into(),
        limit,
    };
    assert_eq!(error, late);
    assert!(plugin.metrics().p99_ms < 10_000.0, "{:?}", plugin.metrics());
}

#[tokio::test]
async fn waiting_for_the_forge_does_not_count_as_computing() {
    let limit = Duration::from_millis(100);
    let settings = Settings {
        deadline: limit,
        ..settings()
    };
    let plugin = hostile(&sandbox(settings)).await;
    let begun = Instant::now();
    let outbound = plugin.outbound(Arc::new(Slow(3 * limit)), LONG);
    assert!(outbound.report(&status("call")).await.unwrap().is_ok());
    assert!(begun.elapsed() >= 3 * limit);
}

#[tokio::test]
async fn a_forge_that_keeps_a_call_waiting_is_to_blame_itself() {
    let plugin = hostile(&sandbox(settings())).await;
    let limit = Duration::from_millis(700);
    let error = plugin
        .outbound(Arc::new(Silence), limit)
        .report(&status("call"))
        .await
        .unwrap_err();
    let slow = PluginError::ForgeTooSlow {
        plugin: "hostile".into(),
        limit,
    };
    assert_eq!((error.blame(), error), (Blame::Forge, slow));
    let figures = plugin.metrics();
    assert_eq!((figures.traps, figures.timeouts), (0, 0));
}

#[tokio::test]
async fn an_outbound_call_can_be_made_by_any_thread() {
    let plugin = hostile(&sandbox(settings())).await;
    let outbound = plugin.outbound(Forge::answering([]), LONG);
    let call = tokio::spawn(async move { outbound.report(&status("call")).await });
    assert!(call.await.unwrap().unwrap().is_ok());
}
