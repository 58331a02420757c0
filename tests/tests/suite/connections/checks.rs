//! Tests of a connection: the token's rights, samples, and test deliveries of the forge.

use super::*;

#[tokio::test]
async fn a_token_says_whose_it_is_and_what_it_may_where_a_project_reports() {
    let forge = FakeForge::gitea().await;
    people(&forge, Level::Write);
    let gateway = gateway_with_pair("gitea", &forge, Some(SECRET)).await;
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
    let gateway = gateway_with_outbound("gitlab", &forge).await;
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
    let gateway = gateway_with_outbound("gitea", &forge).await;
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
    let gateway = gateway_with_outbound("gitlab", &forge).await;
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
    let gateway = gateway_with_pair("gitea", &forge, None).await;
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
        let gateway = gateway_with_pair(kind, &forge, Some(SECRET)).await;
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
