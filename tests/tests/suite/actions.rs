//! The actions `comment` and `web_request`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use forgegate_tests::forges::{Call, FakeForge, Fault, Logged, Pull, Reply};
use forgegate_tests::test_forge::REPOSITORY;
use forgegate_tests::{PullRequest, SECRET, TestForge, Testbed};
use serde_json::{Value, json};

const HEAD: &str = "1111111111111111111111111111111111111111";
const KEY: &[u8] = b"a key of some thirty-two characters";

/// A pull request within the repository, as a Gitea at this address sends it.
fn pull_request(forge: &TestForge, action: &'static str, sha: &str) -> forgegate_tests::delivery::Signed {
    let pull = PullRequest {
        action,
        sha: sha.to_owned(),
        head: (REPOSITORY, "acme/widgets"),
        ..PullRequest::of_fork(3, sha)
    };
    let text = pull.payload().to_string();
    let text = text
        .replace("https://git.example.com", &forge.fake.url())
        .replace("@git.example.com", "@127.0.0.1");
    forgegate_tests::delivery::sign(&text, "pull_request", &format!("{action}-{sha}"), SECRET)
}

async fn with_action(action: Value) -> Testbed {
    let testbed = Testbed::start(vec![TestForge::gitea().await], "").await;
    let forge = &testbed.forges[0];
    forge.fake.world().repositories[0].pulls.push(Pull {
        number: 3,
        author: "bob".to_owned(),
        sha: HEAD.to_owned(),
        branch: "feature".to_owned(),
        head_repository: Some(REPOSITORY),
        base: "main".to_owned(),
        ..Pull::default()
    });
    let project = "/api/v1/orgs/acme/projects/gitea-widgets";
    let trigger = json!({ "kind": "pull_request", "integration": "gitea" });
    testbed.gateway.make(&format!("{project}/triggers"), trigger).await;
    testbed.gateway.make(&format!("{project}/actions"), action).await;
    testbed
}

#[tokio::test]
async fn what_a_forge_did_although_it_failed_is_found_and_not_done_twice() {
    let testbed = with_action(json!({ "name": "summary", "kind": "comment", "integration": "gitea" })).await;
    let forge = &testbed.forges[0];
    for status in [502, 504] {
        forge
            .fake
            .fault("POST /api/v1/repos/acme/widgets/issues", Fault::FailAfter(status));
    }
    testbed
        .gateway
        .post(&forge.hook(), pull_request(forge, "opened", HEAD))
        .await
        .queued();
    testbed.run_next("failed").await;
    testbed.all_sent().await;
    let comments = forge.fake.world().comments.clone();
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].body.contains("failed"), "{comments:?}");
}

#[tokio::test]
async fn a_pull_request_has_one_comment_that_is_kept_up_to_date() {
    let testbed = with_action(json!({ "name": "summary", "kind": "comment", "integration": "gitea" })).await;
    let forge = &testbed.forges[0];
    let says = async |word: &str| {
        forgegate_tests::wait::until(&format!("the comment says {word}"), async || {
            let world = forge.fake.world();
            let [comment] = world.comments.as_slice() else {
                assert!(world.comments.is_empty(), "one comment: {:?}", world.comments);
                return None;
            };
            comment.body.contains(word).then(|| comment.clone())
        })
        .await
    };
    // It is written, and nobody hears of it: it is looked up, not written twice.
    forge
        .fake
        .fault("POST /api/v1/repos/acme/widgets/issues", Fault::DropAfter);
    testbed
        .gateway
        .post(&forge.hook(), pull_request(forge, "opened", HEAD))
        .await
        .queued();
    let first = says("queued").await;
    testbed.run_next("failed").await;
    let second = says("failed").await;
    assert_eq!((first.id, &first.by), (second.id, &"gate".to_owned()));
    assert!(second.body.contains(&HEAD[..10]), "{}", second.body);

    let next = "2".repeat(40);
    testbed
        .gateway
        .post(&forge.hook(), pull_request(forge, "synchronized", &next))
        .await
        .queued();
    testbed.run_next("succeeded").await;
    let third = says("succeeded").await;
    assert_eq!(third.id, first.id, "another commit, the same comment");
    assert!(third.body.contains(&next[..10]), "{}", third.body);
    testbed.all_sent().await;
    assert_eq!(forge.fake.world().comments.len(), 1);
}

/// The requests that were posted to `/hook` of a fake forge.
fn posted(forge: &FakeForge) -> Vec<Logged> {
    let calls = forge.calls().into_iter();
    calls
        .filter(|call| call.call.method == "POST" && call.call.path == "/hook")
        .collect()
}

/// Verifies a message as any receiver of Standard Webhooks does: over `{id}.{timestamp}.{body}`.
fn verified(call: &Call) -> Value {
    let field = |name| {
        call.header(name)
            .unwrap_or_else(|| panic!("{name}: {:?}", call.headers))
    };
    let mut mac = MacState::new(Digest::Sha256, KEY).unwrap();
    mac.update(format!("{}.{}.", field("webhook-id"), field("webhook-timestamp")).as_bytes());
    mac.update(&call.body);
    let tag = format!("v1,{}", BASE64_STANDARD.encode(mac.tag()));
    assert_eq!(field("webhook-signature"), tag);
    assert_eq!(field("content-type"), "application/json");
    call.json()
}

#[tokio::test]
async fn a_web_request_is_signed_by_standard_webhooks_and_keeps_its_id_in_a_retry() {
    let receiver = FakeForge::gitea().await;
    let url = format!("{}/hook", receiver.url());
    let key = format!("whsec_{}", BASE64_STANDARD.encode(KEY));
    let action = json!({ "name": "tell", "kind": "web_request", "url": url, "signing_key": key, "events": ["running", "succeeded"] });
    receiver.fault("POST /hook", Fault::Answer(Reply::empty(503)));
    receiver.fault("POST /hook", Fault::Answer(Reply::empty(204)));
    receiver.fault("POST /hook", Fault::Answer(Reply::empty(204)));
    let testbed = with_action(action).await;
    let id = testbed.push(&testbed.forges[0], 1).await;
    let claimed = testbed.gateway.claim(10_000, false).await.expect("an evaluation");
    forgegate_tests::wait::until("the first is sent again", async || {
        (posted(&receiver).len() == 2).then_some(())
    })
    .await;
    testbed.finish(&claimed, "succeeded").await;
    forgegate_tests::wait::until("both are told", async || (posted(&receiver).len() == 3).then_some(())).await;
    testbed.all_sent().await;

    let requests: Vec<_> = posted(&receiver).into_iter().map(|it| it.call).collect();
    let messages: Vec<_> = requests.iter().map(verified).collect();
    let types: Vec<_> = messages.iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        ["evaluation.running", "evaluation.running", "evaluation.succeeded"]
    );
    assert!(
        messages
            .iter()
            .all(|it| it["data"]["id"] == json!(id) && it["data"]["sha"] == json!(TestForge::sha(1)))
    );
    let ids: Vec<_> = requests.iter().map(|it| it.header("webhook-id").unwrap()).collect();
    assert_eq!(ids[0], ids[1], "what is sent again has the same id");
    assert_ne!(ids[1], ids[2]);
    assert!(
        requests.iter().all(|it| it.credential().is_none()),
        "a forge's token went to a receiver"
    );

    let statuses = testbed.statuses("outcome=sent").await;
    let mut requests = statuses.iter().filter(|status| status["kind"] == "web_request");
    assert!(requests.all(|status| status["integration"] == Value::Null && status["context"] == Value::Null));
    let audit = testbed.gateway.get("/api/v1/audit?limit=500").await;
    assert!(
        !audit.to_string().contains("/hook"),
        "the path of a receiver may be its secret: {audit}"
    );
}
