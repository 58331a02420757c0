//! The fake GitLab.

use super::*;

#[tokio::test]
async fn gitlab_moves_a_status_and_refuses_to_move_it_where_it_stands() {
    let forge = FakeForge::gitlab().await;
    people(&forge);
    let gate = gitlab(&forge, "t-gate");
    let path = format!("/projects/7/statuses/{HEAD}");
    let set = async |state: &str| {
        gate.ask("POST", &path, json!({ "state": state, "name": "gate", "ref": "main" }))
            .await
    };
    let (first, pipeline) = set("pending").await;
    assert_eq!((first, set("running").await.0), (201, 201));
    let (refused, answer) = set("running").await;
    assert_eq!(
        (refused, answer["message"].as_str().unwrap()),
        (400, "Cannot transition status via :run from :running")
    );
    assert_eq!(set("success").await.1["pipeline_id"], pipeline["pipeline_id"]);
    assert_eq!(set("pending").await.0, 201, "a finished one is followed by another");
    assert_eq!(
        forge.world().states(HEAD, "gate"),
        ["pending", "running", "success", "pending"]
    );
    assert_eq!(forge.world().statuses.len(), 2);
    let (_, listed) = gate
        .get(&format!("/projects/acme%2Fwidgets/repository/commits/{HEAD}/statuses"))
        .await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn gitlab_takes_a_forks_commit_only_with_the_requests_ref() {
    let forge = FakeForge::gitlab().await;
    people(&forge);
    let gate = gitlab(&forge, "t-gate");
    let path = format!("/projects/7/statuses/{FORKED}");
    let (status, answer) = gate.ask("POST", &path, json!({ "state": "pending" })).await;
    assert_eq!(
        (status, answer["message"].as_str().unwrap()),
        (404, "404 References for commit Not Found")
    );
    let by_ref = json!({ "state": "pending", "ref": "refs/merge-requests/1/head" });
    assert_eq!(gate.ask("POST", &path, by_ref).await.0, 201);
    assert_eq!(gate.get("/projects/7/merge_requests/1").await.1["source_project_id"], 8);
    assert_eq!(
        gate.get("/projects/7/merge_requests/1/approvals").await.1["approved_by"][0]["user"]["id"],
        2
    );
    assert_eq!(gate.get("/projects/7/members/all/9").await.1["access_level"], 30);
    assert_eq!(gate.get("/projects/7/members/all/3").await.0, 404);
    let notes = "/projects/7/merge_requests/1/notes";
    let (_, note) = gate.ask("POST", notes, json!({ "body": "one" })).await;
    assert_eq!(
        gitlab(&forge, "t-ann")
            .ask("PUT", &format!("{notes}/{}", note["id"]), json!({ "body": "x" }))
            .await
            .0,
        403
    );
    let lock = Fault::Answer(Reply::message(
        409,
        "Another update to this commit status is in progress",
    ));
    forge.fault("/statuses/", lock);
    assert_eq!(gate.ask("POST", &path, json!({ "state": "running" })).await.0, 409);
}

#[tokio::test]
async fn gitlab_shows_how_a_hook_fares_and_a_test_that_arrives_revives_it() {
    let forge = FakeForge::gitlab().await;
    people(&forge);
    let ann = gitlab(&forge, "t-ann");
    let (url, taken) = receiver().await;
    let (status, made) = ann
        .ask(
            "POST",
            "/projects/7/hooks",
            json!({ "url": url, "token": "s", "note_events": true }),
        )
        .await;
    assert_eq!(
        (status, &made["note_events"], &made["token_present"]),
        (201, &json!(true), &json!(true))
    );
    forge.world().hooks[0].disabled = Some("temporarily_disabled".to_owned());
    let hook = format!("/projects/7/hooks/{}", made["id"]);
    let (_, shown) = ann.get(&hook).await;
    assert_eq!(shown["alert_status"], "temporarily_disabled");
    assert!(shown["disabled_until"].is_string());
    assert_eq!(
        ann.ask("POST", &format!("{hook}/test/push_events"), Value::Null)
            .await
            .0,
        201
    );
    let (head, body) = taken.await.unwrap();
    assert_eq!(
        (field(&head, "x-gitlab-token"), field(&head, "x-gitlab-event")),
        ("s", "Push Hook")
    );
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["project"]["id"], 7);
    assert_eq!(ann.get(&hook).await.1["alert_status"], "executable");
    let (_, events) = ann.get(&format!("{hook}/events")).await;
    assert_eq!(events[0]["response_status"], "200");
    let resend = format!("{hook}/events/{}/resend", events[0]["id"]);
    assert_eq!(ann.ask("POST", &resend, Value::Null).await.0, 201);
    let (_, events) = ann.get(&format!("{hook}/events")).await;
    assert_eq!(
        events[0]["response_status"], "internal error",
        "nobody listens any more"
    );
    assert_eq!(
        events[0]["request_headers"]["webhook-id"],
        events[1]["request_headers"]["webhook-id"]
    );
}
