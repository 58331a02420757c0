//! The components that the program carries do what the contract says: what they sample is proved and parsed.

use crate::common::{sandbox, settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use forgegate_model::crypto::MacState;
use forgegate_model::event::Detail;
use forgegate_model::evidence::{AuthenticDelivery, Check, Credential, Keys, LiveKey, Part};
use forgegate_model::header::Headers;
use forgegate_model::plugin::{Encoding, Seal, Subject, Unsealed};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::{Plugin, Source};

const SECRET: &[u8] = b"sixteen bytes or more";
const SENT_AT: i64 = 1_800_000_000;

fn subject() -> Subject {
    Subject {
        full_name: "acme/widgets".into(),
        repository_id: 7,
        origin: "https://git.example.com".into(),
        ref_name: "refs/heads/main".into(),
        before: "1".repeat(40),
        after: "2".repeat(40),
        delivery_id: "11111111-2222-3333-4444-555555555555".into(),
        sent_at: SENT_AT.unsigned_abs(),
    }
}

/// The delivery with every seal that the secret can make.
fn sealed(sample: &Unsealed) -> Headers {
    let given: Headers = Headers::new(sample.headers.iter().map(|it| (it.name.clone(), it.value.clone())));
    let mut fields: Vec<(String, Vec<u8>)> = sample
        .headers
        .iter()
        .map(|it| (it.name.clone(), it.value.clone()))
        .collect();
    for seal in &sample.seals {
        match seal {
            Seal::Token(field) => fields.push((field.clone(), SECRET.to_vec())),
            Seal::Mac {
                credential: Credential::SigningKey,
                ..
            } => {}
            Seal::Mac {
                digest,
                message,
                header,
                prefix,
                encoding,
                ..
            } => {
                let mut mac = MacState::new(*digest, SECRET).unwrap();
                for part in message {
                    match part {
                        Part::RawBody | Part::Payload => mac.update(&sample.payload),
                        Part::Header(name) => mac.update(given.single(name).unwrap().unwrap().as_bytes()),
                        Part::Text(text) => mac.update(text.as_bytes()),
                    }
                }
                let tag = match encoding {
                    Encoding::Hex => hex::encode(mac.tag()),
                    Encoding::Base64 => STANDARD.encode(mac.tag()),
                };
                fields.push((header.clone(), format!("{prefix}{tag}").into_bytes()));
            }
        }
    }
    Headers::new(fields)
}

async fn proved(plugin: &Plugin, headers: Headers, body: Vec<u8>) -> AuthenticDelivery {
    let evidence = plugin.verify(&headers).await.unwrap().unwrap();
    let key = Secret::new(SECRET.to_vec());
    let keys = Keys {
        secrets: vec![LiveKey { index: 0, key }],
        signing_keys: vec![],
    };
    let mut check = Check::begin(&evidence, &headers, &keys, Timestamp::from_seconds(SENT_AT)).unwrap();
    check.update(&body);
    check.finish(headers, Bytes::from(body)).unwrap()
}

#[tokio::test]
async fn a_sampled_push_is_proved_and_parsed() {
    let sandbox = sandbox(settings());
    for component in forgegate_bundled::components() {
        let plugin = sandbox.load(component.wasm, Source::Bundled).await.unwrap();
        assert_eq!(plugin.forge(), component.forge);
        let sample = plugin.sample("push", &subject()).await.unwrap().unwrap();
        let delivery = proved(&plugin, sealed(&sample), sample.payload).await;
        let event = plugin.parse(&delivery).await.unwrap().unwrap();
        assert_eq!(
            event.delivery_id.as_deref(),
            Some(subject().delivery_id.as_str()),
            "{}",
            component.forge
        );
        assert_eq!(event.repository.unwrap().full_name, "acme/widgets");
        let Detail::Push(push) = event.detail else {
            panic!("{}: no push", component.forge)
        };
        assert_eq!((push.ref_name, push.after), (subject().ref_name, Some(subject().after)));
        assert_eq!(plugin.metrics().calls, 3);
    }
}

#[tokio::test]
async fn every_sample_passes_the_checks_of_the_door() {
    let sandbox = sandbox(settings());
    let kinds = [
        "tag",
        "pull_request",
        "comment",
        "review",
        "release",
        "issue",
        "pipeline",
        "job",
        "deployment",
        "wiki",
        "merge_group",
        "installation",
        "ping",
    ];
    for component in forgegate_bundled::components() {
        let plugin = sandbox.load(component.wasm, Source::Bundled).await.unwrap();
        for kind in kinds {
            let about = if kind == "tag" {
                Subject {
                    ref_name: "refs/tags/v1".into(),
                    ..subject()
                }
            } else {
                subject()
            };
            let Some(sample) = plugin.sample(kind, &about).await.unwrap() else {
                continue;
            };
            let delivery = proved(&plugin, sealed(&sample), sample.payload).await;
            let event = plugin.parse(&delivery).await.unwrap().unwrap();
            assert_eq!(event.kind().as_str(), kind, "{}", component.forge);
        }
        assert_eq!(plugin.sample("no-such-kind", &subject()).await.unwrap(), None);
        assert_eq!(plugin.metrics().refused_calls, 0);
    }
}

#[tokio::test]
async fn a_payload_that_is_none_is_malformed() {
    let sandbox = sandbox(settings());
    for component in forgegate_bundled::components() {
        let plugin = sandbox.load(component.wasm, Source::Bundled).await.unwrap();
        let sample = plugin.sample("push", &subject()).await.unwrap().unwrap();
        let headers = sealed(&sample);
        let evidence = plugin.verify(&headers).await.unwrap().unwrap();
        let delivery = AuthenticDelivery::unproved(headers, &evidence.event, Bytes::from_static(b"{\"ref\":"), None);
        assert!(plugin.parse(&delivery).await.unwrap().is_err(), "{}", component.forge);
    }
}
