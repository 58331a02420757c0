//! The fake GitHub.

use super::*;

/// A forge with an app that is installed for `acme`.
async fn installed(settings: AppSettings) -> (FakeForge, App) {
    let (forge, app) = FakeForge::github(settings).await;
    people(&forge);
    forge.world().installations.push(Installation {
        id: 77,
        account: Account {
            id: 30,
            login: "acme".to_owned(),
            organization: true,
        },
        suspended: false,
        repositories: None,
    });
    (forge, app)
}

fn claims(app: &App, change: impl FnOnce(&mut Value)) -> String {
    let now = seconds();
    let mut claims = json!({ "iat": now - 60, "exp": now + 540, "iss": app.settings().client_id });
    change(&mut claims);
    let key = EncodingKey::from_rsa_pem(app.private_key().as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
}

async fn token(forge: &FakeForge, app: &App, body: Value) -> (u16, Value) {
    let own = claims(app, |_| ());
    github(forge, &own)
        .ask("POST", "/app/installations/77/access_tokens", body)
        .await
}

#[tokio::test]
async fn github_checks_the_claims_of_an_app() {
    let (forge, app) = installed(AppSettings::default()).await;
    let (stranger, now) = (App::new(AppSettings::default()), seconds());
    assert_eq!(
        github(&forge, &claims(&app, |_| ())).get("/app").await.1["slug"],
        "gate"
    );
    let by_number = claims(&app, |it| it["iss"] = 4711.into());
    assert_eq!(github(&forge, &by_number).get("/app").await.0, 200);
    for bad in [
        claims(&stranger, |_| ()),
        claims(&app, |it| it["iss"] = "another".into()),
        claims(&app, |it| it["exp"] = (now + 700).into()),
        claims(&app, |it| it["exp"] = (now - 1).into()),
        claims(&app, |it| it["iat"] = (now + 100).into()),
        claims(&app, |it| drop(it.as_object_mut().unwrap().remove("exp"))),
        encode(
            &Header::default(),
            &json!({ "iss": 4711, "iat": now, "exp": now + 60 }),
            &EncodingKey::from_secret(b"x"),
        )
        .unwrap(),
        "t-nobody".to_owned(),
    ] {
        assert_eq!(github(&forge, &bad).get("/app").await.0, 401, "{bad}");
    }
    let silent = reqwest::get(format!("{}/api/v3/meta", forge.url())).await.unwrap();
    assert_eq!(silent.status(), 403, "a caller without a name");
}

#[tokio::test]
async fn github_mints_long_tokens_that_end() {
    let (forge, app) = installed(AppSettings::default()).await;
    let (status, minted) = token(&forge, &app, Value::Null).await;
    let text = minted["token"].as_str().unwrap().to_owned();
    assert!(
        status == 201 && text.starts_with("ghs_4711_") && text.len() > 400,
        "{text}"
    );
    let listed = github(&forge, &text).get("/installation/repositories").await.1;
    assert_eq!(
        (&listed["total_count"], &listed["repositories"][0]["id"]),
        (&json!(1), &json!(7))
    );
    assert_eq!(
        github(&forge, &text).get("/repos/bob/widgets").await.0,
        404,
        "not covered"
    );
    assert_eq!(
        github(&forge, &text).get("/app").await.0,
        401,
        "for the app's own claims only"
    );
    forge.world().installations[0].suspended = true;
    assert_eq!(
        (
            github(&forge, &text).get("/repos/acme/widgets").await.0,
            token(&forge, &app, Value::Null).await.0
        ),
        (403, 403)
    );
    forge.world().installations[0].suspended = false;
    app.set(|it| it.token_lifetime = Duration::ZERO);
    let (_, ended) = token(&forge, &app, Value::Null).await;
    assert_eq!(
        github(&forge, ended["token"].as_str().unwrap())
            .get("/installation/repositories")
            .await
            .0,
        401
    );
    assert_eq!(app.tokens().len(), 2);
}

#[tokio::test]
async fn github_narrows_a_token_and_refuses_to_widen_it() {
    let (forge, app) = installed(AppSettings::default()).await;
    assert_eq!(
        token(&forge, &app, json!({ "permissions": { "administration": "write" } }))
            .await
            .0,
        422
    );
    assert_eq!(token(&forge, &app, json!({ "repository_ids": [8] })).await.0, 422);
    let narrow = json!({ "repository_ids": [7], "permissions": { "checks": "write" } });
    let (_, minted) = token(&forge, &app, narrow).await;
    let gate = github(&forge, minted["token"].as_str().unwrap());
    let status = json!({ "state": "pending", "context": "gate" });
    assert_eq!(
        gate.ask("POST", &format!("/repos/acme/widgets/statuses/{HEAD}"), status)
            .await
            .0,
        403
    );
    assert_eq!(
        gate.ask(
            "POST",
            "/repos/acme/widgets/check-runs",
            json!({ "name": "gate", "head_sha": HEAD })
        )
        .await
        .0,
        201
    );
}

#[tokio::test]
async fn github_makes_check_runs_and_changes_them_in_place() {
    let (forge, app) = installed(AppSettings::default()).await;
    let (_, minted) = token(&forge, &app, Value::Null).await;
    let gate = github(&forge, minted["token"].as_str().unwrap());
    let runs = "/repos/acme/widgets/check-runs";
    let (_, made) = gate
        .ask(
            "POST",
            runs,
            json!({ "name": "gate", "head_sha": HEAD, "status": "in_progress", "external_id": "e" }),
        )
        .await;
    let run = format!("{runs}/{}", made["id"]);
    assert_eq!(
        gate.ask("PATCH", &run, json!({ "conclusion": "success" })).await.1["status"],
        "completed"
    );
    let notes = json!({ "output": { "title": "t", "summary": "s", "annotations": vec![json!({}); 51] } });
    assert_eq!(gate.ask("PATCH", &run, notes).await.0, 422);
    assert_eq!(
        gate.ask("POST", runs, json!({ "name": "gate", "head_sha": "0".repeat(40) }))
            .await
            .0,
        422
    );
    let (_, found) = gate
        .get(&format!(
            "/repos/acme/widgets/commits/{HEAD}/check-runs?check_name=gate&filter=latest"
        ))
        .await;
    assert_eq!(
        (&found["total_count"], &found["check_runs"][0]["external_id"]),
        (&json!(1), &json!("e"))
    );
    assert_eq!(forge.world().states(HEAD, "gate"), ["in_progress", "success"]);
    assert_eq!(
        github(&forge, "t-ann")
            .ask("POST", runs, json!({ "name": "x", "head_sha": HEAD }))
            .await
            .0,
        403
    );
    let long = json!({ "state": "pending", "description": "x".repeat(141) });
    assert_eq!(
        gate.ask("POST", &format!("/repos/acme/widgets/statuses/{HEAD}"), long)
            .await
            .0,
        422
    );
}

#[tokio::test]
async fn github_makes_an_app_of_a_manifest_once() {
    let (forge, app) = FakeForge::github(AppSettings::default()).await;
    let manifest = json!({ "name": "gate", "url": "https://gate.example.com", "redirect_url": "https://gate.example.com/callback",
        "hook_attributes": { "url": "https://gate.example.com/hooks" }, "default_permissions": { "checks": "write" } });
    let body = crate::delivery::form(&manifest.to_string()).replacen("payload", "manifest", 1);
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("browser")
        .build()
        .unwrap();
    let url = format!("{}/organizations/acme/settings/apps/new?state=abc", forge.url());
    let answer = client.post(url).body(body).send().await.unwrap();
    let target = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        target.starts_with("https://gate.example.com/callback?code=") && target.ends_with("&state=abc"),
        "{target}"
    );
    let code = target.split(['=', '&']).nth(1).unwrap();
    let nobody = github(&forge, "");
    let (status, made) = nobody
        .ask("POST", &format!("/app-manifests/{code}/conversions"), Value::Null)
        .await;
    assert_eq!(
        (status, &made["id"], made["pem"].as_str()),
        (201, &json!(4711), Some(app.private_key().as_str()))
    );
    assert_eq!(app.settings().hook_url, "https://gate.example.com/hooks");
    assert_eq!(
        nobody
            .ask("POST", &format!("/app-manifests/{code}/conversions"), Value::Null)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn github_lists_what_the_apps_hook_missed_and_posts_it_again() {
    let (forge, app) = installed(AppSettings::default()).await;
    app.set(|it| it.hook_url = "http://127.0.0.1:1/hook".to_owned());
    let payload = json!({ "action": "created", "installation": { "id": 77 } });
    assert_eq!(forge.post_for(&app, "g-1", "installation", &payload).await, 0);
    let own = claims(&app, |_| ());
    let (_, failed) = github(&forge, &own).get("/app/hook/deliveries?status=failure").await;
    assert_eq!(
        (&failed[0]["guid"], &failed[0]["installation_id"]),
        (&json!("g-1"), &json!(77))
    );
    let (url, taken) = receiver().await;
    app.set(|it| it.hook_url = url);
    let again = format!("/app/hook/deliveries/{}/attempts", failed[0]["id"]);
    assert_eq!(github(&forge, &own).ask("POST", &again, Value::Null).await.0, 202);
    let (head, body) = taken.await.unwrap();
    let tag = format!("sha256={}", hmac(&body, &app.settings().webhook_secret));
    assert_eq!(
        (field(&head, "x-github-delivery"), field(&head, "x-hub-signature-256")),
        ("g-1", tag.as_str())
    );
    crate::wait::until("the second attempt on record", async || {
        (forge.world().posted.len() == 2).then_some(())
    })
    .await;
    assert_eq!(
        github(&forge, &own).get("/app/hook/deliveries?status=success").await.1[0]["guid"],
        "g-1"
    );
}
