//! Payloads in forms: some forges sign the payload inside the form, others the form itself.

use forgegate_tests::configuration::app_without_key;
use forgegate_tests::delivery::{Signed, app_push, form, hmac, sign, sign_for_app};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::json;

const APP_SECRET: &str = "the secret of the app, of some length";
const FORM: &str = "application/x-www-form-urlencoded";

/// A gateway with an integration of the one kind and an app of the other.
async fn gateway() -> Gateway {
    let gateway = Gateway::start_with(|folder| app_without_key(folder, APP_SECRET));
    gateway.make_project(SECRET).await;
    gateway
}

/// A push in a form, signed over the payload.
fn payload_signed(body: &str) -> Signed {
    let payload = Push::new(1).payload().to_string();
    let signed = sign(&payload, "push", "d-1", SECRET).with("content-type", FORM);
    Signed {
        body: body.as_bytes().to_vec(),
        ..signed
    }
}

fn accepted(answer: &Answer) {
    assert_fields(answer.expect_ok(), &json!({ "event": "push" }));
}

#[tokio::test]
async fn a_form_signed_over_its_payload_is_proved_by_the_decoded_field() {
    let gateway = gateway().await;
    let body = form(&Push::new(1).payload().to_string());
    let answer = gateway.post("gitea/acme/hooks", payload_signed(&body)).await;
    accepted(&answer);
    assert_eq!(answer.message()["queued"][0]["state"], "queued");
    let id = answer.delivery_id();
    let record = gateway.delivery(id).await;
    assert_eq!(record["event"]["push"]["after"], json!(Push::new(1).sha()));
}

#[tokio::test]
async fn that_forge_with_the_other_forges_signature_is_refused() {
    let gateway = gateway().await;
    let body = form(&Push::new(1).payload().to_string());
    let over_the_form = payload_signed(&body).with("x-gitea-signature", &hmac(&body, SECRET));
    gateway
        .post("gitea/acme/hooks", over_the_form)
        .await
        .expect_refusal(401, "signature_mismatch");
    // Signed as a form and sent as JSON, or the other way round: the payload is not where the proof is.
    let as_json = payload_signed(&body).with("content-type", "application/json");
    gateway
        .post("gitea/acme/hooks", as_json)
        .await
        .expect_refusal(401, "signature_mismatch");
}

#[tokio::test]
async fn a_form_without_its_field_or_with_two_is_refused_with_a_sentence() {
    let gateway = gateway().await;
    let good = form(&Push::new(1).payload().to_string());
    for body in ["other=1".to_owned(), format!("{good}&{good}"), String::new()] {
        let answer = gateway.post("gitea/acme/hooks", payload_signed(&body)).await;
        answer.expect_refusal(401, "signature_missing");
        let sentence = answer.sentence();
        assert!(sentence.contains("`payload`"), "{sentence}");
    }
}

#[tokio::test]
async fn a_form_signed_as_it_is_sent_is_proved_by_the_body() {
    let gateway = gateway().await;
    let body = form(&app_push(1, 50).to_string());
    let answer = gateway
        .post("github", sign_for_app(&body, FORM, "d-1", APP_SECRET))
        .await;
    accepted(&answer);
    let id = answer.delivery_id();
    let record = gateway.delivery(id).await;
    assert_eq!(record["event"]["push"]["ref"], "refs/heads/b1");
}

#[tokio::test]
async fn the_other_forge_with_the_first_ones_signature_is_refused() {
    let gateway = gateway().await;
    let payload = app_push(1, 50).to_string();
    let over_the_payload = Signed {
        body: form(&payload).into_bytes(),
        ..sign_for_app(&payload, FORM, "d-1", APP_SECRET)
    };
    gateway
        .post("github", over_the_payload)
        .await
        .expect_refusal(401, "signature_mismatch");
}
