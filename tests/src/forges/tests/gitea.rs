//! The fake Gitea.

use super::*;

#[tokio::test]
async fn gitea_knows_whose_token_it_is_and_what_it_may() {
    let forge = FakeForge::gitea_at("/git").await;
    people(&forge);
    assert_eq!(gitea(&forge, "wrong").get("/user").await.0, 401);
    assert_eq!(gitea(&forge, "t-gate").get("/user").await.1["id"], 9);
    let path = format!("/repos/acme/widgets/statuses/{HEAD}");
    let state = json!({ "state": "pending", "context": "gate" });
    assert_eq!(gitea(&forge, "t-bob").ask("POST", &path, state.clone()).await.0, 403);
    forge.world().tokens.get_mut("t-gate").unwrap().scopes = vec!["read:user".to_owned(), "read:repository".to_owned()];
    let (status, answer) = gitea(&forge, "t-gate").ask("POST", &path, state).await;
    assert_eq!(status, 403);
    assert!(
        answer["message"].as_str().unwrap().contains("[write:repository]"),
        "{answer}"
    );
    let permission = "/repos/acme/widgets/collaborators/bob/permission";
    assert_eq!(gitea(&forge, "t-gate").get(permission).await.0, 403);
    assert_eq!(gitea(&forge, "t-ann").get(permission).await.1["permission"], "read");
    let calls = forge.calls();
    assert_eq!((calls[0].line().as_str(), calls[0].status()), ("GET /api/v1/user", 401));
    assert_eq!(calls[0].call.credential(), Some("token wrong"));
}

#[tokio::test]
async fn gitea_keeps_statuses_in_order() {
    let forge = FakeForge::gitea().await;
    people(&forge);
    let gate = gitea(&forge, "t-gate");
    let path = format!("/repos/acme/widgets/statuses/{HEAD}");
    for state in ["pending", "success"] {
        assert_eq!(
            gate.ask("POST", &path, json!({ "state": state, "context": "gate" }))
                .await
                .0,
            201
        );
    }
    assert_eq!(gate.ask("POST", &path, json!({ "state": "running" })).await.0, 422);
    let unknown = format!("/repos/acme/widgets/statuses/{}", "e".repeat(40));
    assert_eq!(gate.ask("POST", &unknown, json!({ "state": "pending" })).await.0, 404);
    let (_, listed) = gate
        .get(&format!("/repos/acme/widgets/commits/{HEAD}/statuses?limit=1"))
        .await;
    assert_eq!(
        (listed.as_array().unwrap().len(), &listed[0]["status"]),
        (1, &json!("success"))
    );
    assert_eq!(forge.world().states(HEAD, "gate"), ["pending", "success"]);
}

#[tokio::test]
async fn gitea_has_pull_requests_reviews_and_comments() {
    let forge = FakeForge::gitea().await;
    people(&forge);
    let gate = gitea(&forge, "t-gate");
    let (_, pull) = gate.get("/repos/acme/widgets/pulls/1").await;
    assert_eq!(
        (&pull["head"]["repo_id"], &pull["base"]["repo_id"]),
        (&json!(8), &json!(7))
    );
    let (_, reviews) = gate.get("/repos/acme/widgets/pulls/1/reviews").await;
    assert_eq!(
        (&reviews[0]["state"], &reviews[0]["stale"]),
        (&json!("APPROVED"), &json!(false))
    );
    let (status, made) = gate
        .ask(
            "POST",
            "/repos/acme/widgets/issues/1/comments",
            json!({ "body": "one" }),
        )
        .await;
    assert_eq!(status, 201);
    let comment = format!("/repos/acme/widgets/issues/comments/{}", made["id"]);
    assert_eq!(gate.ask("PATCH", &comment, json!({ "body": "two" })).await.0, 200);
    assert_eq!(
        gate.ask("POST", &format!("{comment}/reactions"), json!({ "content": "eyes" }))
            .await
            .0,
        201
    );
    let world = forge.world();
    assert_eq!(
        (world.comments[0].body.as_str(), world.comments[0].reactions.as_slice()),
        ("two", ["eyes".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn gitea_posts_a_test_delivery_with_a_signature_that_holds() {
    let forge = FakeForge::gitea().await;
    people(&forge);
    let ann = gitea(&forge, "t-ann");
    let (url, taken) = receiver().await;
    let wish = json!({ "type": "gitea", "active": true, "events": ["push"], "config": { "url": url, "content_type": "json", "secret": "s" } });
    assert_eq!(
        gitea(&forge, "t-gate")
            .ask("POST", "/repos/acme/widgets/hooks", wish.clone())
            .await
            .0,
        403
    );
    let (status, made) = ann.ask("POST", "/repos/acme/widgets/hooks", wish).await;
    assert_eq!((status, made["config"]["secret"].is_null()), (201, true));
    let hook = format!("/repos/acme/widgets/hooks/{}", made["id"]);
    assert_eq!(
        ann.ask("PATCH", &hook, json!({ "events": ["push", "release"] }))
            .await
            .1["events"][1],
        "release"
    );
    assert_eq!(ann.ask("POST", &format!("{hook}/tests"), Value::Null).await.0, 204);
    let (head, body) = taken.await.unwrap();
    assert_eq!(
        (field(&head, "x-gitea-event"), field(&head, "x-gitea-signature")),
        ("push", hmac(&body, "s").as_str())
    );
    assert_eq!(ann.ask("DELETE", &hook, Value::Null).await.0, 204);
    assert_eq!(forge.world().hooks, []);
}
