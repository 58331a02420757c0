//! Deliveries sealed for real, and what proves them.

use forgegate_sdk::samples::Subject;
use forgegate_sdk::testing::{Delivery, Keys, proves, seal, subject};
use forgegate_sdk::{Headers, Inbound, Samples};

use crate::GitLab;

const SECRET: Keys = Keys {
    secret: Some("a secret of sixteen bytes"),
    signing_key: None,
};
const SIGNING_KEY: Keys = Keys {
    secret: None,
    signing_key: Some("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
};
const BOTH: Keys = Keys {
    secret: SECRET.secret,
    signing_key: SIGNING_KEY.signing_key,
};

fn delivery(keys: &Keys) -> Delivery {
    seal(&GitLab::sample("push", &subject()).unwrap(), keys)
}

fn holds(delivery: &Delivery, keys: &Keys) -> bool {
    proves(&GitLab::verify(&delivery.headers).unwrap(), delivery, keys)
}

fn without(delivery: &Delivery, field: &str) -> Delivery {
    let rest = delivery.headers.iter().filter(|(name, _)| *name != field);
    Delivery {
        headers: rest.collect(),
        body: delivery.body.clone(),
    }
}

fn with(delivery: &Delivery, field: &str, value: &str) -> Delivery {
    let rest = without(delivery, field);
    let headers: Headers = rest.headers.iter().chain([(field, value)]).collect();
    Delivery { headers, ..rest }
}

#[test]
fn a_known_answer_of_a_signature_holds() {
    let body = r#"{"object_kind":"push"}"#;
    let fields = [
        ("x-gitlab-event", "Push Hook"),
        ("webhook-id", "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"),
        ("webhook-timestamp", "1744578123"),
        ("webhook-signature", "v1,qO0mK/QkPuCSH4sV+46Sbe0IHEagbnzF57rrlq+/SX8="),
    ];
    assert!(holds(&Delivery::new(fields, body), &SIGNING_KEY));
    // Made with the text of the token instead of the bytes that it stands for.
    let wrong = "v1,fMmTx5fCrxNlhdH/UFfTYvUimnmN4rFJOND2hr6Ri/Y=";
    assert!(!holds(
        &with(&Delivery::new(fields, body), "webhook-signature", wrong),
        &SIGNING_KEY
    ));
}

#[test]
fn the_known_answer_of_standard_webhooks_holds() {
    let fields = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let keys = Keys {
        secret: None,
        signing_key: Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    };
    assert!(holds(&Delivery::new(fields, r#"{"test": 2432232314}"#), &keys));
}

#[test]
fn a_sample_is_proved_by_whatever_the_row_holds() {
    for keys in [SECRET, SIGNING_KEY, BOTH] {
        assert!(holds(&delivery(&keys), &keys));
    }
    assert!(!holds(&delivery(&Keys::default()), &SECRET));
}

#[test]
fn the_token_is_no_proof_where_the_row_has_a_signing_key() {
    let unsigned = without(&delivery(&BOTH), "webhook-signature");
    assert!(holds(&unsigned, &SECRET));
    assert!(!holds(&unsigned, &BOTH));
}

#[test]
fn a_signature_beside_the_token_leaves_a_row_with_a_secret_alone() {
    assert!(holds(&delivery(&BOTH), &SECRET));
}

#[test]
fn a_signature_binds_id_time_and_body() {
    let signed = delivery(&SIGNING_KEY);
    let Subject { sent_at, .. } = subject();
    assert!(!holds(&with(&signed, "webhook-id", "another"), &SIGNING_KEY));
    assert!(!holds(
        &with(&signed, "webhook-timestamp", &(sent_at + 1).to_string()),
        &SIGNING_KEY
    ));
    let mut body = signed.body.clone();
    body.push(b' ');
    assert!(!holds(&Delivery { body, ..signed }, &SIGNING_KEY));
}

#[test]
fn a_wrong_token_proves_nothing() {
    let other = Keys {
        secret: Some("another secret of its own"),
        signing_key: None,
    };
    assert!(!holds(&delivery(&other), &SECRET));
}
