//! Payloads that others published. They lie outside of the tree: the variable names their folder.

use std::path::PathBuf;

use serde_json::Value;

use super::*;

fn folder() -> Option<PathBuf> {
    std::env::var_os("FORGEGATE_CORPUS").map(|folder| PathBuf::from(folder).join("gitea"))
}

fn cases() -> Vec<(String, String, Delivery)> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let index = std::fs::read(folder.join("signatures.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["cases"].as_array().unwrap().len(), 17);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let case = |case: &Value| {
        let body = std::fs::read(folder.join(text(&case["file"]))).unwrap();
        let (event, signature) = (text(&case["event"]), text(&case["signature"]));
        let headers = [
            ("content-type", "application/json"),
            ("x-gitea-event", &event),
            ("x-gitea-signature", &signature),
        ];
        (text(&index["secret"]), event.clone(), Delivery::new(headers, body))
    };
    index["cases"].as_array().unwrap().iter().map(case).collect()
}

#[test]
fn all_signatures_hold_and_none_over_another_byte() {
    for (secret, event, delivery) in cases() {
        let keys = Keys {
            secret: Some(&secret),
            signing_key: None,
        };
        let evidence = Gitea::verify(&delivery.headers).unwrap();
        assert!(proves(&evidence, &delivery, &keys), "{event}");
        for at in [0, delivery.body.len() / 2, delivery.body.len() - 1] {
            let mut flipped = delivery.clone();
            flipped.body[at] ^= 1;
            assert!(!proves(&evidence, &flipped, &keys), "{event}");
        }
    }
}

#[test]
fn all_payloads_are_read() {
    for (_, event, delivery) in cases() {
        let read = Gitea::parse(&event, &delivery.headers, &delivery.body).unwrap();
        let expected = match &*event {
            "create" | "fork" => "unknown",
            "delete" | "push" => "push",
            "issues" | "issue_assign" | "issue_label" | "issue_milestone" => "issue",
            "issue_comment" | "pull_request_comment" => "comment",
            "pull_request_review" => "review",
            name if name.starts_with("pull_request") => "pull-request",
            other => other,
        };
        let found = match &read.detail {
            Detail::Unknown(name) => {
                assert_eq!(*name, event);
                "unknown"
            }
            detail => kind(detail),
        };
        assert_eq!(found, expected, "{event}");
        assert!(read.repository.is_some() && read.actor.is_some(), "{event}");
    }
}
