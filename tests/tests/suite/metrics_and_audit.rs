//! Metrics, the audit log, and the change of the log level while the gateway runs.

use std::collections::BTreeMap;
use std::process::Command;

use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Gateway, PullRequest, Push, SECRET};
use serde_json::{Value, json};

const PROJECT: &str = "/api/v1/orgs/acme/projects/widgets";

/// The samples of the exposition by their full names, labels included.
async fn metrics(gateway: &Gateway) -> BTreeMap<String, f64> {
    let answer = gateway.call("GET", "/metrics", None).await;
    answer.expect_ok();
    assert!(answer.text.ends_with("# EOF\n"));
    let samples = answer.text.lines().filter(|line| !line.starts_with('#'));
    let read = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.replace("{}", ""), value.parse().unwrap())
    };
    samples.map(read).collect()
}

#[tokio::test]
async fn figures_say_what_became_of_deliveries() {
    let gateway = Gateway::with_project("").await;
    let before = metrics(&gateway).await;
    assert_eq!(before["forgegate_evaluations{state=\"queued\"}"], 0.0);

    let evaluation = gateway.push(1).await;
    let stranger = Push::new(2).signed("another secret of sixteen bytes");
    assert_eq!(gateway.post("gitea/acme/hooks", stranger).await.status, 401);
    let after = metrics(&gateway).await;
    for (name, value) in [
        (
            "forgegate_deliveries_answered_total{forge=\"gitea\",status=\"200\"}",
            1.0,
        ),
        (
            "forgegate_deliveries_answered_total{forge=\"gitea\",status=\"401\"}",
            1.0,
        ),
        (
            "forgegate_deliveries_recorded_total{forge=\"gitea\",outcome=\"queued\"}",
            1.0,
        ),
        ("forgegate_refusals_total{code=\"signature_mismatch\"}", 1.0),
        ("forgegate_delivery_answer_seconds_count", 2.0),
        ("forgegate_delivery_answer_seconds_bucket{le=\"+Inf\"}", 2.0),
        ("forgegate_evaluations{state=\"queued\"}", 1.0),
        ("forgegate_statuses{outcome=\"waiting\"}", 0.0),
        ("forgegate_statuses{outcome=\"failed\"}", 0.0),
        ("forgegate_plugin_traps_total{forge=\"gitea\"}", 0.0),
        ("forgegate_plugin_timeouts_total{forge=\"gitea\"}", 0.0),
    ] {
        assert_eq!(after.get(name), Some(&value), "{name}: {after:?}");
    }
    for grown in [
        "forgegate_delivery_answer_seconds_sum",
        "forgegate_plugin_calls_total{forge=\"gitea\"}",
        "forgegate_commit_batches_total",
        "forgegate_commit_batch_members_total",
        "forgegate_commit_seconds_total",
    ] {
        let was = before.get(grown).copied().unwrap_or_default();
        assert!(after[grown] > was, "{grown}: {was} then {}", after[grown]);
    }
    assert!(after.contains_key("forgegate_oldest_queued_seconds"));

    gateway
        .act(&format!("/api/v1/evaluations/{evaluation}/cancel"), None)
        .await;
    let ended = metrics(&gateway).await;
    assert_eq!(ended["forgegate_evaluations{state=\"queued\"}"], 0.0);
    assert_eq!(ended["forgegate_evaluations_ended_total{result=\"cancelled\"}"], 1.0);
}

#[tokio::test]
async fn figures_name_their_kind_and_nothing_that_a_stranger_invents() {
    let gateway = Gateway::with_project("").await;
    gateway.push(1).await;
    for path in [
        "invented/acme/hooks",
        "gitea/invented/hooks",
        "gitea/acme/invented",
        "invented",
    ] {
        gateway.post(path, Push::new(3).signed(SECRET)).await;
    }
    let text = gateway.call("GET", "/metrics", None).await.text;
    assert!(
        !text.contains("invented") && !text.contains("acme") && !text.contains("widgets"),
        "{text}"
    );
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(name.starts_with("forgegate_"), "{line}");
        let bare = ["_total", "_bucket", "_count", "_sum"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        let family = bare.unwrap_or(name);
        assert!(text.contains(&format!("# TYPE {family} ")), "{line}");
        assert!(text.contains(&format!("# HELP {family} ")), "{line}");
    }
}

#[tokio::test]
async fn figures_take_an_administrator() {
    let gateway = Gateway::with_project("").await;
    let nobody = gateway.call_as("fgt_nobody", "GET", "/metrics", None).await;
    assert_eq!((nobody.status, nobody.code()), (401, "unauthorized"));
    for new in [
        json!({ "name": "w", "scope": "worker" }),
        json!({ "name": "o", "scope": "organization", "organizations": ["acme"] }),
    ] {
        let token = gateway.make("/api/v1/tokens", new).await;
        let answer = gateway
            .call_as(token["token"].as_str().unwrap(), "GET", "/metrics", None)
            .await;
        assert_eq!((answer.status, answer.code()), (403, "forbidden"));
    }
}

/// The entries of the audit log, oldest first.
async fn audited(gateway: &Gateway) -> Vec<Value> {
    let page = gateway.get("/api/v1/audit?limit=500").await;
    let mut entries = page["items"].as_array().unwrap().clone();
    entries.reverse();
    entries
}

/// Calls, and answers what the call left in the audit log.
async fn left(gateway: &Gateway, method: &str, path: &str, body: Option<Value>) -> (u16, Vec<Value>) {
    let before = audited(gateway).await.len();
    let answer = gateway.call(method, path, body).await;
    let entries = audited(gateway).await.split_off(before);
    (answer.status, entries)
}

#[tokio::test]
async fn every_change_leaves_one_entry() {
    let gateway = Gateway::with_project("").await;
    let evaluation = gateway.push(1).await;
    let delivery = gateway.get("/api/v1/deliveries").await["items"][0]["id"].clone();
    let delivery = delivery.as_str().unwrap();
    let trigger = gateway.get(&format!("{PROJECT}/triggers")).await["items"][0]["id"].clone();
    let trigger = trigger.as_str().unwrap();
    let token = gateway
        .make("/api/v1/tokens", json!({ "name": "t", "scope": "worker" }))
        .await;
    let token = token["id"].as_str().unwrap();
    let outbound = json!({ "name": "out", "kind": "outbound", "forge": "gitea" });
    let request = json!({ "name": "ask", "kind": "web_request", "url": "https://ci.example.com/" });
    let (orgs, org) = ("/api/v1/orgs", "/api/v1/orgs/{org}");
    let (rows, row) = (
        format!("{org}/integrations"),
        format!("{org}/integrations/{{kind}}/{{name}}"),
    );
    let (projects, project) = (format!("{org}/projects"), format!("{org}/projects/{{name}}"));
    let triggers = format!("{project}/triggers");
    let (actions, action) = (format!("{project}/actions"), format!("{project}/actions/{{action}}"));
    let id = "/api/v1/evaluations/{id}";
    // Method, path, body; the route and what is named as its target.
    let calls: Vec<(&str, String, Value, String, &str)> = vec![
        ("POST", orgs.into(), json!({ "name": "beta" }), orgs.into(), "beta"),
        ("DELETE", format!("{orgs}/beta"), Value::Null, org.into(), "beta"),
        (
            "POST",
            format!("{orgs}/acme/integrations"),
            outbound,
            rows.clone(),
            "out",
        ),
        (
            "PATCH",
            format!("{orgs}/acme/integrations/outbound/out"),
            json!({ "token": "t-1" }),
            row.clone(),
            "out",
        ),
        (
            "DELETE",
            format!("{orgs}/acme/integrations/outbound/out"),
            Value::Null,
            row,
            "out",
        ),
        (
            "POST",
            format!("{orgs}/acme/projects"),
            json!({ "name": "p", "repository": "https://x.example/a/b" }),
            projects,
            "acme/p",
        ),
        (
            "PATCH",
            format!("{orgs}/acme/projects/p"),
            json!({ "active": false }),
            project.clone(),
            "acme/p",
        ),
        (
            "DELETE",
            format!("{orgs}/acme/projects/p"),
            Value::Null,
            project.clone(),
            "acme/p",
        ),
        (
            "POST",
            format!("{PROJECT}/triggers"),
            json!({ "kind": "tag", "integration": "hooks" }),
            triggers.clone(),
            "acme/widgets/trigger",
        ),
        (
            "PATCH",
            format!("{PROJECT}/triggers/{trigger}"),
            json!({ "drafts": false }),
            format!("{triggers}/{{id}}"),
            trigger,
        ),
        ("POST", format!("{PROJECT}/actions"), request, actions, "ask"),
        (
            "PATCH",
            format!("{PROJECT}/actions/ask"),
            json!({ "events": ["failed"] }),
            action.clone(),
            "ask",
        ),
        ("DELETE", format!("{PROJECT}/actions/ask"), Value::Null, action, "ask"),
        (
            "POST",
            format!("{PROJECT}/evaluate"),
            json!({ "sha": Push::new(9).sha() }),
            format!("{project}/evaluate"),
            "acme/widgets",
        ),
        (
            "GET",
            format!("/api/v1/deliveries/{delivery}/payload"),
            Value::Null,
            "/api/v1/deliveries/{id}/payload".into(),
            delivery,
        ),
        (
            "POST",
            format!("/api/v1/deliveries/{delivery}/replay"),
            Value::Null,
            "/api/v1/deliveries/{id}/replay".into(),
            delivery,
        ),
        (
            "POST",
            format!("/api/v1/evaluations/{evaluation}/cancel"),
            Value::Null,
            format!("{id}/cancel"),
            &evaluation,
        ),
        (
            "POST",
            format!("/api/v1/evaluations/{evaluation}/rerun"),
            Value::Null,
            format!("{id}/rerun"),
            &evaluation,
        ),
        (
            "POST",
            "/api/v1/evaluations/claim".into(),
            json!({ "worker": "w" }),
            "/api/v1/evaluations/claim".into(),
            "evaluation ",
        ),
        (
            "DELETE",
            format!("{PROJECT}/triggers/{trigger}"),
            Value::Null,
            format!("{triggers}/{{id}}"),
            trigger,
        ),
        (
            "DELETE",
            format!("/api/v1/tokens/{token}"),
            Value::Null,
            "/api/v1/tokens/{id}".into(),
            token,
        ),
    ];
    for (method, path, body, route, target) in calls {
        let body = Some(body).filter(|body| !body.is_null());
        let (status, entries) = left(&gateway, method, &path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status}");
        let [entry] = entries.as_slice() else {
            panic!("{method} {path}: {entries:?}");
        };
        assert_eq!(entry["action"], format!("{method} {route}"));
        assert_eq!(entry["outcome"], status.to_string(), "{entry}");
        assert!(entry["target"].as_str().unwrap().contains(target), "{entry}");
        assert_eq!(entry["source_ip"], "127.0.0.1");
        assert!(
            entry["actor"].as_str().unwrap().starts_with("first-administrator ("),
            "{entry}"
        );
        assert!(entry["id"].is_string() && entry["at"].is_string(), "{entry}");
    }
}

#[tokio::test]
async fn work_on_leases_and_approvals_leave_one_entry_each() {
    let gateway = Gateway::with_project("").await;
    let wanted = json!({ "kind": "pull_request", "integration": "hooks" });
    gateway.make(&format!("{PROJECT}/triggers"), wanted).await;
    let sha = "d".repeat(40);
    let answer = gateway
        .post("gitea/acme/hooks", PullRequest::of_fork(4, &sha).signed(SECRET))
        .await;
    let held = answer.message()["queued"][0]["evaluation_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(gateway.evaluation(&held).await["state"], "held");

    let (approve, claim) = (
        format!("/api/v1/evaluations/{held}/approve"),
        "/api/v1/evaluations/claim",
    );
    let (status, entries) = left(&gateway, "POST", &approve, Some(json!({ "sha": sha }))).await;
    assert_eq!((status, entries.len()), (200, 1), "{entries:?}");
    assert!(entries[0]["target"].as_str().unwrap().contains(&sha), "{entries:?}");
    let (status, entries) = left(&gateway, "POST", claim, Some(json!({ "worker": "w" }))).await;
    assert_eq!(
        (status, entries.len()),
        (204, 0),
        "what was not trusted is not for everybody: {entries:?}"
    );

    let claimed = gateway.claim(0, true).await.unwrap();
    let lease = claimed["lease"]["token"].as_str().unwrap();
    for (verb, body, count) in [
        ("heartbeat", json!({ "lease": lease }), 0),
        (
            "checks",
            json!({ "lease": lease, "name": "unit", "state": "succeeded" }),
            1,
        ),
        ("finish", json!({ "lease": lease, "state": "succeeded" }), 1),
        ("finish", json!({ "lease": lease, "state": "succeeded" }), 0),
    ] {
        let path = format!("/api/v1/evaluations/{held}/{verb}");
        let (status, entries) = left(&gateway, "POST", &path, Some(body)).await;
        assert_eq!((status, entries.len()), (200, count), "{verb}: {entries:?}");
        for entry in &entries {
            assert_eq!(entry["action"], format!("POST /api/v1/evaluations/{{id}}/{verb}"));
            assert!(entry["target"].as_str().unwrap().contains(&held), "{entry}");
            assert_fields(entry, &json!({ "outcome": "200", "source_ip": "127.0.0.1" }));
        }
    }
    let text = serde_json::to_string(&audited(&gateway).await).unwrap();
    assert!(!text.contains(lease), "a lease's token is in the audit log");
}

#[tokio::test]
async fn every_refused_call_leaves_one_entry_and_looking_leaves_none() {
    let gateway = Gateway::with_project("").await;
    for (method, path, body, outcome) in [
        ("POST", "/api/v1/orgs".to_owned(), Some(json!({ "name": "A" })), 400),
        ("POST", "/api/v1/orgs".to_owned(), Some(json!({ "name": "acme" })), 409),
        ("DELETE", "/api/v1/orgs/acme".to_owned(), None, 409),
        ("GET", format!("{PROJECT}/triggers/none"), None, 404),
        ("PATCH", PROJECT.to_owned(), Some(json!({ "colour": "red" })), 400),
    ] {
        let (status, entries) = left(&gateway, method, &path, body).await;
        assert_eq!((status, entries.len()), (outcome, 1), "{method} {path}: {entries:?}");
        assert_eq!(entries[0]["outcome"], outcome.to_string());
        assert_eq!(entries[0]["target"], path);
        assert_eq!(entries[0]["source_ip"], "127.0.0.1");
    }
    for path in [
        "/api/v1/orgs",
        "/api/v1/deliveries",
        "/api/v1/check",
        "/metrics",
        PROJECT,
    ] {
        let (status, entries) = left(&gateway, "GET", path, None).await;
        assert_eq!((status, entries.len()), (200, 0), "GET {path}: {entries:?}");
    }
}

#[tokio::test]
async fn the_level_of_the_log_is_read_again_on_a_hangup() {
    let gateway = Gateway::with_project("[telemetry]\nlevel = \"warn\"\n").await;
    assert!(!gateway.log().contains(" INFO "), "{}", gateway.log());
    let file = gateway.data().parent().unwrap().join("forgegate.toml");
    let hang_up = || {
        let sent = Command::new("kill").args(["-HUP", &gateway.pid().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    std::fs::write(&file, "[telemetry]\nlevel = \"forgegate=debug,info\"\n").unwrap();
    hang_up();
    gateway.logged("the log's filter was read again").await;

    std::fs::write(&file, "[telemetry]\nlevel = \"forgegate=nonsense\"\n").unwrap();
    hang_up();
    gateway.logged("the log's filter stays as it was").await;
    assert!(gateway.push(1).await.len() > 30, "it still works");
}
