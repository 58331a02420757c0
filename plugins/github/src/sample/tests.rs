use super::*;
use crate::parse::parse;
use crate::verify::verify;
use forgegate_sdk::events::{Detail, Event, PullRequestState};
use forgegate_sdk::{Headers, Proof};

const KINDS: [&str; 15] = [
    "push",
    "tag",
    "pull-request",
    "comment",
    "review",
    "release",
    "issue",
    "pipeline",
    "job",
    "deployment",
    "wiki",
    "merge-group",
    "repository",
    "installation",
    "ping",
];

fn subject() -> Subject {
    Subject {
        full_name: "acme/widgets".into(),
        repository_id: 9_000_000_001,
        origin: "https://github.example.com".into(),
        ref_: "refs/heads/main".into(),
        before: "11".repeat(20),
        after: "22".repeat(20),
        delivery_id: "0c0ffee0-c0de-4fee-8c0f-fee0c0de4fee".into(),
        sent_at: 1_763_710_000,
    }
}

/// The event that a sample becomes when it is received.
fn received(kind: &str, about: &Subject) -> Event {
    let sample = sample(kind, about).unwrap();
    let Seal::Mac(seal) = &sample.seals[0] else {
        panic!("no MAC");
    };
    let mut headers = sample.headers.clone();
    headers.push(Header {
        name: seal.header.clone(),
        value: format!("{}{}", seal.prefix, "ab".repeat(32)),
    });
    let headers = Headers::new(headers);
    let evidence = verify(&headers).unwrap();
    let [Proof::Mac(proof)] = evidence.proofs.as_slice() else {
        panic!("no proof");
    };
    assert_eq!(proof.message, seal.message);
    assert_eq!(evidence.delivery_id.as_deref(), Some("x-github-delivery"));
    parse(&evidence.event, &headers, &sample.payload).unwrap()
}

#[test]
fn a_sample_is_received_as_what_it_was_made_for() {
    for kind in KINDS {
        let event = received(kind, &subject());
        let parsed = crate::tests::kind(&event);
        assert_eq!(parsed, kind);
    }
}

#[test]
fn a_sample_names_its_subject() {
    let event = received("push", &subject());
    let repository = event.repository.unwrap();
    assert_eq!(repository.id.as_deref(), Some("9000000001"));
    assert_eq!(
        repository.urls,
        [
            "https://github.example.com/acme/widgets.git",
            "git@github.example.com:acme/widgets.git"
        ]
    );
    assert_eq!(event.installation.as_deref(), Some("9000000001"));
    assert_eq!(event.time.as_deref(), Some("2025-11-21T07:26:40Z"));
    let Detail::Push(push) = event.detail else {
        panic!("no push");
    };
    assert_eq!(push.after, Some(subject().after));
    assert!(push.paths_complete);
    assert_eq!(push.changed_paths, ["docs/first.md", "README.md"]);
}

#[test]
fn new_and_deleted_refs_have_samples() {
    let created = Subject {
        before: "0".repeat(40),
        ..subject()
    };
    let Detail::Push(push) = received("push", &created).detail else {
        panic!("no push");
    };
    assert!(push.created && !push.deleted);
    let deleted = Subject {
        after: "0".repeat(40),
        ref_: "refs/tags/v2".into(),
        ..subject()
    };
    let Detail::Tag(tag) = received("tag", &deleted).detail else {
        panic!("no tag");
    };
    assert_eq!((tag.name.as_str(), tag.deleted, tag.commit), ("v2", true, None));
    let Detail::PullRequest(pull) = received("pull-request", &deleted).detail else {
        panic!("no pull request");
    };
    assert_eq!(pull.head.sha, Some(subject().before));
}

#[test]
fn a_pull_request_comes_from_the_repository_itself() {
    let Detail::PullRequest(pull) = received("pull-request", &subject()).detail else {
        panic!("no pull request");
    };
    assert!(!pull.fork && pull.new_code);
    assert_eq!(pull.state, PullRequestState::Open);
    assert_eq!(pull.head.ref_, "refs/heads/topic");
    assert_eq!(pull.fetch_ref, "refs/pull/1/head");
}

#[test]
fn what_github_does_not_send_has_no_sample() {
    assert_eq!(sample("unknown", &subject()), None);
    assert_eq!(sample("Push", &subject()), None);
}

#[test]
fn every_word_of_every_template_is_known_and_strings_are_escaped() {
    let about = Subject {
        ref_: "refs/heads/a\"b\\c\u{1}".into(),
        ..subject()
    };
    for kind in KINDS {
        let payload = String::from_utf8(sample(kind, &about).unwrap().payload).unwrap();
        assert!(!payload.contains("${"), "{kind}: {payload}");
    }
    let Detail::Push(push) = received("push", &about).detail else {
        panic!("no push");
    };
    assert_eq!(push.ref_, about.ref_);
}
