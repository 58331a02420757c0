//! Hooks at forges: made, repaired, rotated and watched.

use super::*;

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
        let gateway = gateway_with_pair(kind, &forge, None).await;
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
        let gateway = gateway_with_pair(kind, &forge, Some(SECRET)).await;
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
    let gateway = gateway_with_pair("gitea", &forge, Some(SECRET)).await;
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
    let gateway = gateway_with_pair("gitea", &forge, None).await;
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
    let gateway = gateway_with_pair("gitlab", &forge, Some(SECRET)).await;
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
    let gateway = gateway_with_pair("gitlab", &forge, Some(SECRET)).await;
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
