//! The sync of a new project's past: every fake forge is read through its real plugin.

use std::process::Command;
use std::time::Duration;

use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{
    Fault, Past, PastComment, PastCommit, PastIssue, PastPull, PastRef, PastRelease, PastRun, days_ago,
};
use forgegate_tests::test_forge::REPOSITORY;
use forgegate_tests::{TestForge, Testbed, wait};
use serde_json::{Value, json};

/// Nobody waits for a minute's budget.
const FAST: &str = "[reporting]\nrequests_per_minute = 60000\n";

const COMMITS: u64 = 30;

/// Not that of any push.
fn sha(number: u64) -> String {
    format!("c0{number:038x}")
}

/// A little of everything, and a commit that is too old. One commit is that of the first push.
fn past() -> Past {
    let text = str::to_owned;
    let commit = |number: u64, at: String| PastCommit {
        sha: sha(number),
        message: format!("Change {number}"),
        at,
    };
    let mut commits = vec![commit(9_999, days_ago(200, 0))];
    commits.extend((1..COMMITS).map(|number| commit(number, days_ago(20, number))));
    commits.push(PastCommit {
        sha: TestForge::sha(1),
        ..commit(0, days_ago(19, 0))
    });
    let moved = |name: &str, removed: bool, at: String| PastRef {
        name: text(name),
        sha: sha(7),
        removed,
        by: text("gate"),
        at,
    };
    let pull = |number: u64, closed_at: Option<String>, merged: bool| PastPull {
        number,
        by: text("gate"),
        at: days_ago(15, number),
        closed_at,
        merged,
        reviews: Vec::new(),
    };
    let comment = |id: u64, number: u64, on_pull: bool| PastComment {
        id,
        number,
        on_pull,
        by: text("gate"),
        at: days_ago(8, id),
    };
    let issue = |number: u64, closed_at: Option<String>| PastIssue {
        number,
        by: text("gate"),
        at: days_ago(12, number),
        closed_at,
    };
    let run = |id: u64, well: bool| PastRun {
        id,
        sha: sha(id),
        well,
        span: (days_ago(6, id), days_ago(6, id + 1)),
    };
    let review = (71, text("gate"), text("approved"), days_ago(14, 0));
    Past {
        commits,
        refs: vec![
            moved("refs/heads/topic", false, days_ago(18, 0)),
            moved("refs/tags/v1", false, days_ago(17, 0)),
            moved("refs/heads/topic", true, days_ago(16, 0)),
        ],
        pulls: vec![
            PastPull {
                reviews: vec![review],
                ..pull(1, None, false)
            },
            pull(2, Some(days_ago(13, 0)), true),
            pull(3, Some(days_ago(13, 5)), false),
        ],
        issues: vec![issue(4, None), issue(5, Some(days_ago(9, 0)))],
        comments: vec![comment(31, 1, true), comment(32, 1, true), comment(33, 4, false)],
        runs: vec![run(51, true), run(52, false)],
        releases: vec![PastRelease {
            tag: text("v1"),
            by: text("gate"),
            at: days_ago(5, 0),
        }],
    }
}

/// All four forges, each with that past.
async fn forges() -> Vec<TestForge> {
    let forges = TestForge::all().await;
    for forge in &forges {
        let mut world = forge.fake.world();
        let repository = world.repositories.iter_mut().find(|it| it.id == REPOSITORY).unwrap();
        repository.past = past();
        repository.tags.insert("v1".to_owned(), sha(7));
        drop(world);
        if let Some(app) = &forge.app {
            app.set(|app| {
                app.permissions.insert("actions".to_owned(), "read".to_owned());
                app.permissions.insert("issues".to_owned(), "read".to_owned());
            });
        }
    }
    forges
}

fn path(forge: &TestForge, what: &str) -> String {
    format!("/api/v1/orgs/acme/projects/{}/{what}", forge.project())
}

/// Waits until the sync is over; how it stands then.
async fn over(testbed: &Testbed, forge: &TestForge) -> Value {
    wait::until(&format!("{}: the sync is over", forge.id), async || {
        let sync = testbed.gateway.get(&path(forge, "sync")).await;
        (sync["state"] == "done" || sync["state"] == "failed").then_some(sync)
    })
    .await
}

/// The number of tags that a sync finds: an Enterprise Server lists no tags where the plugin can see them.
fn tags(forge: &TestForge) -> u64 {
    u64::from(forge.id != "github")
}

fn fetched(forge: &TestForge) -> Value {
    json!({ "commits": COMMITS, "branches": 2, "tags": tags(forge), "pull_requests": 5, "reviews": 1, "issues": 3,
        "comments": 3, "pipelines": 2, "releases": 1 })
}

/// The statistics count each act once.
async fn counted(testbed: &Testbed, forge: &TestForge) {
    let stats = testbed
        .gateway
        .get(&path(forge, &format!("stats?since={}", &days_ago(60, 0))))
        .await;
    let id = forge.id;
    assert_eq!(stats["commits"], COMMITS, "{id}");
    assert_eq!(
        stats["pull_requests"],
        json!({ "opened": 3, "merged": 1, "closed": 1 }),
        "{id}"
    );
    assert_eq!(stats["reviews"]["approved"], 1, "{id}");
    assert_eq!(stats["issues"], json!({ "opened": 2, "closed": 1 }), "{id}");
    assert_eq!(
        stats["comments"],
        json!({ "on_pull_requests": 2, "on_issues": 1 }),
        "{id}"
    );
    assert_eq!(stats["branches"], json!({ "created": 1, "deleted": 1 }), "{id}");
    assert_eq!(stats["tags"]["created"], tags(forge), "{id}");
    assert_eq!(stats["releases"], 1, "{id}");
    assert_eq!(
        (&stats["pipelines"]["success"], &stats["pipelines"]["failed"]),
        (&json!(1), &json!(1)),
        "{id}"
    );
    let duration = stats["pipelines"]["duration_p50_s"].as_f64().unwrap();
    assert!((duration - 60.0).abs() < 1.0, "{id}: {duration}");
    assert_eq!(
        stats["deliveries"]["by_event"],
        json!({}),
        "{id}: asking is no delivery"
    );
}

/// The path of the list that is read first.
fn first_list(forge: &TestForge) -> &'static str {
    match forge.id {
        "gitlab" => "/repository/commits",
        _ => "/widgets/commits",
    }
}

/// The number of calls that a forge got whose method and path end like this.
fn calls(forge: &TestForge, line: &str) -> usize {
    let calls = forge.fake.calls();
    calls.iter().filter(|call| call.line().ends_with(line)).count()
}

#[tokio::test]
async fn what_happened_before_a_project_was_made_is_read_once_and_queues_nothing() {
    let testbed = Testbed::start(forges().await, FAST).await;
    for forge in &testbed.forges {
        let sync = over(&testbed, forge).await;
        assert_eq!(
            (&sync["state"], &sync["message"]),
            (&json!("done"), &Value::Null),
            "{}: {sync}",
            forge.id
        );
        assert_eq!(sync["fetched"], fetched(forge), "{}", forge.id);
        counted(&testbed, forge).await;
        let listed = testbed.gateway.get(&path(forge, "activity?limit=500")).await;
        let items = listed["items"].as_array().unwrap();
        assert_eq!(items.len() as u64, COMMITS + 17 + tags(forge), "{}", forge.id);
        assert!(items.iter().all(|item| item["recovered"] == true), "{}", forge.id);
        assert_eq!(items[0]["kind"], "release", "{}: the newest first", forge.id);
    }
    let evaluations = testbed.gateway.get("/api/v1/evaluations").await;
    assert_eq!(evaluations["items"], json!([]));
    assert_eq!(testbed.gateway.get("/api/v1/deliveries").await["items"], json!([]));

    // Read again, it is known; so is what a delivery tells of it.
    for forge in &testbed.forges {
        let again = testbed
            .gateway
            .call("POST", &path(forge, "sync"), Some(json!({ "since": "60d" })))
            .await;
        assert_eq!(
            (again.status, &again.message()["state"]),
            (202, &json!("running")),
            "{}",
            again.text
        );
        let sync = over(&testbed, forge).await;
        assert_eq!(sync["fetched"], fetched(forge), "{}", forge.id);
        counted(&testbed, forge).await;
        testbed.push(forge, 1).await;
        let stats = testbed
            .gateway
            .get(&path(forge, &format!("stats?since={}", &days_ago(60, 0))))
            .await;
        assert_eq!(
            stats["commits"], COMMITS,
            "{}: the push's commit was listed before",
            forge.id
        );
    }
}

/// In the middle of the lists, at each forge.
fn middle(forge: &TestForge) -> &'static str {
    match forge.id {
        "gitlab" => "/pipelines",
        _ => "/issues/comments",
    }
}

/// The name of the count that the list before it fills, up to three.
fn before_middle(forge: &TestForge) -> &'static str {
    match forge.id {
        "gitlab" => "comments",
        _ => "issues",
    }
}

#[tokio::test]
async fn a_walk_that_is_cut_off_by_kill_9_goes_on_where_it_was() {
    let forges = forges().await;
    for forge in &forges {
        forge.fake.fault(middle(forge), Fault::Delay(Duration::from_secs(3)));
    }
    let mut testbed = Testbed::start(forges, FAST).await;
    let mut cut: Vec<(&str, usize)> = Vec::new();
    while cut.len() < testbed.forges.len() {
        let more = wait::until("a walk is in the middle", async || {
            let mut more = Vec::new();
            for forge in &testbed.forges {
                let sync = testbed.gateway.get(&path(forge, "sync")).await;
                let is_there = sync["state"] == "running" && sync["fetched"][before_middle(forge)] == 3;
                if is_there && !cut.iter().any(|(id, _)| *id == forge.id) {
                    more.push((forge.id, calls(forge, first_list(forge))));
                }
            }
            (!more.is_empty()).then_some(more)
        })
        .await;
        cut.extend(more);
        testbed = testbed.kill_and_start();
    }
    for (id, before) in cut {
        let forge = testbed.forge(id);
        let sync = over(&testbed, forge).await;
        assert_eq!(sync["fetched"], fetched(forge), "{id}: {sync}");
        assert_eq!(
            (&sync["state"], &sync["message"]),
            (&json!("done"), &Value::Null),
            "{id}"
        );
        counted(&testbed, forge).await;
        assert_eq!(calls(forge, first_list(forge)), before, "{id}: it did not begin anew");
    }
    assert_eq!(testbed.gateway.get("/api/v1/evaluations").await["items"], json!([]));
}

#[tokio::test]
async fn a_forge_that_fails_and_asks_to_wait_is_read_to_the_end_all_the_same() {
    let forges = forges().await;
    for forge in &forges {
        for fault in [Fault::RateLimit(0), Fault::Fail(502), Fault::DropBefore] {
            forge.fake.fault("/releases", fault);
        }
    }
    let testbed = Testbed::start(forges, FAST).await;
    for forge in &testbed.forges {
        let sync = wait::within(Duration::from_secs(60), "the sync is over", async || {
            let sync = testbed.gateway.get(&path(forge, "sync")).await;
            (sync["state"] != "running").then_some(sync)
        })
        .await;
        assert_eq!(sync["fetched"], fetched(forge), "{}: {sync}", forge.id);
        counted(&testbed, forge).await;
    }
}

#[tokio::test]
async fn what_a_credential_may_not_see_is_said_and_what_it_may_is_read() {
    let forge = TestForge::github().await;
    forge.fake.world().repositories[0].past = past();
    let testbed = Testbed::start(vec![forge], FAST).await;
    let forge = &testbed.forges[0];
    let sync = over(&testbed, forge).await;
    assert_fields(&sync, &json!({ "state": "done", "fetched": { "releases": 1 } }));
    let message = sync["message"].as_str().unwrap();
    assert!(
        message.contains("runs") && message.contains("actions=read"),
        "{message}"
    );
    assert_eq!(sync["fetched"]["pipelines"], 0);
}

#[tokio::test]
async fn a_project_whose_forge_cannot_be_asked_has_no_sync() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], FAST).await;
    let project = json!({ "name": "elsewhere", "repository": "https://git.example.com/acme/elsewhere" });
    testbed.gateway.make("/api/v1/orgs/acme/projects", project).await;
    let path = "/api/v1/orgs/acme/projects/elsewhere/sync";
    let sync = testbed.gateway.get(path).await;
    assert_fields(&sync, &json!({ "state": "none", "since": null, "updated_at": null }));
    let refused = testbed.gateway.call("POST", path, None).await;
    refused.expect_refusal(400, "bad_request");
    let unknown = testbed
        .gateway
        .call("POST", "/api/v1/orgs/acme/projects/nothing/sync", None)
        .await;
    assert_eq!(unknown.status, 404);
    let forge = &testbed.forges[0];
    for wish in [
        json!({ "since": "soon" }),
        json!({ "since": "2100-01-01T00:00:00Z" }),
        json!({ "from": "90d" }),
    ] {
        let answer = testbed
            .gateway
            .call("POST", &self::path(forge, "sync"), Some(wish.clone()))
            .await;
        assert_eq!(answer.status, 400, "{wish}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_token_that_is_refused_ends_the_walk_with_the_reason() {
    let forge = TestForge::gitlab().await;
    forge.fake.world().tokens.clear();
    let testbed = Testbed::start(vec![forge], FAST).await;
    let sync = over(&testbed, &testbed.forges[0]).await;
    assert_eq!(sync["state"], "failed");
    assert_eq!(sync["message"], "The forge does not accept the token.");
}

/// A command's success, standard output and standard error.
fn shell(testbed: &Testbed, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(forgegate_tests::gateway::program())
        .args(arguments)
        .arg("--token-file")
        .arg(testbed.gateway.token_file())
        .args(["--url", &testbed.gateway.url])
        .output()
        .expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_is_asked_for_in_a_shell_and_waited_for() {
    let forge = TestForge::gitlab().await;
    forge.fake.world().repositories[0].past = past();
    let testbed = Testbed::start(vec![forge], FAST).await;
    let forge = &testbed.forges[0];
    over(&testbed, forge).await;
    let command = ["project", "sync", "acme", "gitlab-widgets", "--since", "60d"];
    let (went_well, said, _) = shell(&testbed, &[&command[..], &["--json"]].concat());
    let sync: Value = serde_json::from_str(&said).unwrap();
    assert!(went_well);
    assert_fields(&sync, &json!({ "state": "done", "fetched": { "commits": COMMITS } }));
    let (_, shown, warned) = shell(&testbed, &command);
    assert!(shown.contains("state") && shown.contains("done"), "{shown}");
    assert!(!warned.contains("commits"), "progress is for terminals: {warned}");

    forge.fake.world().tokens.clear();
    let (went_well, said, reason) = shell(&testbed, &command);
    assert!(!went_well && said.contains("failed"), "{said}");
    assert!(reason.contains("does not accept the token"), "{reason}");
}
