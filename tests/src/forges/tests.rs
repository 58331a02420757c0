use std::collections::BTreeSet;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::seconds;
use super::*;
use crate::delivery::hmac;

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const FORKED: &str = "dddddddddddddddddddddddddddddddddddddddd";

/// Ann owns the repository, the gate may write, bob may look and has a pull request from his fork.
fn people(forge: &FakeForge) {
    let mut world = forge.world();
    world.enrol(2, "ann", "t-ann");
    world.enrol(3, "bob", "t-bob");
    world.enrol(9, "gate", "t-gate");
    world.found(8, "bob/widgets", FORKED);
    let widgets = world.found(7, "acme/widgets", HEAD);
    widgets.levels = [("ann", Level::Admin), ("gate", Level::Write)]
        .map(|(who, level)| (who.to_owned(), level))
        .into();
    widgets.commits = Some(BTreeSet::new());
    widgets.pulls.push(Pull {
        number: 1,
        author: "bob".to_owned(),
        sha: FORKED.to_owned(),
        branch: "topic".to_owned(),
        head_repository: Some(8),
        base: "main".to_owned(),
        reviews: vec![Review {
            by: "ann".to_owned(),
            state: "approved".to_owned(),
            sha: FORKED.to_owned(),
        }],
        ..Pull::default()
    });
}

struct Caller<'a> {
    forge: &'a FakeForge,
    base: &'static str,
    credential: (&'static str, String),
}

impl Caller<'_> {
    async fn try_ask(&self, method: &str, path: &str, body: Value) -> Option<(u16, Value)> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let url = format!("{}{}{path}", self.forge.url(), self.base);
        let mut request = client
            .request(method.parse().unwrap(), url)
            .header("user-agent", "test");
        request = request.header(self.credential.0, &self.credential.1);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.unwrap_or_default()))
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.try_ask(method, path, body).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, Value::Null).await
    }
}

fn gitea<'a>(forge: &'a FakeForge, token: &str) -> Caller<'a> {
    let credential = ("authorization", format!("token {token}"));
    Caller {
        forge,
        base: "/api/v1",
        credential,
    }
}

fn gitlab<'a>(forge: &'a FakeForge, token: &str) -> Caller<'a> {
    let credential = ("private-token", token.to_owned());
    Caller {
        forge,
        base: "/api/v4",
        credential,
    }
}

fn github<'a>(forge: &'a FakeForge, token: &str) -> Caller<'a> {
    let credential = ("authorization", format!("Bearer {token}"));
    Caller {
        forge,
        base: "/api/v3",
        credential,
    }
}

/// Takes one delivery, answers 200, and gives its head and its body.
async fn receiver() -> (String, tokio::task::JoinHandle<(String, String)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let taken = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        loop {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).await.unwrap();
            text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .await
                    .unwrap();
                return (head.to_owned(), body.to_owned());
            }
        }
    });
    (url, taken)
}

fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    head.lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap_or_default()
}

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

#[tokio::test]
async fn a_fault_is_done_to_the_call_and_noted() {
    let forge = FakeForge::gitea().await;
    people(&forge);
    let gate = gitea(&forge, "t-gate");
    let path = format!("/repos/acme/widgets/statuses/{HEAD}");
    let set = async |context: &str| {
        gate.try_ask("POST", &path, json!({ "state": "pending", "context": context }))
            .await
    };
    forge.fault("POST", Fault::DropBefore);
    assert_eq!(set("before").await, None);
    forge.fault("POST", Fault::DropAfter);
    assert_eq!(set("after").await, None);
    forge.fault("POST", Fault::RateLimit(0));
    assert_eq!(set("limited").await.unwrap().0, 429);
    forge.fault("POST", Fault::Fail(502));
    assert_eq!(set("failed").await.unwrap().0, 502);
    forge.fault("POST", Fault::Delay(Duration::from_millis(1)));
    assert_eq!(set("delayed").await.unwrap().0, 201);
    forge.fault(
        "/user",
        Fault::Answer(Reply::empty(307).with("location", "http://127.0.0.1:1/elsewhere")),
    );
    assert_eq!(gate.get("/user").await.0, 307);
    let shown: Vec<_> = forge
        .world()
        .shown
        .iter()
        .map(|(_, _, context, _)| context.clone())
        .collect();
    assert_eq!(shown, ["after", "delayed"]);
    let statuses: Vec<_> = forge.calls().iter().map(Logged::status).collect();
    assert_eq!(statuses, [0, 0, 429, 502, 201, 307]);
}

#[tokio::test]
async fn every_shape_of_a_limit_says_so() {
    let (forge, _) = FakeForge::github(AppSettings::default()).await;
    people(&forge);
    let ann = github(&forge, "t-ann");
    let mut shapes = BTreeSet::new();
    for shape in 0..5 {
        forge.fault("GET", Fault::RateLimit(shape));
        let (status, answer) = ann.get("/user").await;
        shapes.insert((status, answer["message"].to_string()));
    }
    let statuses: Vec<_> = shapes.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [403, 403, 422, 429, 429]);
}
