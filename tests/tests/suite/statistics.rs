//! Activity and statistics of a project, from real deliveries of every forge, each act counted once.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use forgegate_model::timestamp::Timestamp;
use forgegate_tests::configuration::app_without_key;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, SECRET, corpus};
use serde_json::{Value, json};
use tempfile::TempDir;

fn start(folder: Arc<TempDir>) -> Gateway {
    let config = app_without_key(&folder, SECRET);
    Gateway::start_in(folder, &config)
}

/// A gateway with a project of each forge's repository, each with a push trigger.
async fn gateway_with_projects() -> Gateway {
    let gateway = start(Arc::new(TempDir::new().unwrap()));
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    for forge in ["gitea", "forgejo", "gitlab"] {
        let inbound = json!({ "name": forge, "kind": "inbound", "forge": forge, "secret": SECRET });
        gateway.make("/api/v1/orgs/acme/integrations", inbound).await;
    }
    gateway.bind_installation("50607080").await;
    for (forge, repository, integration) in [
        ("gitea", "https://git.example.com/acme/widgets", "gitea"),
        ("forgejo", "https://git.example.com/acme/widgets", "forgejo"),
        ("gitlab", "https://git.example.com/acme/tools/widgets", "gitlab"),
        ("github", "https://github.com/acme/widgets", "github-acme"),
    ] {
        let project = json!({ "name": forge, "repository": repository, "inbound_integration": integration });
        gateway.make("/api/v1/orgs/acme/projects", project).await;
    }
    gateway
}

fn hook(forge: &str) -> String {
    match forge {
        "github" => forge.to_owned(),
        _ => format!("{forge}/acme/{forge}"),
    }
}

async fn post(gateway: &Gateway, case: &corpus::Case, id: &str) -> Answer {
    gateway.post(&hook(case.forge), case.signed(SECRET, id)).await
}

/// The deliveries of a forge about its repository that move no project, everything dated on one day.
fn cases_of(forge: &'static str, day: &str) -> Vec<corpus::Case> {
    let moves = |name: &str| name.starts_with("installation_") || name.starts_with("repository_");
    let all = corpus::of(forge).into_iter();
    all.filter(|case| forge != "github" || !moves(&case.name))
        .map(|case| {
            if case.golden["error"].is_null() {
                case.on(day)
            } else {
                case
            }
        })
        .collect()
}

/// So many days ago, as a date.
fn day(ago: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at = Timestamp::from_seconds(i64::try_from(now).unwrap() - ago * 86_400);
    at.to_string()[..10].to_owned()
}

async fn stats(gateway: &Gateway, project: &str) -> Value {
    let since = day(10);
    let path = format!("/api/v1/orgs/acme/projects/{project}/stats?since={since}T00:00:00Z");
    gateway.get(&path).await
}

/// The counts of acts, without those of deliveries and evaluations.
async fn acts(gateway: &Gateway, project: &str) -> Value {
    let mut stats = stats(gateway, project).await;
    for other in ["deliveries", "evaluations", "since", "until", "days"] {
        stats.as_object_mut().unwrap().remove(other);
    }
    stats
}

async fn activity(gateway: &Gateway, project: &str, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/orgs/acme/projects/{project}/activity?limit=500&{query}");
    gateway.list(&path).await
}

/// The acts in the test data of a forge, counted by hand.
fn expected(forge: &str) -> Value {
    let counted =
        |commits: u64, branches: [u64; 2], tags: [u64; 2], requests: [u64; 3], issues: [u64; 2], comments: [u64; 2]| {
            json!({
                "commits": commits, "branches": { "created": branches[0], "deleted": branches[1] },
                "tags": { "created": tags[0], "deleted": tags[1] },
                "pull_requests": { "opened": requests[0], "merged": requests[1], "closed": requests[2] },
                "issues": { "opened": issues[0], "closed": issues[1] },
                "comments": { "on_pull_requests": comments[0], "on_issues": comments[1] },
            })
        };
    let reviews = |counts: [u64; 4]| json!({ "approved": counts[0], "changes_requested": counts[1], "commented": counts[2], "dismissed": counts[3] });
    let pipelines = |counts: [u64; 3], seconds: Option<f64>| json!({ "success": counts[0], "failed": counts[1], "other": counts[2], "duration_p50_s": seconds, "duration_p95_s": seconds });
    let (mut all, reviews, pipelines, releases) = match forge {
        "gitea" => (
            counted(3, [1, 1], [1, 1], [1, 1, 1], [1, 1], [1, 1]),
            reviews([1, 1, 1, 0]),
            pipelines([0, 1, 0], None),
            1,
        ),
        "forgejo" => (
            counted(2, [0, 1], [0, 0], [0, 0, 0], [0, 0], [1, 0]),
            reviews([0, 0, 0, 0]),
            pipelines([1, 1, 1], Some(60.0)),
            0,
        ),
        "gitlab" => (
            counted(2, [1, 1], [2, 1], [1, 1, 1], [1, 1], [1, 1]),
            reviews([1, 0, 0, 1]),
            pipelines([1, 1, 0], Some(139.0)),
            1,
        ),
        _ => (
            counted(3, [1, 1], [1, 1], [1, 1, 1], [0, 1], [1, 0]),
            reviews([1, 0, 0, 1]),
            pipelines([0, 1, 0], Some(210.0)),
            1,
        ),
    };
    all["reviews"] = reviews;
    all["pipelines"] = pipelines;
    all["releases"] = json!(releases);
    all
}

/// Kinds of the events that were recorded for a project, by the files themselves.
fn by_event(cases: &[corpus::Case]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for case in cases {
        let event = &case.golden["event"];
        if event["repository"]["urls"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let detail = event["detail"].as_object().unwrap().keys().next().unwrap();
        let kind = detail.chars().enumerate().flat_map(|(place, sign)| {
            let gap = (place > 0 && sign.is_uppercase()).then_some('_');
            gap.into_iter().chain(sign.to_lowercase())
        });
        *counts.entry(kind.collect()).or_insert(0) += 1;
    }
    counts
}

#[tokio::test]
async fn every_act_is_counted_once_by_whichever_way_it_is_told() {
    let (gateway, yesterday) = (gateway_with_projects().await, day(1));
    let mut recorded = Vec::new();
    for forge in corpus::FORGES {
        let cases = cases_of(forge, &yesterday);
        for (number, case) in cases.iter().enumerate() {
            let answer = post(&gateway, case, &format!("{forge}-{number}")).await;
            let status = if case.golden["error"].is_null() { 200 } else { 400 };
            assert_eq!(answer.status, status, "{forge}/{}: {}", case.name, answer.text);
            recorded.extend(answer.message()["delivery_id"].as_str().map(str::to_owned));
        }
        assert_eq!(acts(&gateway, forge).await, expected(forge), "{forge}");
        let counted = stats(&gateway, forge).await;
        assert_eq!(
            counted["deliveries"],
            json!({ "by_event": by_event(&cases), "recovered": 0 }),
            "{forge}"
        );
        is_the_sum_of_its_days(&counted);
        // Again, as a forge that was not sure sends it: nothing is counted twice.
        for (number, case) in cases
            .iter()
            .enumerate()
            .filter(|(_, case)| case.golden["error"].is_null())
        {
            let answer = post(&gateway, case, &format!("{forge}-{number}")).await;
            assert_eq!(answer.message()["duplicate"], true, "{forge}/{}", case.name);
        }
        assert_eq!(stats(&gateway, forge).await, counted, "{forge}");
    }
    let listed = activity(&gateway, "gitea", "").await;
    for id in recorded {
        let replayed = gateway
            .call("POST", &format!("/api/v1/deliveries/{id}/replay"), None)
            .await;
        assert_eq!(replayed.status, 201, "{}", replayed.text);
    }
    let gateway = second_hook(gateway, &yesterday).await;
    for forge in corpus::FORGES {
        assert_eq!(
            acts(&gateway, forge).await,
            expected(forge),
            "{forge}, after replays and another hook"
        );
        let deliveries = &stats(&gateway, forge).await["deliveries"]["by_event"];
        let hooks = if forge == "gitea" { 2 } else { 1 };
        let pushes = cases_of(forge, &yesterday)
            .iter()
            .filter(|case| !case.golden["event"]["detail"]["Push"].is_null())
            .count();
        assert_eq!(
            deliveries["push"],
            json!(hooks * pushes),
            "{forge}: a second hook's deliveries are deliveries"
        );
    }
    assert_eq!(activity(&gateway, "gitea", "").await, listed);
    let (before, folder) = (stats(&gateway, "gitlab").await, gateway.kill());
    let gateway = start(folder);
    assert_eq!(stats(&gateway, "gitlab").await, before, "after a crash");
    assert_eq!(activity(&gateway, "gitea", "").await, listed);
    let again = cases_of("gitlab", &yesterday);
    post(&gateway, &again[again.len() - 1], "another id").await;
    assert_eq!(acts(&gateway, "gitlab").await, expected("gitlab"));
}

/// Posts everything again as another hook of the same repository would, under ids of its own.
async fn second_hook(gateway: Gateway, yesterday: &str) -> Gateway {
    let inbound = json!({ "name": "second", "kind": "inbound", "forge": "gitea", "secret": SECRET });
    gateway.make("/api/v1/orgs/acme/integrations", inbound).await;
    let trigger = json!({ "kind": "push", "integration": "second" });
    gateway.make("/api/v1/orgs/acme/projects/gitea/triggers", trigger).await;
    for (number, case) in cases_of("gitea", yesterday).iter().enumerate() {
        let signed = case.signed(SECRET, &format!("second-{number}"));
        let answer = gateway.post("gitea/acme/second", signed).await;
        assert_ne!(answer.message()["duplicate"], true, "{}", case.name);
    }
    gateway
}

fn is_the_sum_of_its_days(counted: &Value) {
    let days = counted["days"].as_array().unwrap();
    assert!(!days.is_empty());
    for pointer in [
        "/commits",
        "/pull_requests/opened",
        "/pipelines/failed",
        "/branches/deleted",
        "/deliveries/by_event/push",
    ] {
        let of = |counts: &Value| counts.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        assert_eq!(of(counted), days.iter().map(of).sum::<u64>(), "{pointer}");
    }
    let names: Vec<&str> = days.iter().map(|day| day["day"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[tokio::test]
async fn activity_is_listed_by_time_filtered_and_in_pages() {
    let (gateway, yesterday) = (gateway_with_projects().await, day(1));
    for (number, case) in cases_of("gitlab", &yesterday).iter().enumerate() {
        post(&gateway, case, &number.to_string()).await;
    }
    let all = activity(&gateway, "gitlab", "").await;
    let times: Vec<&str> = all.iter().map(|line| line["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    let commits = activity(&gateway, "gitlab", "kind=commit").await;
    assert_eq!(
        commits[0],
        json!({
            "at": format!("{yesterday}T09:02:45Z"), "kind": "commit", "action": "pushed", "actor": "Grace Hopper",
            "title": "Drop the ruler <!-- étalon -->", "number": null, "sha": "9a7e5c3b1d0f2e4c6a8b0d1f3e5c7a9b2d4f6e80",
            "ref": "refs/heads/main", "recovered": false,
            "url": "https://git.example.com/acme/tools/widgets/-/commit/9a7e5c3b1d0f2e4c6a8b0d1f3e5c7a9b2d4f6e80",
        })
    );
    assert_eq!(commits.len(), 2);
    let issues = activity(&gateway, "gitlab", "kind=issue").await;
    let titles: Vec<&Value> = issues.iter().map(|line| &line["title"]).collect();
    assert!(
        titles.contains(&&Value::Null),
        "a confidential one has no title: {titles:?}"
    );
    let between = activity(
        &gateway,
        "gitlab",
        &format!("since={yesterday}T10:05:00Z&until={yesterday}T11:00:00Z"),
    )
    .await;
    let kinds: Vec<&Value> = between.iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["pipeline", "pipeline"], "{between:#?}");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/orgs/acme/projects/gitlab/activity?limit=3{cursor}");
        let page = gateway.get(&path).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
    for bad in [
        "activity?kind=weather",
        "activity?cursor=7",
        "activity?sate=x",
        "stats?since=yesterday",
        "stats?limit=1",
    ] {
        let answer = gateway
            .call("GET", &format!("/api/v1/orgs/acme/projects/gitlab/{bad}"), None)
            .await;
        assert_eq!((answer.status, answer.code()), (400, "bad_request"), "{bad}");
    }
    let deleted = gateway.call("DELETE", "/api/v1/orgs/acme/projects/gitlab", None).await;
    assert_eq!(deleted.status, 200);
    let gone = gateway
        .call("GET", "/api/v1/orgs/acme/projects/gitlab/stats", None)
        .await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn results_are_counted_and_shown_in_a_shell() {
    let gateway = gateway_with_projects().await;
    let mut ended = BTreeMap::from([("succeeded", 0), ("failed", 0), ("errored", 0)]);
    for (number, state) in ["succeeded", "succeeded", "succeeded", "failed", "errored"]
        .into_iter()
        .enumerate()
    {
        let case = corpus::case("forgejo", "push").on(&day(1));
        let mut payload = case.payload();
        payload["after"] = json!(format!("{:040x}", number + 1));
        payload["ref"] = json!(format!("refs/heads/b{number}"));
        let answer = post(&gateway, &case.with_payload(&payload), &number.to_string()).await;
        assert_eq!(answer.message()["queued"][0]["state"], "queued", "{}", answer.text);
        let claimed = gateway.claim(10_000, false).await.unwrap();
        let body = json!({ "lease": claimed["lease"]["token"], "state": state });
        let path = format!(
            "/api/v1/evaluations/{}/finish",
            claimed["evaluation"]["id"].as_str().unwrap()
        );
        gateway.act(&path, Some(body)).await;
        *ended.get_mut(state).unwrap() += 1;
    }
    let counted = stats(&gateway, "forgejo").await["evaluations"].clone();
    for (state, count) in ended {
        assert_eq!(counted[state], count, "{state}");
    }
    assert_fields(&counted, &json!({ "cancelled": 0, "superseded": 0 }));
    assert_eq!(counted["success_rate"], 0.6);
    for time in ["queue_wait_p50_s", "queue_wait_p95_s", "run_p50_s", "run_p95_s"] {
        assert!(
            counted[time]
                .as_f64()
                .is_some_and(|seconds| (0.0..60.0).contains(&seconds)),
            "{time}"
        );
    }
    let shown = |words: &[&str]| {
        let mut command = Command::new(forgegate_tests::gateway::program());
        command
            .args(words)
            .args(["--url", &gateway.url, "--token-file"])
            .arg(gateway.token_file());
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let table = shown(&["project", "stats", "acme", "forgejo"]);
    assert!(table.contains("evaluations.success_rate      0.6\n"), "{table}");
    assert!(table.contains("commits                       2\n"), "{table}");
    assert!(table.contains("DAY         COMMITS"), "{table}");
    let lines = shown(&["project", "activity", "acme", "forgejo", "--kind", "commit"]);
    assert!(lines.starts_with("AT "), "{lines}");
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(lines.contains("Fix <b> & \"c\""), "{lines}");
    let json: Value = serde_json::from_str(&shown(&["project", "stats", "acme", "forgejo", "--json"])).unwrap();
    assert_eq!(json["evaluations"]["succeeded"], 3);
}
