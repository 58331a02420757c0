//! The page of what waits for approval: who sees what, and that only the page itself can have its buttons pressed.

use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Gateway, PullRequest, SECRET};
use reqwest::{Client, Response, redirect};
use serde_json::json;

const HEAD: &str = "1111111111111111111111111111111111111111";
const OTHER: &str = "2222222222222222222222222222222222222222";

/// A browser, with a token as its password.
struct Browser<'g> {
    gateway: &'g Gateway,
    client: Client,
    token: String,
}

impl<'g> Browser<'g> {
    fn new(gateway: &'g Gateway, token: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none());
        Self {
            gateway,
            client: client.build().unwrap(),
            token: token.to_owned(),
        }
    }

    async fn sees(&self) -> (u16, String) {
        let request = self.client.get(format!("{}/ui/approvals", self.gateway.url));
        let answer = request.basic_auth("me", Some(&self.token)).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn presses(&self, evaluation: &str, sha: &str, fields: &[(&str, &str)]) -> Response {
        let mut request = self.client.post(format!("{}/ui/approvals", self.gateway.url));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let form = format!("evaluation={evaluation}&sha={sha}");
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        request.basic_auth("me", Some(&self.token)).send().await.unwrap()
    }
}

const OWN: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];

/// A gateway with one held evaluation of `acme`.
async fn with_held_evaluation() -> (Gateway, String) {
    let gateway = Gateway::with_project("").await;
    let trigger = json!({ "kind": "pull_request", "integration": "hooks" });
    gateway
        .make("/api/v1/orgs/acme/projects/widgets/triggers", trigger)
        .await;
    let held = gateway
        .post("gitea/acme/hooks", PullRequest::of_fork(5, HEAD).signed(SECRET))
        .await;
    let id = held.queued();
    (gateway, id)
}

#[tokio::test]
async fn a_held_commit_is_shown_and_released_by_its_button_once() {
    let (gateway, id) = with_held_evaluation().await;
    let browser = Browser::new(&gateway, &gateway.token);
    let (status, page) = browser.sees().await;
    assert_eq!(status, 200, "{page}");
    for shown in [id.as_str(), HEAD, "acme/widgets", "bob"] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    let wrong = browser.presses(&id, OTHER, OWN).await;
    assert_eq!(wrong.status(), 409, "another commit");
    assert_eq!(gateway.evaluation(&id).await["state"], "held");
    let done = browser.presses(&id, HEAD, OWN).await;
    assert_eq!(
        (done.status().as_u16(), done.headers()["location"].to_str().unwrap()),
        (303, "/ui/approvals")
    );
    let released = gateway.evaluation(&id).await;
    assert_fields(&released, &json!({ "state": "queued", "trust": "approved" }));
    assert!(browser.sees().await.1.contains("Nothing waits"));
    assert_eq!(browser.presses(&id, HEAD, OWN).await.status(), 409, "once");
    let audit = gateway.get("/api/v1/audit").await;
    let lines: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["action"] == "POST /ui/approvals")
        .collect();
    let outcomes: Vec<_> = lines.iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["409", "200", "409"], "{audit}");
    assert!(lines[1]["target"].as_str().unwrap().contains(HEAD), "{audit}");
}

#[tokio::test]
async fn what_no_page_of_the_gateway_asked_for_is_not_done() {
    let (gateway, id) = with_held_evaluation().await;
    let browser = Browser::new(&gateway, &gateway.token);
    for fields in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://elsewhere.example.com")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", gateway.url.as_str())],
    ] {
        assert_eq!(browser.presses(&id, HEAD, fields).await.status(), 403, "{fields:?}");
        assert_eq!(gateway.evaluation(&id).await["state"], "held", "{fields:?}");
    }
    let own = [("origin", gateway.url.as_str())];
    assert_eq!(
        browser.presses(&id, HEAD, &own).await.status(),
        303,
        "an older browser says its origin"
    );
}

#[tokio::test]
async fn each_token_sees_and_releases_what_is_its_own() {
    let (gateway, id) = with_held_evaluation().await;
    let none = Client::builder().no_proxy().build().unwrap();
    let none = none.get(format!("{}/ui/approvals", gateway.url)).send().await.unwrap();
    assert_eq!(none.status(), 401);
    assert!(
        none.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic realm=")
    );
    assert!(!none.text().await.unwrap().contains(&id));
    let (status, page) = Browser::new(&gateway, "fgt_nobody").sees().await;
    assert!(status == 401 && !page.contains(HEAD), "{page}");

    gateway.make("/api/v1/orgs", json!({ "name": "other" })).await;
    let others = json!({ "name": "others", "scope": "organization", "organizations": ["other"] });
    let others = gateway.make_token(others).await;
    let browser = Browser::new(&gateway, &others);
    let (status, page) = browser.sees().await;
    assert!(status == 200 && !page.contains(HEAD), "{page}");
    assert_eq!(browser.presses(&id, HEAD, OWN).await.status(), 404);

    let worker = gateway.make_token(json!({ "name": "w", "scope": "worker" })).await;
    let browser = Browser::new(&gateway, &worker);
    assert_eq!(browser.sees().await.0, 403);
    assert_eq!(browser.presses(&id, HEAD, OWN).await.status(), 403);
    assert_eq!(gateway.evaluation(&id).await["state"], "held");

    let own = json!({ "name": "own", "scope": "organization", "organizations": ["acme"] });
    let own = gateway.make_token(own).await;
    let browser = Browser::new(&gateway, &own);
    assert!(browser.sees().await.1.contains(HEAD));
    assert_eq!(browser.presses(&id, HEAD, OWN).await.status(), 303);
}
