//! Deliveries that Gitea sends, in files, in samples, and as others published it.

mod corpus;

use forgegate_sdk::events::Detail;
use forgegate_sdk::samples::Subject;
use forgegate_sdk::testing::{Delivery, Keys, golden, payload, proves, seal, subject};
use forgegate_sdk::{Descriptor, Headers, Inbound, Refusal, Samples};

use crate::Gitea;

const KEYS: Keys<'_> = Keys {
    secret: Some("s3cret"),
    signing_key: None,
};

/// All kinds that this forge has.
const KINDS: [&str; 11] = [
    "push",
    "tag",
    "pull-request",
    "comment",
    "review",
    "release",
    "issue",
    "wiki",
    "repository",
    "pipeline",
    "job",
];

fn kind(detail: &Detail) -> &str {
    match detail {
        Detail::Push(_) => "push",
        Detail::Tag(_) => "tag",
        Detail::PullRequest(_) => "pull-request",
        Detail::Comment(_) => "comment",
        Detail::Review(_) => "review",
        Detail::Release(_) => "release",
        Detail::Issue(_) => "issue",
        Detail::Wiki(_) => "wiki",
        Detail::Repository(_) => "repository",
        Detail::Pipeline(_) => "pipeline",
        Detail::Job(_) => "job",
        Detail::Ping => "ping",
        other => panic!("{other:?}"),
    }
}

fn about(kind: &str) -> Subject {
    let mut about = subject();
    if kind == "tag" {
        about.ref_ = "refs/tags/v1.0.0".into();
    }
    about
}

#[test]
fn deliveries_mean_what_the_files_say() {
    golden::check::<Gitea>(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"));
}

#[test]
fn every_sample_is_proved_and_means_its_kind() {
    for wanted in KINDS {
        let about = about(wanted);
        let delivery = seal(&Gitea::sample(wanted, &about).unwrap(), &KEYS);
        let evidence = Gitea::verify(&delivery.headers).unwrap();
        assert!(proves(&evidence, &delivery, &KEYS), "{wanted}");
        let event = Gitea::parse(&evidence.event, &delivery.headers, &delivery.body).unwrap();
        assert_eq!(kind(&event.detail), wanted);
        let repository = event.repository.unwrap();
        assert_eq!(repository.id.as_deref(), Some("42"));
        assert_eq!(repository.full_name, "acme/widgets");
        let delivery_id = evidence.delivery_id.unwrap();
        assert_eq!(delivery.headers.get(&delivery_id), Some(&*about.delivery_id));
    }
}

#[test]
fn samples_leave_no_word_unfilled_and_stay_json_whatever_the_subject() {
    let mut about = about("push");
    about.full_name = "acme/wid\"gets\\".into();
    about.ref_ = "refs/heads/a\"b".into();
    for kind in KINDS {
        let payload = Gitea::sample(kind, &about).unwrap().payload;
        let text = String::from_utf8(payload).unwrap();
        assert!(!text.contains("${"), "{kind}: {text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}

#[test]
fn a_sample_of_a_branch_that_is_gone_is_what_the_forge_sends() {
    let mut about = subject();
    about.after = "0".repeat(40);
    let delivery = seal(&Gitea::sample("push", &about).unwrap(), &KEYS);
    let evidence = Gitea::verify(&delivery.headers).unwrap();
    assert_eq!(evidence.event, "delete");
    let event = Gitea::parse(&evidence.event, &delivery.headers, &delivery.body).unwrap();
    let Detail::Push(push) = event.detail else {
        panic!("{event:?}")
    };
    assert!(push.deleted && push.after.is_none());
    assert_eq!(push.ref_, "refs/heads/main");
}

#[test]
fn there_is_no_sample_of_what_the_forge_does_not_have() {
    for kind in ["deployment", "merge-group", "installation", "ping", ""] {
        assert_eq!(Gitea::sample(kind, &subject()), None, "{kind}");
    }
}

#[test]
fn the_other_secret_proves_nothing() {
    let delivery = seal(&Gitea::sample("push", &subject()).unwrap(), &KEYS);
    let evidence = Gitea::verify(&delivery.headers).unwrap();
    for secret in [Some("other"), Some(""), None] {
        let keys = Keys { secret, ..KEYS };
        assert!(!proves(&evidence, &delivery, &keys), "{secret:?}");
    }
}

#[test]
fn a_form_is_proved_over_the_decoded_field() {
    let body = "payload=%7B%0A++%22ref%22%3A+%22refs%2Fheads%2Fmain%22%0A%7D";
    let keys = Keys {
        secret: Some("k"),
        signing_key: None,
    };
    let delivery = |signature| {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-gitea-event", "push"),
            ("x-gitea-signature", signature),
        ];
        Delivery::new(headers, body)
    };
    let right = delivery("bb800582e125aa0b04ae333102f00880ba47fead4de0d10e634bbf024d3e330d");
    let evidence = Gitea::verify(&right.headers).unwrap();
    assert!(proves(&evidence, &right, &keys));
    let found = payload(&evidence.payload, &right.body).unwrap();
    assert_eq!(found, b"{\n  \"ref\": \"refs/heads/main\"\n}");

    let of_body = delivery("7876f5203d0c9b78c30a51e69a3a417d0510ec8126c12f04b1971695a88e5a43");
    let evidence = Gitea::verify(&of_body.headers).unwrap();
    assert!(!proves(&evidence, &of_body, &keys));
}

#[test]
fn a_bad_native_signature_is_refused_whatever_else_is_good() {
    let sealed = seal(&Gitea::sample("push", &subject()).unwrap(), &KEYS);
    let forged = [("x-forgejo-signature", "ab".repeat(32))];
    let headers = sealed.headers.iter().map(|(n, v)| (n, v.to_owned()));
    let delivery = Delivery {
        headers: headers.chain(forged).collect(),
        ..sealed.clone()
    };
    let evidence = Gitea::verify(&delivery.headers).unwrap();
    assert!(!proves(&evidence, &delivery, &KEYS));
}

#[test]
fn a_repeated_signature_is_refused() {
    let sealed = seal(&Gitea::sample("push", &subject()).unwrap(), &KEYS);
    let signature = sealed.headers.get("x-gitea-signature").unwrap();
    let twice = sealed.headers.iter().chain([("x-gitea-signature", signature)]);
    assert_eq!(
        Gitea::verify(&twice.collect::<Headers>()),
        Err(Refusal::RepeatedHeader("x-gitea-signature".into()))
    );
}

#[test]
fn an_event_that_is_not_known_is_unknown_whatever_it_holds() {
    let headers = Headers::from_iter::<[(&str, &str); 0]>([]);
    for payload in ["", "[]", "{}", r#"{"repository":{"id":"x"}}"#] {
        for event in ["create", "fork", "package", "status", "", "no such thing"] {
            let read = Gitea::parse(event, &headers, payload.as_bytes()).unwrap();
            assert_eq!(read.detail, Detail::Unknown(event.into()));
            assert_eq!(read.repository, None);
        }
    }
}

#[test]
fn what_is_not_what_the_forge_sends_is_malformed_and_never_a_panic() {
    let headers = Headers::from_iter::<[(&str, &str); 0]>([]);
    for kind in KINDS {
        let delivery = seal(&Gitea::sample(kind, &about(kind)).unwrap(), &KEYS);
        let event = Gitea::verify(&delivery.headers).unwrap().event;
        for payload in ["", "[]", "{}", "null", "{\"action\":1}"] {
            assert!(Gitea::parse(&event, &headers, payload.as_bytes()).is_err());
        }
        for end in 0..delivery.body.len() {
            let cut = &delivery.body[..end];
            let whole = delivery.body[end..].iter().all(u8::is_ascii_whitespace);
            assert_eq!(Gitea::parse(&event, &headers, cut).is_ok(), whole, "{kind}");
        }
    }
}

#[test]
fn of_a_body_without_end_so_much_is_handed_on_as_the_host_takes() {
    let delivery = seal(&Gitea::sample("push", &subject()).unwrap(), &KEYS);
    let mut sent: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
    let mut large = sent["commits"][0].clone();
    large["message"] = "ä".repeat(1 << 14).into();
    let paths: Vec<String> = (0..5_000).map(|n| format!("{n:0500}")).collect();
    large["added"] = paths.into();
    let mut commits = vec![sent["commits"][0].clone(); 25];
    commits[..2].fill(large);
    sent["commits"] = commits.into();
    sent["total_commits"] = 25.into();
    let payload = serde_json::to_vec(&sent).unwrap();
    let event = Gitea::parse("push", &delivery.headers, &payload).unwrap();
    let Detail::Push(push) = event.detail else {
        panic!("no push")
    };
    assert!(!push.paths_complete);
    assert_eq!(push.commits.len(), 20);
    let newest = push.commits.last().unwrap();
    assert_eq!(newest.message.len(), 16 << 10);
    assert!(newest.added.len() > 1_000 && push.commits[18].added.is_empty());
    let of_commit =
        |c: &forgegate_sdk::events::Commit| c.message.len() * 2 + c.added.iter().map(String::len).sum::<usize>();
    let bytes: usize = push.commits.iter().map(of_commit).sum();
    let listed: usize = push.changed_paths.iter().map(String::len).sum();
    assert!(bytes + listed < 3 << 20, "{bytes} + {listed}");
}

#[test]
fn what_is_needed_from_the_headers_is_kept() {
    let description = Gitea::describe();
    assert_eq!(description.forge, "gitea");
    assert_eq!(description.credential_headers, ["authorization"]);
    for name in [
        "x-gitea-event",
        "x-gitea-event-type",
        "x-gitea-delivery",
        "content-type",
        "user-agent",
    ] {
        assert!(description.kept_headers.iter().any(|kept| kept == name), "{name}");
    }
    assert!(!description.kept_headers.iter().any(|name| name.contains("signature")));
}
