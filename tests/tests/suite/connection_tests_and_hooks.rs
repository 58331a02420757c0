//! Tests of a connection: the token's rights, test deliveries, and making, repairing, rotating and watching hooks.

use forgegate_tests::SECRET;
use forgegate_tests::fields::assert_fields;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use forgegate_tests::configuration::{self, LOOPBACK_ALLOWED};
use forgegate_tests::forges::{Account, AppSettings, FakeForge, Fault, Hook, Installation, Level};
use forgegate_tests::gateway::program;
use forgegate_tests::{Gateway, Push, wait};
use serde_json::{Value, json};

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const INTEGRATIONS: &str = "/api/v1/orgs/acme/integrations";
const INBOUND: &str = "/api/v1/orgs/acme/integrations/inbound/hooks";
const OUTBOUND: &str = "/api/v1/orgs/acme/integrations/outbound/out";

/// A forge where `gate`, whose token is `t-gate`, has this level at `acme/widgets`.
fn people(forge: &FakeForge, level: Level) {
    let mut world = forge.world();
    world.enrol(2, "ann", "t-ann");
    world.enrol(9, "gate", "t-gate");
    let widgets = world.found(7, "acme/widgets", HEAD);
    widgets.levels = [("gate".to_owned(), level)].into();
}

/// A gateway with an organization `acme` and an outbound integration `out` of the forge.
async fn outward(kind: &str, forge: &FakeForge) -> Gateway {
    let gateway = Gateway::start(LOOPBACK_ALLOWED);
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let row = json!({ "name": "out", "kind": "outbound", "forge": kind, "base_url": forge.url(), "token": "t-gate" });
    gateway.make(INTEGRATIONS, row).await;
    gateway
}

/// The same with an inbound integration `hooks`, and a project `widgets` that both are attached to.
async fn both(kind: &str, forge: &FakeForge, secret: Option<&str>) -> Gateway {
    let gateway = outward(kind, forge).await;
    let mut row = json!({ "name": "hooks", "kind": "inbound", "forge": kind });
    if let Some(secret) = secret {
        row["secret"] = secret.into();
    }
    gateway.make(INTEGRATIONS, row).await;
    project(&gateway, forge, "widgets").await;
    gateway
}

async fn project(gateway: &Gateway, forge: &FakeForge, name: &str) {
    let repository = format!("{}/acme/{name}", forge.url());
    let made = gateway
        .make(
            "/api/v1/orgs/acme/projects",
            json!({ "name": name, "repository": repository }),
        )
        .await;
    assert_eq!(made["outbound_integration"], "out");
}

/// A hook that somebody made by hand.
fn hook(gateway: &Gateway, kind: &str, secret: &str) -> Hook {
    Hook {
        id: 41,
        owner: "acme/widgets".to_owned(),
        url: format!("{}/api/v1/hooks/{kind}/acme/hooks", gateway.url),
        secret: secret.to_owned(),
        fields: json!({ "type": kind, "active": true, "events": ["push"], "content_type": "json" }),
        ..Hook::default()
    }
}

/// The findings of a check: whether they are well, and the sentence.
fn found<'a>(test: &'a Value, check: &str) -> (&'a Value, &'a str) {
    let all = test["findings"].as_array().unwrap();
    let finding = all.iter().find(|it| it["check"] == check);
    let finding = finding.unwrap_or_else(|| panic!("no finding `{check}` in {test}"));
    (&finding["ok"], finding["sentence"].as_str().unwrap())
}

/// Runs a command to its end. The forge lives in this very process and has to answer meanwhile.
async fn command(gateway: &Gateway, line: &str) -> Output {
    let mut command = Command::new(program());
    command
        .args(line.split(' '))
        .args(["--url", &gateway.url, "--token-file"]);
    command.arg(gateway.token_file());
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

async fn secrets(gateway: &Gateway) -> Vec<Value> {
    gateway.get(INBOUND).await["secrets"].as_array().unwrap().clone()
}

async fn evaluations(gateway: &Gateway) -> usize {
    gateway.get("/api/v1/evaluations").await["items"]
        .as_array()
        .unwrap()
        .len()
}

/// The hooks that the forge holds: number, owner and secret.
fn held(forge: &FakeForge) -> Vec<(u64, String, String)> {
    let world = forge.world();
    let hooks = world.hooks.iter();
    hooks.map(|it| (it.id, it.owner.clone(), it.secret.clone())).collect()
}

#[tokio::test]
async fn a_token_says_whose_it_is_and_what_it_may_where_a_project_reports() {
    let forge = FakeForge::gitea().await;
    people(&forge, Level::Write);
    let gateway = both("gitea", &forge, Some(SECRET)).await;
    let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
    assert_eq!(test["account"], json!({ "id": "9", "login": "gate" }), "{test}");
    assert_eq!(test["tried_on"], "acme/widgets");
    assert_eq!(found(&test, "reachable").0, true);
    assert_eq!(found(&test, "token").0, true);
    assert_eq!(found(&test, "post_status").0, true);
    let (ok, sentence) = found(&test, "read_access");
    assert!(*ok == false && sentence.contains("administer"), "{sentence}");
    assert_eq!(test["ok"], false);

    let shown = command(&gateway, "integration test acme outbound out").await;
    assert_eq!(shown.status.code(), Some(1));
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        text.contains("not well") && text.contains("must administer acme/widgets"),
        "{text}"
    );

    forge.world().repositories[0]
        .levels
        .insert("gate".to_owned(), Level::Admin);
    let test = gateway.act(&format!("{OUTBOUND}/test"), Some(json!({}))).await;
    assert_eq!(test["ok"], true, "{test}");
    assert_eq!(
        command(&gateway, "integration test acme outbound out")
            .await
            .status
            .code(),
        Some(0)
    );
    let audit = gateway.get("/api/v1/audit?limit=500").await.to_string();
    assert!(
        audit.contains("acme/outbound/out") && audit.contains("GET /api/v1/user"),
        "{audit}"
    );
    assert!(!audit.contains("t-gate") && !gateway.log().contains("t-gate"));
    assert!(forge.world().statuses.is_empty(), "a test leaves nothing behind");
}

#[tokio::test]
async fn without_a_project_the_token_is_tried_on_a_repository_that_it_sees() {
    let forge = FakeForge::gitlab().await;
    people(&forge, Level::Admin);
    let gateway = outward("gitlab", &forge).await;
    let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
    assert_fields(&test, &json!({ "ok": true, "tried_on": "acme/widgets" }));
    assert_eq!(found(&test, "post_status").0, true);

    forge.world().repositories.clear();
    let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
    assert_fields(&test, &json!({ "ok": true, "tried_on": null }));
    assert_eq!(found(&test, "repository").0, &json!(null));
}

#[tokio::test]
async fn a_forge_that_is_down_or_says_no_is_a_finding() {
    let forge = FakeForge::gitea().await;
    people(&forge, Level::Admin);
    let gateway = outward("gitea", &forge).await;
    gateway
        .call("PATCH", OUTBOUND, Some(json!({ "token": "t-wrong" })))
        .await;
    let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
    assert_eq!(
        (found(&test, "token").0, &test["ok"]),
        (&json!(false), &json!(false)),
        "{test}"
    );

    gateway.call("PATCH", OUTBOUND, Some(json!({ "token": "" }))).await;
    let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
    assert!(found(&test, "token").1.contains("o access token is stored"), "{test}");

    let gone = json!({ "base_url": "http://127.0.0.1:9", "token": "t-gate" });
    gateway.call("PATCH", OUTBOUND, Some(gone)).await;
    // Past the breaker: the sixth is made like the first.
    for _ in 0..6 {
        let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
        assert_eq!(
            (found(&test, "reachable").0, &test["ok"]),
            (&json!(false), &json!(false)),
            "{test}"
        );
        assert!(!found(&test, "reachable").1.contains("left alone"), "{test}");
    }
}

#[tokio::test]
async fn a_forge_that_never_answers_is_waited_for_less_than_twenty_seconds() {
    let forge = FakeForge::gitlab().await;
    people(&forge, Level::Admin);
    let gateway = outward("gitlab", &forge).await;
    for _ in 0..8 {
        forge.fault("GET ", Fault::Delay(Duration::from_secs(25)));
    }
    let began = Instant::now();
    let test = gateway.act(&format!("{OUTBOUND}/test"), None).await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(found(&test, "reachable").0, false, "{test}");
}

#[tokio::test]
async fn a_sample_goes_down_the_real_path_and_queues_nothing() {
    let forge = FakeForge::gitea().await;
    people(&forge, Level::Read);
    let gateway = both("gitea", &forge, None).await;
    let refused = gateway
        .call("POST", &format!("{INBOUND}/test"), Some(json!({ "forge": "gitea" })))
        .await;
    assert_eq!((refused.status, refused.code()), (503, "no_secret"));

    gateway
        .call(
            "PATCH",
            INBOUND,
            Some(json!({ "secret": SECRET, "allowed_ips": ["192.0.2.7"] })),
        )
        .await;
    let trial = json!({ "forge": "gitea", "event": "push" });
    let test = gateway.act(&format!("{INBOUND}/test"), Some(trial)).await;
    assert_fields(&test, &json!({ "ok": true, "arrived": null }));
    assert_eq!(test["answer"]["status"], 200);
    assert_eq!(test["answer"]["body"]["message"]["queued"], json!([]));
    assert_eq!(found(&test, "source").0, &json!(null));
    assert!(found(&test, "match").1.contains("One project listens"), "{test}");
    assert_eq!(found(&test, "hook").0, &json!(null));
    let delivery = gateway
        .get(&format!("/api/v1/deliveries/{}", test["delivery_id"].as_str().unwrap()))
        .await;
    assert_fields(&delivery, &json!({ "test": true, "outcome": "ignored" }));
    assert_eq!(delivery["event"]["kind"], "push");
    assert_eq!(evaluations(&gateway).await, 0);
    let project = gateway.get("/api/v1/orgs/acme/projects/widgets").await;
    assert_eq!(project["repository_id"], json!(null), "a test pins nothing");

    for (body, field) in [
        (json!({ "forge": "github" }), "forge"),
        (json!({ "forge": "gitea", "event": "no_such" }), "event"),
        (json!({ "forge": "gitea", "evnet": "push" }), "evnet"),
    ] {
        let refused = gateway.call("POST", &format!("{INBOUND}/test"), Some(body)).await;
        assert_eq!((refused.status, refused.code()), (400, "bad_request"));
        assert!(refused.text.contains(field), "{}", refused.text);
    }
}

#[tokio::test]
async fn the_forge_is_asked_for_a_delivery_of_its_own() {
    for kind in ["gitea", "gitlab"] {
        let forge = if kind == "gitea" {
            FakeForge::gitea().await
        } else {
            FakeForge::gitlab().await
        };
        people(&forge, Level::Admin);
        let gateway = both(kind, &forge, Some(SECRET)).await;
        let trial = json!({ "forge": kind });
        let test = gateway.act(&format!("{INBOUND}/test"), Some(trial.clone())).await;
        assert_fields(&test, &json!({ "ok": true, "arrived": null }));
        assert_eq!(found(&test, "hook").0, &json!(null));

        let made = hook(&gateway, kind, SECRET);
        forge.world().hooks.push(made);
        let test = gateway.act(&format!("{INBOUND}/test"), Some(trial.clone())).await;
        assert_fields(&test, &json!({ "ok": true, "arrived": true }));
        assert_eq!(
            (found(&test, "hook").0, found(&test, "delivery").0),
            (&json!(true), &json!(true))
        );
        let shown = command(&gateway, &format!("integration test acme inbound hooks --forge {kind}")).await;
        assert_eq!(shown.status.code(), Some(0), "{shown:?}");

        forge.world().hooks[0].secret = "another secret than the stored one".to_owned();
        let test = gateway.act(&format!("{INBOUND}/test"), Some(trial)).await;
        assert_fields(&test, &json!({ "ok": true, "arrived": true }));
        let (ok, sentence) = found(&test, "delivery");
        assert!(*ok == false && sentence.contains("another secret"), "{sentence}");
    }
}

#[tokio::test]
async fn a_hook_is_made_once_and_repaired() {
    for kind in ["gitea", "forgejo", "gitlab"] {
        let forge = if kind == "gitlab" {
            FakeForge::gitlab().await
        } else {
            FakeForge::gitea().await
        };
        people(&forge, Level::Admin);
        // The hook stands behind more pages than one.
        for number in 0..60 {
            forge.world().hooks.push(Hook {
                id: 100 + number,
                owner: "acme/widgets".to_owned(),
                url: format!("https://other.example/{number}"),
                fields: json!({ "type": kind, "active": true, "events": ["push"], "content_type": "json" }),
                ..Hook::default()
            });
        }
        let gateway = both(kind, &forge, None).await;
        let wish = json!({ "forge": kind, "repository": "acme/widgets", "mode": "ensure" });
        let made = gateway.act(&format!("{INBOUND}/hook"), Some(wish.clone())).await;
        assert_fields(&made, &json!({ "created": true, "changed": [] }));
        assert_eq!(secrets(&gateway).await.len(), 1, "it was made with the hook");
        let (_, owner, secret) = held(&forge).pop().unwrap();
        assert_eq!((owner.as_str(), secret.len()), ("acme/widgets", 64));
        assert!(!gateway.log().contains(&secret));

        let by_url = json!({ "forge": kind, "repository": format!("{}/acme/widgets.git", forge.url()) });
        let again = gateway.act(&format!("{INBOUND}/hook"), Some(by_url)).await;
        assert_fields(&again, &json!({ "created": false, "changed": [] }));
        assert_eq!(again["hook_id"], made["hook_id"]);

        let field = if kind == "gitlab" { "note_events" } else { "active" };
        forge.world().hooks.last_mut().unwrap().fields[field] = false.into();
        let mended = gateway.act(&format!("{INBOUND}/hook"), Some(wish)).await;
        assert_eq!(mended["changed"].as_array().unwrap().len(), 1, "{mended}");
        assert_eq!(held(&forge).len(), 61);
        let test = gateway
            .act(&format!("{INBOUND}/test"), Some(json!({ "forge": kind })))
            .await;
        assert_eq!(test["arrived"], true, "{test}");
    }
}

#[tokio::test]
async fn a_secret_is_rotated_and_the_older_one_counts_for_a_while() {
    for kind in ["gitea", "gitlab"] {
        let forge = if kind == "gitea" {
            FakeForge::gitea().await
        } else {
            FakeForge::gitlab().await
        };
        people(&forge, Level::Admin);
        let gateway = both(kind, &forge, Some(SECRET)).await;
        let made = hook(&gateway, kind, SECRET);
        forge.world().hooks.push(made);
        let wish = json!({ "forge": kind, "repository": "acme/widgets", "mode": "rotate" });
        let rotated = gateway.act(&format!("{INBOUND}/hook"), Some(wish)).await;
        assert_eq!(rotated["created"], false, "{rotated}");
        let changed = rotated["changed"].as_array().unwrap();
        assert!(
            changed.iter().any(|it| it.as_str().unwrap().starts_with("Secret")),
            "{rotated}"
        );
        let [(_, _, fresh)] = held(&forge).try_into().unwrap();
        assert_ne!(fresh, SECRET);
        for (number, secret) in [(1, SECRET), (2, fresh.as_str())] {
            let posted = gateway.post("gitea/acme/hooks", Push::new(number).signed(secret)).await;
            posted.expect_ok();
        }
        let both = secrets(&gateway).await;
        assert_eq!((both.len(), &both[0]["expires_at"]), (2, &json!(null)));
        assert!(!both[1]["expires_at"].is_null());
        let test = gateway
            .act(&format!("{INBOUND}/test"), Some(json!({ "forge": kind })))
            .await;
        assert_eq!(
            (&test["arrived"], found(&test, "delivery").0),
            (&json!(true), &json!(true)),
            "{test}"
        );
    }
}

#[tokio::test]
async fn a_rotation_that_fails_in_between_leaves_deliveries_provable() {
    let forge = FakeForge::gitea().await;
    people(&forge, Level::Admin);
    let gateway = both("gitea", &forge, Some(SECRET)).await;
    let made = hook(&gateway, "gitea", SECRET);
    forge.world().hooks.push(made);
    let wish = json!({ "forge": "gitea", "repository": "acme/widgets", "mode": "rotate" });
    for number in 1..=3 {
        forge.fault("POST /api/v1/repos/acme/widgets/hooks", Fault::Fail(500));
        let failed = gateway
            .call("POST", &format!("{INBOUND}/hook"), Some(wish.clone()))
            .await;
        failed.expect_refusal(409, "conflict");
        let posted = gateway.post("gitea/acme/hooks", Push::new(number).signed(SECRET)).await;
        assert_eq!(posted.status, 200, "the forge still has the older one: {}", posted.text);
    }
    assert_eq!(secrets(&gateway).await.len(), 2);
    // What got there without an answer is the newest as well.
    forge.fault("POST /api/v1/repos/acme/widgets/hooks", Fault::DropAfter);
    gateway
        .call("POST", &format!("{INBOUND}/hook"), Some(wish.clone()))
        .await;
    let fresh = held(&forge).pop().unwrap().2;
    let posted = gateway.post("gitea/acme/hooks", Push::new(4).signed(&fresh)).await;
    posted.expect_ok();
    gateway.act(&format!("{INBOUND}/hook"), Some(wish)).await;
    let [(_, _, last)] = held(&forge).try_into().unwrap();
    assert_eq!(last, fresh, "the rotation went on with its secret");
    assert_eq!(secrets(&gateway).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_done_at_the_forge_changes_nothing_here() {
    let forge = FakeForge::gitea().await;
    people(&forge, Level::Write);
    let gateway = both("gitea", &forge, None).await;
    let at = format!("{INBOUND}/hook");
    let refused = gateway
        .call("POST", &at, Some(json!({ "repository": "acme/widgets" })))
        .await;
    refused.expect_refusal(409, "conflict");
    assert!(refused.text.contains("administer"), "{}", refused.text);
    assert_eq!(gateway.get(INBOUND).await["has_secret"], false);
    for body in [
        json!({}),
        json!({ "repository": "widgets" }),
        json!({ "repository": "acme/widgets", "organization": "acme" }),
        json!({ "repository": "acme/widgets", "mode": "remove" }),
        json!({ "forge": "github", "repository": "acme/widgets" }),
    ] {
        let refused = gateway.call("POST", &at, Some(body)).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
    }
    let elsewhere = json!({ "repository": "https://git.example.com/acme/widgets" });
    assert_eq!(gateway.call("POST", &at, Some(elsewhere)).await.status, 409);
}

#[tokio::test]
async fn each_project_gets_an_integration_and_a_secret_of_its_own() {
    let forge = FakeForge::gitlab().await;
    people(&forge, Level::Admin);
    forge.world().found(8, "acme/gears", HEAD).levels = [("gate".to_owned(), Level::Admin)].into();
    let gateway = both("gitlab", &forge, Some(SECRET)).await;
    project(&gateway, &forge, "gears").await;
    let line = "integration hook ensure acme hooks --per-project --json";
    let first = command(&gateway, line).await;
    assert!(first.status.success(), "{first:?}");
    let done: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert!(
        done["items"].as_array().unwrap().iter().all(|it| it["created"] == true),
        "{done}"
    );
    let hooks = held(&forge);
    let owners: Vec<_> = hooks.iter().map(|it| it.1.as_str()).collect();
    assert_eq!(
        (
            hooks.len(),
            owners.contains(&"acme/widgets"),
            owners.contains(&"acme/gears")
        ),
        (2, true, true)
    );
    assert_ne!(hooks[0].2, hooks[1].2, "a secret for each");
    for name in ["widgets", "gears"] {
        let own = format!("hooks-{name}");
        let project = gateway.get(&format!("/api/v1/orgs/acme/projects/{name}")).await;
        assert_eq!(project["inbound_integration"], own);
        let row = gateway.get(&format!("{INTEGRATIONS}/inbound/{own}")).await;
        assert_fields(&row, &json!({ "forges": ["gitlab"], "has_secret": true }));
        assert_eq!(row["repositories"], json!([format!("127.0.0.1/acme/{name}")]));
        let tried = json!({ "forge": "gitlab" });
        let test = gateway
            .act(&format!("{INTEGRATIONS}/inbound/{own}/test"), Some(tried))
            .await;
        assert_fields(&test, &json!({ "ok": true, "arrived": true }));
    }
    let again = command(&gateway, line).await;
    let done: Value = serde_json::from_slice(&again.stdout).unwrap();
    let items = done["items"].as_array().unwrap();
    assert!(again.status.success() && items.len() == 2, "{again:?}");
    assert!(
        items
            .iter()
            .all(|it| it["created"] == false && it["changed"] == json!([])),
        "{done}"
    );
    assert_eq!(held(&forge), hooks);

    let rotated = command(&gateway, "integration hook ensure acme hooks --per-project --rotate").await;
    assert!(rotated.status.success(), "{rotated:?}");
    assert!(held(&forge).iter().zip(&hooks).all(|(now, before)| now.2 != before.2));
}

#[tokio::test]
async fn a_hook_that_is_switched_off_is_seen_and_switched_on_again() {
    let forge = FakeForge::gitlab().await;
    people(&forge, Level::Admin);
    let gateway = both("gitlab", &forge, Some(SECRET)).await;
    // Where the gateway's public URL is not configured, it is known from the calls of its API.
    let mut made = hook(&gateway, "gitlab", "a secret that the gateway does not have");
    made.disabled = Some("disabled".to_owned());
    forge.world().hooks.push(made);
    let guide = format!("{INBOUND}/hook-guide?forge=gitlab");
    gateway.get(&guide).await;
    let seen = wait::until("the hook to be seen", async || {
        let row = gateway.get(INBOUND).await;
        row["hooks"].get(0).cloned()
    })
    .await;
    assert_fields(&seen, &json!({ "forge": "gitlab", "repository": "acme/widgets" }));
    // The test delivery came in vain: the cause is told.
    let seen = wait::until("its last failure", async || {
        let row = gateway.get(INBOUND).await;
        let hook = row["hooks"][0].clone();
        (hook["failures"] != json!([])).then_some(hook)
    })
    .await;
    assert_fields(&seen, &json!({ "state": "disabled", "hook_id": "41" }));
    assert!(seen["failures"][0].as_str().unwrap().contains("401"), "{seen}");
    assert!(
        gateway.get(&guide).await["warnings"]
            .to_string()
            .contains("switched the hook")
    );
    let metrics = gateway.call("GET", "/metrics", None).await.text;
    assert!(
        metrics.contains("forgegate_hooks{forge=\"gitlab\",state=\"disabled\"} 1"),
        "{metrics}"
    );

    forge.world().hooks[0].secret = SECRET.to_owned();
    let folder = gateway.stop();
    let gateway = Gateway::start_in(folder, "[outbound]\nallow = [\"127.0.0.0/8\"]\n");
    forge.world().hooks[0].url = format!("{}/api/v1/hooks/gitlab/acme/hooks", gateway.url);
    gateway.get(&guide).await;
    let seen = wait::until("the hook to be on", async || {
        let row = gateway.get(INBOUND).await;
        let hook = row["hooks"].get(0)?.clone();
        (hook["state"] == "enabled").then_some(hook)
    })
    .await;
    assert_eq!(seen["disabled_until"], json!(null), "{seen}");
    assert_eq!(forge.world().hooks[0].disabled, None);
    let metrics = gateway.call("GET", "/metrics", None).await.text;
    assert!(
        metrics.contains("forgegate_hooks_enabled_total{forge=\"gitlab\"} 1"),
        "{metrics}"
    );
    assert!(
        gateway
            .get("/api/v1/deliveries")
            .await
            .to_string()
            .contains("\"test\":true"),
        "ours was tried first"
    );
}

#[tokio::test]
async fn an_apps_connection_is_tested_like_any_other() {
    let (forge, app) = FakeForge::github(AppSettings::default()).await;
    people(&forge, Level::Read);
    let account = Account {
        id: 30,
        login: "acme".to_owned(),
        organization: true,
    };
    forge.world().accounts.push(account.clone());
    forge.world().installations.push(Installation {
        id: 77,
        account,
        suspended: false,
        repositories: None,
    });
    let gateway =
        Gateway::start_with(|folder| format!("{LOOPBACK_ALLOWED}{}", configuration::app(folder, &forge, &app)));
    app.set(|settings| settings.hook_url = format!("{}/api/v1/hooks/github", gateway.url));
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let repository = format!("{}/acme/widgets", forge.url());
    gateway
        .make(
            "/api/v1/orgs/acme/projects",
            json!({ "name": "widgets", "repository": repository }),
        )
        .await;
    gateway.bind_installation("77").await;

    let test = gateway
        .act(&format!("{INTEGRATIONS}/outbound/github-acme/test"), None)
        .await;
    assert_fields(
        &test,
        &json!({ "account": { "login": "acme" }, "tried_on": "acme/widgets" }),
    );
    assert_eq!(
        (found(&test, "token").0, found(&test, "post_status").0),
        (&json!(true), &json!(true)),
        "{test}"
    );

    let inbound = format!("{INTEGRATIONS}/inbound/github-acme");
    let test = gateway
        .act(&format!("{inbound}/test"), Some(json!({ "forge": "github" })))
        .await;
    assert_fields(&test, &json!({ "ok": true, "arrived": null }));
    assert!(found(&test, "match").1.contains("One project listens"), "{test}");
    assert_eq!(
        (found(&test, "hook").0, found(&test, "delivery").0),
        (&json!(true), &json!(null)),
        "{test}"
    );
    assert_eq!(evaluations(&gateway).await, 0);
    let refused = gateway
        .call(
            "POST",
            &format!("{inbound}/hook"),
            Some(json!({ "repository": "acme/widgets" })),
        )
        .await;
    assert_eq!((refused.status, refused.code()), (400, "app_managed"));
}
