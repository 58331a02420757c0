//! Every route of the OpenAPI document takes the token that the document says, and no other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use forgegate_tests::Gateway;
use serde_json::{Value, json};

/// The routes of the document: method, a path that leads nowhere, who may call, and whether a token is needed.
async fn routes(gateway: &Gateway) -> Vec<(String, String, String, bool)> {
    let document = gateway.call("GET", "/api/v1/openapi.json", None).await.text;
    let document: Value = serde_json::from_str(&document).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let segments = path
            .split('/')
            .map(|segment| if segment.starts_with('{') { "x" } else { segment });
        let path = segments.collect::<Vec<_>>().join("/");
        for (method, operation) in item.as_object().unwrap() {
            let scope = operation["description"].as_str().unwrap().to_owned();
            let needs_token = operation["security"] != json!([]);
            routes.push((method.to_uppercase(), path.clone(), scope, needs_token));
        }
    }
    routes
}

#[tokio::test]
async fn a_route_takes_the_token_that_the_document_says() {
    let gateway = Gateway::start("");
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let mut tokens = Vec::new();
    for new in [
        json!({ "name": "o", "scope": "organization", "organizations": ["acme"] }),
        json!({ "name": "w", "scope": "worker" }),
    ] {
        let made = gateway.make("/api/v1/tokens", new).await;
        tokens.push(made["token"].as_str().unwrap().to_owned());
    }
    let (organization, worker) = (&tokens[0], &tokens[1]);
    let routes = routes(&gateway).await;
    assert!(routes.len() > 60);
    for (method, path, scope, needs_token) in routes {
        let nobody = gateway.call_as("fgt_nobody", &method, &path, None).await;
        assert_eq!(nobody.status == 401, needs_token, "{method} {path}: {}", nobody.text);
        // Others are refused before their body is read, but for those that take one.
        if !matches!(method.as_str(), "GET" | "DELETE") {
            continue;
        }
        let is_refused = async |token: &str| gateway.call_as(token, &method, &path, None).await.status == 403;
        let administrators = scope.contains("an administrator's token") && !scope.contains("worker");
        assert_eq!(
            is_refused(organization).await,
            administrators,
            "{method} {path}: {scope}"
        );
        assert_eq!(is_refused(worker).await, needs_token, "{method} {path}: {scope}");
    }
}
