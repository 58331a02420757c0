use super::*;

const TAG: [u8; 32] = [0xab; 32];

fn tag_of(byte: u8) -> String {
    hex::encode(&[byte; 32])
}

fn gitea() -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/json".into()),
        ("x-gitea-event", "push".into()),
        ("x-gitea-event-type", "push".into()),
        ("x-gitea-delivery", "11111111-2222-3333-4444-555555555555".into()),
        ("x-gitea-signature", tag_of(0xab)),
    ]
}

fn with(mut headers: Vec<(&'static str, String)>, name: &'static str, value: &str) -> Headers {
    headers.retain(|(n, _)| *n != name);
    headers.push((name, value.into()));
    Headers::from_iter(headers)
}

fn tags(headers: &Headers) -> Vec<Vec<u8>> {
    let proofs = verify(headers).unwrap().proofs;
    proofs
        .into_iter()
        .flat_map(|proof| match proof {
            Proof::Mac(mac) => mac.tags,
            Proof::Token(field) => panic!("{field}"),
        })
        .collect()
}

#[test]
fn a_json_delivery_is_proved_by_its_body() {
    let evidence = verify(&Headers::from_iter(gitea())).unwrap();
    let expected = Evidence {
        payload: PayloadSource::Body,
        proofs: vec![Proof::Mac(MacProof {
            credential: Credential::Secret,
            digest: Digest::Sha256,
            message: vec![MessagePart::RawBody],
            tags: vec![TAG.to_vec()],
            sent_at: None,
        })],
        event: "push".into(),
        delivery_id: Some("x-gitea-delivery".into()),
    };
    assert_eq!(evidence, expected);
}

#[test]
fn a_form_is_proved_by_its_decoded_field() {
    for content_type in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
    ] {
        let evidence = verify(&with(gitea(), "content-type", content_type)).unwrap();
        assert_eq!(evidence.payload, PayloadSource::FormField("payload".into()));
        let Proof::Mac(mac) = &evidence.proofs[0] else {
            panic!("{evidence:?}")
        };
        assert_eq!(mac.message, [MessagePart::Payload]);
    }
}

#[test]
fn any_other_content_type_or_none_is_a_body() {
    for content_type in ["", "text/plain", "application/x-www-form-urlencoded2"] {
        let evidence = verify(&with(gitea(), "content-type", content_type)).unwrap();
        assert_eq!(evidence.payload, PayloadSource::Body);
    }
    let none = gitea().into_iter().skip(1).collect();
    assert_eq!(verify(&none).unwrap().payload, PayloadSource::Body);
}

#[test]
fn the_native_signature_decides_where_it_is_present() {
    let both = with(gitea(), "x-forgejo-signature", &tag_of(0xcd));
    assert_eq!(tags(&both), [vec![0xcd; 32]]);
}

#[test]
fn a_bad_native_signature_is_not_rescued_by_another_family() {
    let bad = with(gitea(), "x-forgejo-signature", "nonsense");
    assert_eq!(
        verify(&bad),
        Err(Refusal::MalformedHeader("x-forgejo-signature".into()))
    );
    let empty = with(gitea(), "x-forgejo-signature", "");
    assert!(tags(&empty).is_empty());
}

#[test]
fn no_third_family_is_looked_at() {
    let headers = Headers::from_iter([
        ("x-gogs-signature", tag_of(1)),
        ("x-hub-signature-256", format!("sha256={}", tag_of(1))),
        ("x-github-event", "push".into()),
        ("x-gogs-delivery", "1".into()),
    ]);
    let evidence = verify(&headers).unwrap();
    assert!(evidence.proofs.is_empty());
    assert_eq!(evidence.event, "");
    assert_eq!(evidence.delivery_id, None);
}

#[test]
fn an_empty_or_missing_signature_is_no_proof() {
    assert!(tags(&with(gitea(), "x-gitea-signature", "")).is_empty());
    let mut unsigned = gitea();
    unsigned.pop();
    assert!(tags(&Headers::from_iter(unsigned)).is_empty());
}

#[test]
fn a_repeated_signature_is_refused() {
    for value in [tag_of(0xab), tag_of(1), String::new()] {
        let mut twice = gitea();
        twice.push(("x-gitea-signature", value));
        assert_eq!(
            verify(&Headers::from_iter(twice)),
            Err(Refusal::RepeatedHeader("x-gitea-signature".into()))
        );
    }
}

#[test]
fn a_repeated_content_type_is_refused() {
    let mut twice = gitea();
    twice.push(("content-type", "application/x-www-form-urlencoded".into()));
    assert_eq!(
        verify(&Headers::from_iter(twice)),
        Err(Refusal::RepeatedHeader("content-type".into()))
    );
}

#[test]
fn a_signature_of_another_form_is_refused() {
    for signature in [
        "ab".repeat(31),
        "ab".repeat(33),
        "ab".repeat(20),
        format!("sha256={}", tag_of(0xab)),
        "zz".repeat(32),
    ] {
        assert_eq!(
            verify(&with(gitea(), "x-gitea-signature", &signature)),
            Err(Refusal::MalformedHeader("x-gitea-signature".into()))
        );
    }
}

#[test]
fn an_empty_event_is_named_by_its_type() {
    let mut headers = gitea();
    headers.retain(|(name, _)| !name.starts_with("x-gitea-event"));
    headers.push(("x-gitea-event", String::new()));
    headers.push(("x-gitea-event-type", "package".into()));
    assert_eq!(verify(&Headers::from_iter(headers)).unwrap().event, "package");
}

#[test]
fn event_and_delivery_come_from_the_native_family() {
    let mut headers = gitea();
    headers.push(("x-forgejo-event", "issues".into()));
    headers.push(("x-forgejo-delivery", "2".into()));
    let evidence = verify(&Headers::from_iter(headers)).unwrap();
    assert_eq!(evidence.event, "issues");
    assert_eq!(evidence.delivery_id.as_deref(), Some("x-forgejo-delivery"));
}
