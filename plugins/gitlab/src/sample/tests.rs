use forgegate_sdk::Headers;
use forgegate_sdk::events::{Detail, Event};

use super::*;
use crate::{parse, verify};

const ZEROS: &str = "0000000000000000000000000000000000000000";

fn subject(full_ref: &str) -> Subject {
    Subject {
        full_name: "acme/tools/widgets".into(),
        repository_id: 15,
        origin: "https://git.example.com:8443".into(),
        ref_: full_ref.into(),
        before: "1".repeat(40),
        after: "2".repeat(40),
        delivery_id: "f5e5f430-f57b-4e6e-9fac-d9128cd7232f".into(),
        sent_at: 1_744_578_123,
    }
}

/// The event that the plugin reads from its own sample.
fn travelled(event: &str, about: &Subject) -> Event {
    let sample = sample(event, about).unwrap();
    let evidence = verify::verify(&Headers::new(sample.headers)).unwrap();
    assert_eq!(evidence.delivery_id.as_deref(), Some("webhook-id"));
    parse::parse(&evidence.event, &sample.payload).unwrap()
}

#[test]
fn every_sample_is_read_as_what_it_is_a_sample_of() {
    let about = subject("refs/heads/main");
    assert!(matches!(travelled("push", &about).detail, Detail::Push(_)));
    assert!(matches!(travelled("tag", &about).detail, Detail::Tag(_)));
    assert!(matches!(
        travelled("pull-request", &about).detail,
        Detail::PullRequest(_)
    ));
    assert!(matches!(travelled("review", &about).detail, Detail::Review(_)));
    assert!(matches!(travelled("comment", &about).detail, Detail::Comment(_)));
    assert!(matches!(travelled("release", &about).detail, Detail::Release(_)));
    assert!(matches!(travelled("pipeline", &about).detail, Detail::Pipeline(_)));
    assert!(matches!(travelled("issue", &about).detail, Detail::Issue(_)));
    assert!(matches!(travelled("job", &about).detail, Detail::Job(_)));
    assert!(matches!(travelled("deployment", &about).detail, Detail::Deployment(_)));
    assert!(matches!(travelled("wiki", &about).detail, Detail::Wiki(_)));
    assert!(sample("merge-group", &about).is_none());
}

#[test]
fn a_push_is_about_the_subject() {
    let event = travelled("push", &subject("refs/heads/topic/one"));
    let repository = event.repository.unwrap();
    assert_eq!(repository.id.as_deref(), Some("15"));
    assert_eq!(repository.full_name, "acme/tools/widgets");
    assert_eq!(
        repository.urls,
        [
            "https://git.example.com:8443/acme/tools/widgets.git",
            "git@git.example.com:acme/tools/widgets.git"
        ]
    );
    let Detail::Push(push) = event.detail else {
        panic!("{:?}", event.detail);
    };
    assert_eq!(push.ref_, "refs/heads/topic/one");
    assert_eq!((push.before, push.after), (Some("1".repeat(40)), Some("2".repeat(40))));
    assert_eq!(push.commits.len(), 1);
    assert!(push.paths_complete);
}

#[test]
fn a_branch_that_is_gone_has_no_commit() {
    let about = Subject {
        after: ZEROS.into(),
        ..subject("refs/heads/main")
    };
    let Detail::Push(push) = travelled("push", &about).detail else {
        panic!("no push");
    };
    assert!(push.deleted && push.commits.is_empty());
}

#[test]
fn a_merge_request_never_goes_from_a_branch_to_itself() {
    let Detail::PullRequest(request) = travelled("pull-request", &subject("refs/heads/main")).detail else {
        panic!("no merge request");
    };
    assert_ne!(request.head.ref_, request.base.ref_);
    assert_eq!(request.head.sha, Some("2".repeat(40)));
    assert!(!request.fork);
}

#[test]
fn a_sample_is_sealed_in_both_ways() {
    let sample = sample("push", &subject("refs/heads/main")).unwrap();
    let [Seal::Token(field), Seal::Mac(mac)] = &sample.seals[..] else {
        panic!("{:?}", sample.seals);
    };
    assert_eq!(field, "x-gitlab-token");
    assert_eq!((mac.header.as_str(), mac.prefix.as_str()), ("webhook-signature", "v1,"));
    assert_eq!(mac.message, verify::signed_message());
    let sent_at = sample.headers.iter().find(|header| header.name == "webhook-timestamp");
    assert_eq!(sent_at.unwrap().value, "1744578123");
}

#[test]
fn every_word_of_every_template_is_known_and_strings_are_escaped() {
    let about = subject("refs/heads/a\"b\\c\u{1}");
    for event in [
        "push",
        "tag",
        "pull-request",
        "review",
        "comment",
        "release",
        "pipeline",
        "issue",
        "job",
        "deployment",
        "wiki",
    ] {
        let payload = sample(event, &about).unwrap().payload;
        let body: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert!(!body.to_string().contains("${"), "{event}: {body}");
    }
    let Detail::Push(push) = travelled("push", &about).detail else {
        panic!("no push");
    };
    assert_eq!(push.ref_, about.ref_);
}
