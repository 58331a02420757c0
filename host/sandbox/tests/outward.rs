//! The way out: a plugin reaches a forge only through what its caller hands in.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{delivery, hostile, sandbox, settings};
use forgegate_model::plugin::Method;
use forgegate_sandbox::outbound::{
    Account, Authorization, CredentialHeader, OutboundError, RepositoryRef, Status, StatusState,
};
use forgegate_sandbox::{CallFuture, ForgeApi, ForgeRequest, ForgeResponse, PluginError, Settings};

/// A forge that answers 201, and remembers what it was asked.
#[derive(Default)]
struct Forge(Mutex<Vec<ForgeRequest>>);

impl ForgeApi for Forge {
    fn send(&self, request: ForgeRequest) -> CallFuture<'_> {
        self.0.lock().unwrap().push(request);
        Box::pin(async {
            Ok(ForgeResponse {
                status: 201,
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

fn status(context: &str) -> Status {
    Status {
        repository: RepositoryRef {
            id: Some("7".into()),
            full_name: "acme/widgets".into(),
        },
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

#[tokio::test]
async fn a_report_calls_the_forge_that_it_was_given() {
    let plugin = hostile(&sandbox(settings())).await;
    let forge = Arc::new(Forge::default());
    let mark = plugin
        .report(&status("call"), Arc::clone(&forge) as _)
        .await
        .unwrap()
        .unwrap();
    assert!(mark.unwrap().contains("status: 201"));
    let asked = forge.0.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method, asked[0].path.as_slice()),
        (Method::Get, ["user".to_owned()].as_slice())
    );
    assert_eq!(plugin.figures().refused_calls, 0);
}

#[tokio::test]
async fn what_a_plugin_says_of_a_failure_fits_a_line() {
    let plugin = hostile(&sandbox(settings())).await;
    let refused = plugin
        .report(&status("nothing"), Arc::new(Silence))
        .await
        .unwrap()
        .unwrap_err();
    let OutboundError::Rejected(text) = refused else {
        panic!("{refused:?}")
    };
    assert!(text.starts_with("no no ") && text.len() == 300, "{text}");
    let probed = plugin.probe(None, Arc::new(Silence)).await.unwrap();
    assert_eq!(probed, Err(OutboundError::Unsupported));
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
        let error = plugin.authorize(&Account::Installation(deed.into())).await.unwrap_err();
        assert!(matches!(error, PluginError::BadOutput { .. }), "{deed}: {error:?}");
    }
}

#[tokio::test]
async fn a_silent_forge_does_not_keep_deliveries_from_being_read() {
    let plugin = hostile(&sandbox(Settings { slots: 2, ..settings() })).await;
    let (call, forge) = (status("call"), Arc::new(Silence));
    let others = async {
        let busy = plugin.report(&call, Arc::new(Silence)).await.unwrap_err();
        assert!(matches!(busy, PluginError::Busy { .. }), "{busy:?}");
        assert!(plugin.parse(&delivery("push")).await.unwrap().is_ok());
    };
    tokio::select! {
        biased;
        reported = plugin.report(&call, forge) => panic!("{reported:?}"),
        () = others => {}
    }
    let answer = plugin.report(&call, Arc::new(Forge::default())).await.unwrap();
    assert!(answer.is_ok(), "dropping the call frees its place");
}

#[tokio::test]
async fn a_call_outward_computes_no_longer_than_any_other() {
    let limit = Duration::from_millis(100);
    let plugin = hostile(&sandbox(Settings {
        deadline: limit,
        ..settings()
    }))
    .await;
    let error = plugin
        .report(&status("call-then-spin"), Arc::new(Forge::default()))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        PluginError::Deadline {
            plugin: "hostile".into(),
            limit
        }
    );
    assert!(plugin.figures().p99_ms < 10_000.0, "{:?}", plugin.figures());
}
