//! Deliveries that Forgejo sends, in files and in samples. Whatever it shares with Gitea is tested there and in their family.

use forgegate_sdk::events::{Detail, RunState};
use forgegate_sdk::testing::{Keys, golden, proves, seal, subject};
use forgegate_sdk::{Descriptor, Headers, Inbound, Samples};

use crate::Forgejo;

const KEYS: Keys<'_> = Keys {
    secret: Some("s3cret"),
    signing_key: None,
};

#[test]
fn deliveries_mean_what_the_files_say() {
    golden::check::<Forgejo>(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"));
}

#[test]
fn samples_carry_the_fields_of_all_ancestors_and_are_proved_by_the_native_one() {
    for kind in [
        "push",
        "pull-request",
        "comment",
        "review",
        "release",
        "issue",
        "wiki",
        "repository",
    ] {
        let delivery = seal(&Forgejo::sample(kind, &subject()).unwrap(), &KEYS);
        let evidence = Forgejo::verify(&delivery.headers).unwrap();
        assert!(proves(&evidence, &delivery, &KEYS), "{kind}");
        assert_eq!(evidence.delivery_id.as_deref(), Some("x-forgejo-delivery"));
        for name in ["x-forgejo-event", "x-gitea-event", "x-gogs-event", "x-github-event"] {
            assert_eq!(delivery.headers.get(name), Some(&*evidence.event));
        }
        Forgejo::parse(&evidence.event, &delivery.headers, &delivery.body).unwrap();
    }
}

#[test]
fn runs_and_jobs_are_told_in_forgejos_words() {
    for kind in ["pipeline", "job"] {
        let delivery = seal(&Forgejo::sample(kind, &subject()).unwrap(), &KEYS);
        let event = Forgejo::verify(&delivery.headers).unwrap().event;
        let read = Forgejo::parse(&event, &delivery.headers, &delivery.body).unwrap();
        assert_eq!(read.repository.unwrap().full_name, "acme/widgets");
        assert_eq!(read.actor.unwrap().user.login, "ada");
        let (sha, state) = match read.detail {
            Detail::Pipeline(pipeline) => (pipeline.sha, pipeline.state),
            Detail::Job(job) => (job.sha, job.state),
            other => panic!("{other:?}"),
        };
        assert_eq!(sha.unwrap(), subject().after);
        assert_eq!(state, RunState::Success);
    }
}

#[test]
fn the_native_signature_alone_decides() {
    let sealed = seal(&Forgejo::sample("push", &subject()).unwrap(), &KEYS);
    let zeros = "00".repeat(32);
    for (name, proved) in [("x-forgejo-signature", false), ("x-gitea-signature", true)] {
        let headers = sealed.headers.iter();
        let headers = headers.map(|(n, v)| (n, if n == name { &*zeros } else { v }));
        let delivery = forgegate_sdk::testing::Delivery {
            headers: headers.collect::<Headers>(),
            body: sealed.body.clone(),
        };
        let evidence = Forgejo::verify(&delivery.headers).unwrap();
        assert_eq!(proves(&evidence, &delivery, &KEYS), proved, "{name}");
    }
}

#[test]
fn it_calls_itself_forgejo() {
    assert_eq!(Forgejo::describe().forge, "forgejo");
    assert_eq!(Forgejo::describe().public_hosts, ["codeberg.org"]);
}
