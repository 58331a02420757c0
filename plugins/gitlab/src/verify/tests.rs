use forgegate_sdk::hex;

use super::*;

const ID_VALUE: &str = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f";
/// HMAC-SHA-256 of id, time and `{"object_kind":"push"}` under the bytes 0 to 31, computed elsewhere.
const TAG: &str = "qO0mK/QkPuCSH4sV+46Sbe0IHEagbnzF57rrlq+/SX8=";
const TAG_HEX: &str = "a8ed262bf4243ee0921f8b15fb8e926ded081c46a06e7cc5e7baeb96afbf497f";
/// The example of Standard Webhooks.
const OTHER_TAG: &str = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn verified(fields: &[(&str, &str)]) -> Result<Evidence, Refusal> {
    verify(&fields.iter().copied().collect())
}

fn signed(signature: &str) -> Result<Evidence, Refusal> {
    verified(&[
        ("X-Gitlab-Event", "Push Hook"),
        ("webhook-id", ID_VALUE),
        ("webhook-timestamp", "1744578123"),
        ("webhook-signature", signature),
    ])
}

fn tags_of(evidence: &Evidence) -> Vec<String> {
    let tags = evidence.proofs.iter().filter_map(|proof| match proof {
        Proof::Mac(mac) => Some(&mac.tags),
        Proof::Token(_) => None,
    });
    tags.flatten().map(|tag| hex::encode(tag)).collect()
}

fn token() -> Proof {
    Proof::Token("x-gitlab-token".into())
}

#[test]
fn a_signature_covers_id_time_and_body() {
    let evidence = signed(&format!("v1,{TAG}")).unwrap();
    let mac = MacProof {
        credential: Credential::SigningKey,
        digest: Digest::Sha256,
        message: vec![
            MessagePart::Header("webhook-id".into()),
            MessagePart::Text(".".into()),
            MessagePart::Header("webhook-timestamp".into()),
            MessagePart::Text(".".into()),
            MessagePart::RawBody,
        ],
        tags: vec![hex::decode_tag(TAG_HEX, Digest::Sha256).unwrap()],
        sent_at: Some("webhook-timestamp".into()),
    };
    assert_eq!(evidence.proofs, [Proof::Mac(mac), token()]);
    assert_eq!(evidence.payload, PayloadSource::Body);
    assert_eq!(evidence.event, "Push Hook");
    assert_eq!(evidence.delivery_id.as_deref(), Some("webhook-id"));
}

#[test]
fn every_entry_of_a_known_version_is_a_tag() {
    let evidence = signed(&format!("v1a,AAAA v1,{OTHER_TAG} v2,{TAG}  v1,{TAG}")).unwrap();
    let first = base64::decode(OTHER_TAG).unwrap();
    assert_eq!(tags_of(&evidence), [hex::encode(&first), TAG_HEX.to_owned()]);
}

#[test]
fn one_entry_that_decodes_is_enough() {
    let evidence = signed(&format!("v1,%%% v1,{TAG}")).unwrap();
    assert_eq!(tags_of(&evidence), [TAG_HEX]);
}

#[test]
fn a_signature_of_which_nothing_decodes_is_refused() {
    let short = base64::encode(&[0; 31]);
    let unpadded = TAG.trim_end_matches('=');
    for entry in ["v1,", "v1,%%%", &format!("v1,{short}"), &format!("v1,{unpadded}")] {
        assert_eq!(
            signed(entry),
            Err(Refusal::MalformedHeader("webhook-signature".into())),
            "{entry}"
        );
    }
}

#[test]
fn a_signature_of_unknown_versions_leaves_the_token() {
    for entries in ["", "v2,AAAA", "v1a,AAAA v3,BBBB", &format!("v1={TAG}")] {
        assert_eq!(signed(entries).unwrap().proofs, [token()], "{entries}");
    }
}

#[test]
fn more_tags_than_a_proof_may_carry_are_refused() {
    let entries = |count| vec![format!("v1,{TAG}"); count].join(" ");
    assert_eq!(tags_of(&signed(&entries(8)).unwrap()).len(), 8);
    assert_eq!(
        signed(&entries(9)),
        Err(Refusal::MalformedHeader("webhook-signature".into()))
    );
}

#[test]
fn id_and_time_alone_are_no_signature() {
    let evidence = verified(&[
        ("X-Gitlab-Event", "Push Hook"),
        ("webhook-id", ID_VALUE),
        ("webhook-timestamp", "1744578123"),
    ]);
    assert_eq!(evidence.unwrap().proofs, [token()]);
}

#[test]
fn a_signature_without_a_usable_id_or_time_is_refused() {
    let signature = format!("v1,{TAG}");
    let check = |id: Option<&str>, time: Option<&str>| {
        let fields = [
            ("webhook-id", id),
            ("webhook-timestamp", time),
            ("webhook-signature", Some(&signature)),
        ];
        let headers = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        verify(&headers)
    };
    for id in [None, Some("")] {
        assert_eq!(
            check(id, Some("1744578123")),
            Err(Refusal::MalformedHeader("webhook-id".into()))
        );
    }
    for time in [
        None,
        Some(""),
        Some("+1744578123"),
        Some("-1"),
        Some("1744578123.5"),
        Some("99999999999999999999"),
    ] {
        assert_eq!(
            check(Some(ID_VALUE), time),
            Err(Refusal::MalformedHeader("webhook-timestamp".into())),
            "{time:?}"
        );
    }
}

#[test]
fn a_field_that_repeats_is_refused_where_it_counts() {
    for name in [
        "x-gitlab-event",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "idempotency-key",
    ] {
        let refusal = verified(&[(name, "1"), (name, "1")]);
        assert_eq!(refusal, Err(Refusal::RepeatedHeader(name.into())), "{name}");
    }
}

#[test]
fn deliveries_of_other_forges_are_refused() {
    for name in [
        "x-gitea-event",
        "x-gitea-event-type",
        "x-gogs-event",
        "x-forgejo-event",
        "x-github-event",
        "x-github-event-type",
    ] {
        let refusal = verified(&[("x-gitlab-event", "Push Hook"), (name, "push")]);
        assert_eq!(refusal, Err(Refusal::ForeignHeader(name.into())));
    }
}

#[test]
fn an_older_delivery_is_known_by_its_idempotency_key() {
    let evidence = verified(&[("X-Gitlab-Event", "Push Hook"), ("Idempotency-Key", ID_VALUE)]).unwrap();
    assert_eq!(evidence.delivery_id.as_deref(), Some("idempotency-key"));
}

#[test]
fn the_id_of_a_chain_of_events_is_no_delivery_id() {
    let evidence = verified(&[("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Event-UUID", ID_VALUE)]).unwrap();
    assert_eq!(evidence.delivery_id, None);
}

#[test]
fn a_delivery_without_any_field_still_names_the_token() {
    let evidence = verified(&[]).unwrap();
    assert_eq!(evidence.proofs, [token()]);
    assert_eq!(evidence.event, "");
}
