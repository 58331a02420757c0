//! Web requests: a POST to a URL, signed as Standard Webhooks has it where the action has a key.
//!
//! Source of the scheme: the Standard Webhooks specification, 1.0: `webhook-id`, `webhook-timestamp` in Unix seconds, and in
//! `webhook-signature` `v1,` and the base64 of the HMAC-SHA-256 over `{id}.{timestamp}.{body}`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use forgegate_model::secret::Secret;
use forgegate_model::status::Status;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;
use forgegate_storage::DeliveryCertainty;

use super::outcome::SendOutcome;
use super::service::Reporting;
use crate::forge_client::{WebAnswer, WebRequest};

/// Posts a message. Its id is its status's: what is sent twice after a crash carries the same.
pub async fn send(service: &Reporting, status: &Status, url: &str, body: &str) -> SendOutcome {
    let key = match service.store.action_signing_key(status.project, status.action).await {
        Ok(key) => key,
        Err(error) => {
            tracing::warn!(%error, "the key of an action cannot be opened: {error}");
            return SendOutcome::retryable(
                DeliveryCertainty::Impossible,
                "the action's signing key cannot be opened",
            );
        }
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(marks(&status.id.to_string(), service.clock.now(), body, key.as_ref()));
    let request = WebRequest {
        organization: status.organization,
        target: format!("action {}", status.action),
        url: url.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    };
    match service.forges.client.post(request).await {
        Ok(answer) => answered(answer),
        Err(CallError::Refused(sentence)) => SendOutcome::refused(format!("refused: {sentence}")),
        Err(error) => SendOutcome::retryable(
            DeliveryCertainty::Possible,
            error.to_string().replace("the forge", "the receiver"),
        ),
    }
}

/// The fields that name a message and, with a key, prove it.
fn marks(id: &str, at: Timestamp, body: &str, key: Option<&Secret>) -> Vec<(String, String)> {
    let seconds = at.seconds().to_string();
    let signature = key
        .and_then(|key| MacState::new(Digest::Sha256, key.expose()))
        .map(|mut mac| {
            for part in [id, ".", &seconds, ".", body] {
                mac.update(part.as_bytes());
            }
            format!("v1,{}", BASE64_STANDARD.encode(mac.tag()))
        });
    let mut marks = vec![
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), seconds),
    ];
    marks.extend(signature.map(|signature| ("webhook-signature".to_owned(), signature)));
    marks
}

/// The outcome that an answer stands for.
fn answered(answer: WebAnswer) -> SendOutcome {
    let sentence = format!("the receiver answered {}", answer.status);
    match answer.status {
        200..=299 => SendOutcome::Sent(None),
        408 | 425 | 429 | 500..=599 => SendOutcome::Retryable {
            certainty: DeliveryCertainty::Possible,
            wait: answer.retry_after,
            sentence,
        },
        _ => SendOutcome::refused(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_standard_webhooks_has_it() {
        // The vector of the specification's own libraries.
        let key = Secret::new(BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let at = Timestamp::from_micros(1_614_265_330_000_000);
        let marks = marks(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at,
            r#"{"test": 2432232314}"#,
            Some(&key),
        );
        assert_eq!(marks[1].1, "1614265330");
        assert_eq!(marks[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn without_a_key_nothing_claims_to_be_signed() {
        let marks = marks("1", Timestamp::from_micros(0), "{}", None);
        assert!(marks.iter().all(|(name, _)| name != "webhook-signature"));
    }

    #[test]
    fn a_receiver_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
        let of = |status| {
            answered(WebAnswer {
                status,
                retry_after: None,
            })
        };
        assert!(matches!(of(204), SendOutcome::Sent(None)));
        for status in [429, 500, 503] {
            assert!(matches!(of(status), SendOutcome::Retryable { .. }), "{status}");
        }
        for status in [301, 400, 404, 410] {
            assert!(matches!(of(status), SendOutcome::Permanent { .. }), "{status}");
        }
    }
}
