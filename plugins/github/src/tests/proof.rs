//! Deliveries proved from end to end, with answers that others have published.

use forgegate_sdk::samples::Subject;
use forgegate_sdk::testing::{Delivery, Keys, payload, proves, seal, subject};
use forgegate_sdk::{Inbound, Samples};

use crate::GitHub;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Secret, content type, body, tag. The last is by the same rule as the published SHA-1 of that body.
const ANSWERS: [(&str, &str, &str, &str); 4] = [
    (
        "It's a Secret to Everybody",
        JSON,
        "Hello, World!",
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    ),
    (
        "mysecret",
        JSON,
        r#"{"foo":"bar"}"#,
        "4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3",
    ),
    (
        "0123456789abcdef",
        JSON,
        r#"{"yo":true}"#,
        "b1f8020f5b4cd42042f807dd939015c4a418bc1ff7f604dd55b0a19b5d953d9b",
    ),
    (
        "0123456789abcdef",
        FORM,
        "payload=%7B%22yo%22%3Atrue%7D",
        "30f622d549ca623f1c553f7e395a80c9487b43b9feaf9af4a1811381ddf5a94d",
    ),
];

fn delivery(content_type: &str, body: &str, tag: &str) -> Delivery {
    let signature = format!("sha256={tag}");
    let fields = [
        ("content-type", content_type),
        ("x-github-event", "ping"),
        ("x-hub-signature-256", &signature),
    ];
    Delivery::new(fields, body)
}

fn is_proved(delivery: &Delivery, secret: &str) -> bool {
    let keys = Keys {
        secret: Some(secret),
        signing_key: None,
    };
    let evidence = GitHub::verify(&delivery.headers).unwrap();
    proves(&evidence, delivery, &keys)
}

#[test]
fn published_answers_hold() {
    for (secret, content_type, body, tag) in ANSWERS {
        assert!(is_proved(&delivery(content_type, body, tag), secret), "{body}");
        assert!(is_proved(&delivery(content_type, body, &tag.to_uppercase()), secret));
    }
}

#[test]
fn another_body_tag_or_secret_does_not_hold() {
    for (secret, content_type, body, tag) in ANSWERS {
        let other_body = delivery(content_type, &format!("{body} "), tag);
        let other_tag = delivery(content_type, body, &tag.replace('0', "1"));
        let right = delivery(content_type, body, tag);
        assert!(!is_proved(&other_body, secret), "{body}");
        assert!(!is_proved(&other_tag, secret), "{body}");
        assert!(!is_proved(&right, &format!("{secret} ")), "{body}");
        assert!(!is_proved(&right, ""), "{body}");
    }
}

#[test]
fn a_form_is_not_proved_by_a_tag_over_its_decoded_payload() {
    let (secret, _, _, over_the_payload) = ANSWERS[2];
    let (_, _, body, _) = ANSWERS[3];
    assert!(!is_proved(&delivery(FORM, body, over_the_payload), secret));
}

#[test]
fn the_payload_of_a_form_is_its_decoded_field() {
    let (_, _, body, tag) = ANSWERS[3];
    let evidence = GitHub::verify(&delivery(FORM, body, tag).headers).unwrap();
    let decoded = payload(&evidence.payload, body.as_bytes());
    assert_eq!(decoded.as_deref(), Some(br#"{"yo":true}"#.as_slice()));
    assert_eq!(payload(&evidence.payload, b"other=1"), None);
}

#[test]
fn a_sealed_sample_is_proved_by_its_own_secret_only() {
    let long = Subject {
        before: "1".repeat(64),
        after: "2".repeat(64),
        ..subject()
    };
    for about in [subject(), long] {
        let sample = GitHub::sample("push", &about).unwrap();
        let keys = Keys {
            secret: Some("a secret of sixteen bytes"),
            signing_key: None,
        };
        let sealed = seal(&sample, &keys);
        assert!(is_proved(&sealed, "a secret of sixteen bytes"));
        assert!(!is_proved(&sealed, "another of sixteen bytes"));
    }
}
