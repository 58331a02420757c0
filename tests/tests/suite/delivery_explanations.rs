//! The explanation of a delivery: for all test data of the forges every step, the rule and the reason, in sentences.

use std::collections::BTreeSet;
use std::process::Command;

use forgegate_tests::configuration::app_without_key;
use forgegate_tests::{Gateway, SECRET, corpus};
use serde_json::{Value, json};

/// Projects, each with triggers of its own. All have the repository that is told.
fn projects() -> Vec<(&'static str, Value, Vec<Value>)> {
    let kinds = ["push", "tag", "pull_request", "release", "comment"];
    let all = kinds.map(|kind| json!({ "kind": kind })).to_vec();
    vec![
        ("all", json!({}), all.clone()),
        (
            "narrow",
            json!({}),
            vec![
                json!({ "kind": "push", "branches": ["release/*"] }),
                json!({ "kind": "tag", "tags": ["nightly-*"] }),
                json!({ "kind": "pull_request", "target_branches": ["release/*"], "labels": ["ci"] }),
                json!({ "kind": "release", "actions": ["created"], "prereleases": false, "drafts": false }),
            ],
        ),
        (
            "picky",
            json!({}),
            vec![
                json!({ "kind": "push", "paths": ["docs/**"] }),
                json!({ "kind": "pull_request", "drafts": false, "actions": [] }),
            ],
        ),
        ("idle", json!({ "active": false }), all.clone()),
        ("asleep", json!({}), vec![json!({ "kind": "push", "active": false })]),
        ("manual", json!({ "bootstrap": "manual" }), all),
        ("tags", json!({ "concurrency": "skip" }), vec![json!({ "kind": "tag" })]),
    ]
}

async fn gateway_for(forge: &str) -> Gateway {
    let gateway = Gateway::start_with(|folder| app_without_key(folder, SECRET));
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let (repository, integration) = match forge {
        "github" => {
            gateway.bind_installation("50607080").await;
            ("https://github.com/acme/widgets", "github-acme")
        }
        "gitlab" => ("https://git.example.com/acme/tools/widgets", "hooks"),
        _ => ("https://git.example.com/acme/widgets", "hooks"),
    };
    if forge != "github" {
        let inbound = json!({ "name": "hooks", "kind": "inbound", "forge": forge, "secret": SECRET });
        gateway.make("/api/v1/orgs/acme/integrations", inbound).await;
    }
    for (name, mut project, triggers) in projects() {
        project["name"] = json!(name);
        project["repository"] = json!(repository);
        gateway.make("/api/v1/orgs/acme/projects", project).await;
        let path = format!("/api/v1/orgs/acme/projects/{name}/triggers");
        // An app attaches triggers by itself.
        gateway
            .delete_triggers(&format!("/api/v1/orgs/acme/projects/{name}"))
            .await;
        for mut trigger in triggers {
            trigger["integration"] = json!(integration);
            gateway.make(&path, trigger).await;
        }
    }
    gateway
}

fn hook(forge: &str) -> String {
    match forge {
        "github" => forge.to_owned(),
        _ => format!("{forge}/acme/hooks"),
    }
}

/// Every delivery that was recorded.
async fn recorded(gateway: &Gateway) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = gateway.get(&format!("/api/v1/deliveries?limit=500{cursor}")).await;
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

fn texts(sentences: &Value) -> Vec<String> {
    let sentences = sentences.as_array().unwrap();
    sentences.iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Holds an answer against the record that it explains. Tells the reasons that it gave.
async fn explained(gateway: &Gateway, id: &str) -> Vec<String> {
    let row = gateway.delivery(id).await;
    let why = gateway.get(&format!("/api/v1/deliveries/{id}/why")).await;
    let (sentences, shown) = (texts(&why["sentences"]), format!("{row:#}\n{why:#}"));
    assert_eq!(why["delivery_id"], id);
    let steps = row["steps"].as_array().unwrap();
    assert!(steps.len() > 2, "{shown}");
    let told: Vec<&str> = sentences
        .iter()
        .filter_map(|it| it.split_once(": ").map(|(step, _)| step))
        .collect();
    for step in steps {
        let name = step["step"].as_str().unwrap();
        let is_once = told.iter().filter(|it| **it == name).count() == 1;
        assert!(is_once, "the step `{name}` is not told once: {shown}");
    }
    let mut reasons = Vec::new();
    let answer = &row["answer"]["body"]["message"];
    let entries = |list: &str| answer[list].as_array().map_or(0, Vec::len);
    let projects = why["projects"].as_array().unwrap();
    assert_eq!(projects.len(), entries("queued") + entries("skipped"), "{shown}");
    for project in projects {
        let outcome = project["outcome"].as_str().unwrap();
        let sentences = texts(&project["sentences"]);
        assert!(sentences.iter().all(|it| it.len() > 10), "{shown}");
        let is_vague = |it: &String| it.contains("changed since") || it.contains("deleted since");
        assert!(!sentences.iter().any(is_vague), "nothing was changed: {shown}");
        match outcome {
            "skipped" => reasons.push(project["reason"].as_str().unwrap().to_owned()),
            _ => assert!(sentences.iter().any(|it| it.contains("evaluation ")), "{shown}"),
        }
        // Which rule: the trigger that decided, or that the project as a whole takes no part.
        let trigger = project["trigger"].as_str();
        let named = trigger.is_some_and(|id| sentences.iter().any(|it| it.contains(&format!("trigger {id} "))));
        let whole = project["reason"] == "inactive" && trigger.is_none();
        assert!(named || whole, "no rule is named: {shown}");
    }
    let is_stopped = steps.iter().any(|step| step["outcome"] == "stopped");
    if projects.is_empty() {
        let reason = row["reason"].as_str();
        let asked = row["follow_up"].is_object();
        assert!(reason.is_some() || asked, "it ends without a reason: {shown}");
        if let Some(reason) = reason {
            let place = if is_stopped {
                "here it ended|could not read|failed"
            } else {
                "match: "
            };
            let said = |it: &String| place.split('|').any(|words| it.contains(words));
            assert!(sentences.iter().any(said), "{shown}");
            reasons.push(reason.to_owned());
        }
    }
    reasons
}

#[tokio::test]
async fn every_delivery_of_every_forge_is_explained_to_its_end() {
    let mut reasons = BTreeSet::new();
    for forge in corpus::FORGES {
        let gateway = gateway_for(forge).await;
        let mut cases = corpus::of(forge);
        // What moves the project or its installation comes last, and what is open before what is closed.
        cases.sort_by_key(|case| case.name.starts_with("installation_") || case.name.starts_with("repository_"));
        for (number, case) in cases.iter().enumerate() {
            let answer = gateway
                .post(&hook(forge), case.signed(SECRET, &number.to_string()))
                .await;
            assert!(
                matches!(answer.status, 200 | 400),
                "{forge}/{}: {}",
                case.name,
                answer.text
            );
        }
        let all = recorded(&gateway).await;
        assert!(all.len() >= cases.len(), "{forge}: {} of {}", all.len(), cases.len());
        for row in &all {
            reasons.extend(explained(&gateway, row["id"].as_str().unwrap()).await);
        }
    }
    for reason in [
        "already_in_progress",
        "draft",
        "filtered",
        "inactive",
        "malformed_payload",
        "no_matching_repository",
        "no_previous_evaluation",
        "no_trigger_for_event",
        "paths_unchanged",
    ] {
        assert!(reasons.contains(reason), "nothing ended with `{reason}`: {reasons:?}");
    }
}

#[tokio::test]
async fn what_is_no_first_delivery_says_so_and_a_shell_shows_it() {
    let gateway = gateway_for("gitea").await;
    let case = corpus::case("gitea", "push");
    let first = gateway.post("gitea/acme/hooks", case.signed(SECRET, "1")).await;
    let id = first.delivery_id().to_owned();
    gateway.post("gitea/acme/hooks", case.signed(SECRET, "1")).await;
    let other = gateway.post("gitea/acme/hooks", case.signed(SECRET, "2")).await;
    let other = other.delivery_id().to_owned();
    let replay = gateway
        .call("POST", &format!("/api/v1/deliveries/{id}/replay"), None)
        .await;
    let replay = replay.delivery_id().to_owned();
    for (of, words) in [
        (&id, "it came 1 more times, and queued nothing again".to_owned()),
        (
            &other,
            format!("the same bytes came under another, as the delivery {id}"),
        ),
        (&replay, format!("it replays the delivery {id}")),
    ] {
        explained(&gateway, of).await;
        let why = gateway.get(&format!("/api/v1/deliveries/{of}/why")).await;
        assert!(
            texts(&why["sentences"]).iter().any(|it| it.contains(&words)),
            "{words}: {why:#}"
        );
    }
    let shown = Command::new(forgegate_tests::gateway::program())
        .args(["delivery", "why", &id, "--url", &gateway.url, "--token-file"])
        .arg(gateway.token_file())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.starts_with(&format!("delivery {id}\n  route: it came from 127.0.0.1")),
        "{shown}"
    );
    assert!(
        shown.contains("\nproject acme/narrow: skipped, filtered\n  the push trigger "),
        "{shown}"
    );
    assert!(shown.contains("branch `main` does not pass `release/*`"), "{shown}");
    assert!(shown.contains("\nproject acme/all: queued\n"), "{shown}");
}

#[tokio::test]
async fn what_the_payload_or_the_project_says_is_explained() {
    let gateway = gateway_for("gitea").await;
    let told = async |number: u64, change: fn(&mut Value)| {
        let case = corpus::case("gitea", "push");
        let mut payload = case.payload();
        let head = json!(format!("{number:040x}"));
        payload["after"] = head.clone();
        payload["commits"][0]["id"] = head.clone();
        payload["head_commit"]["id"] = head;
        change(&mut payload);
        let answer = gateway
            .post(
                "gitea/acme/hooks",
                case.with_payload(&payload).signed(SECRET, &number.to_string()),
            )
            .await;
        answer.expect_ok();
        explained(&gateway, answer.delivery_id()).await
    };
    assert!(told(1, |_| ()).await.contains(&"paths_unchanged".to_owned()));
    let skips = told(2, |payload| {
        payload["head_commit"]["message"] = json!("Only words [skip ci]");
        for commit in payload["commits"].as_array_mut().unwrap() {
            commit["message"] = json!("Only words [skip ci]");
        }
    });
    assert!(skips.await.contains(&"skip_requested".to_owned()));
    let replaced = told(3, |payload| payload["repository"]["id"] = json!(4_711));
    assert!(replaced.await.contains(&"repository_replaced".to_owned()));
    let elsewhere = told(4, |payload| {
        let text = payload["repository"]
            .to_string()
            .replace("acme/widgets", "acme/gadgets");
        payload["repository"] = serde_json::from_str(&text).unwrap();
    });
    assert_eq!(elsewhere.await, ["no_matching_repository"]);
    let narrowed = json!({ "repositories": ["https://git.example.com/acme/other"] });
    let path = "/api/v1/orgs/acme/integrations/inbound/hooks";
    gateway.change(path, narrowed).await;
    assert_eq!(told(5, |_| ()).await, ["not_this_repository"]);
    let spare = json!({ "name": "spare", "kind": "inbound", "forge": "gitea", "secret": SECRET });
    gateway.make("/api/v1/orgs/acme/integrations", spare).await;
    let case = corpus::case("gitea", "push");
    let answer = gateway.post("gitea/acme/spare", case.signed(SECRET, "spare")).await;
    let id = answer.delivery_id();
    assert_eq!(explained(&gateway, id).await, ["no_linked_project"]);
}

#[tokio::test]
async fn an_address_that_is_not_let_in_is_explained() {
    let gateway = gateway_for("gitea").await;
    let changes = json!({ "allowed_ips": ["192.0.2.7"] });
    let path = "/api/v1/orgs/acme/integrations/inbound/hooks";
    gateway.change(path, changes).await;
    let answer = gateway
        .post("gitea/acme/hooks", corpus::case("gitea", "push").signed(SECRET, "1"))
        .await;
    assert_eq!(answer.status, 403);
    let all = recorded(&gateway).await;
    assert_eq!(
        explained(&gateway, all[0]["id"].as_str().unwrap()).await,
        ["forbidden_source_ip"]
    );
}
