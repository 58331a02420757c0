use super::*;

const TAG: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

/// The fields of an ordinary delivery, with others in the place of those of the same name.
fn headers(others: &[(&str, &str)]) -> Headers {
    let signature = format!("sha256={TAG}");
    let usual = [
        ("content-type", "application/json"),
        ("user-agent", "GitHub-Hookshot/044aadd"),
        (DELIVERY, "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        (EVENT, "push"),
        (SIGNATURE, &signature),
    ];
    let kept = usual.iter().filter(|(name, _)| others.iter().all(|(n, _)| n != name));
    kept.chain(others).map(|&(name, value)| (name, value)).collect()
}

fn refused(others: &[(&str, &str)]) -> Refusal {
    verify(&headers(others)).unwrap_err()
}

fn proofs(others: &[(&str, &str)]) -> usize {
    verify(&headers(others)).unwrap().proofs.len()
}

#[test]
fn the_tag_is_over_the_raw_body() {
    let evidence = verify(&headers(&[])).unwrap();
    assert_eq!(evidence.event, "push");
    assert_eq!(evidence.delivery_id.as_deref(), Some(DELIVERY));
    assert_eq!(evidence.payload, PayloadSource::Body);
    let tag = hex::decode_tag(TAG, Digest::Sha256).unwrap();
    assert_eq!(evidence.proofs, [proof(tag)]);
}

#[test]
fn a_form_is_proved_by_its_raw_body_too() {
    for content_type in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLEncoded; charset=utf-8",
    ] {
        let evidence = verify(&headers(&[("content-type", content_type)])).unwrap();
        assert_eq!(evidence.payload, PayloadSource::FormField("payload".into()));
        let [Proof::Mac(mac)] = evidence.proofs.as_slice() else {
            panic!("no MAC");
        };
        assert_eq!(mac.message, [MessagePart::RawBody]);
    }
    let other = verify(&headers(&[("content-type", "text/application/x-www-form-urlencoded")]));
    assert_eq!(other.unwrap().payload, PayloadSource::Body);
}

#[test]
fn an_unsigned_delivery_has_no_proof() {
    assert_eq!(proofs(&[(SIGNATURE, "sha256=")]), 0);
    assert_eq!(proofs(&[(SIGNATURE, "")]), 0);
    let without = headers(&[]);
    let without = without.iter().filter(|(name, _)| *name != SIGNATURE);
    assert_eq!(verify(&without.collect()).unwrap().proofs, []);
}

#[test]
fn sha_1_proves_nothing() {
    let sha1 = "sha1=126f2c800419c60137ce748d7672e77b65cf16d6";
    let others = [("x-hub-signature", sha1), (SIGNATURE, "")];
    assert_eq!(proofs(&others), 0);
    assert_eq!(
        refused(&[(SIGNATURE, sha1)]),
        Refusal::MalformedHeader(SIGNATURE.into())
    );
}

#[test]
fn a_tag_of_another_form_is_refused() {
    for value in [
        TAG.to_owned(),
        format!("SHA256={TAG}"),
        format!("sha256= {TAG}"),
        format!("sha256={TAG}00"),
        format!("sha256={TAG},sha256={TAG}"),
        format!("sha512={TAG}"),
        format!("sha256={}", &TAG[..62]),
        format!("sha256={}", "g".repeat(64)),
        format!("sha256={}", "\u{fffd}".repeat(64)),
    ] {
        assert_eq!(
            refused(&[(SIGNATURE, &value)]),
            Refusal::MalformedHeader(SIGNATURE.into()),
            "{value}"
        );
    }
}

#[test]
fn a_field_that_counts_must_not_be_repeated() {
    for name in ["content-type", DELIVERY, EVENT, SIGNATURE] {
        let usual = headers(&[]);
        let again = usual.iter().filter(|(n, _)| *n == name);
        let repeated: Headers = usual.iter().chain(again).collect();
        assert_eq!(verify(&repeated), Err(Refusal::RepeatedHeader(name.into())));
    }
}

#[test]
fn the_fields_of_other_forges_are_refused() {
    for name in [
        "x-forgejo-event",
        "x-gitea-delivery",
        "x-gitea-signature",
        "x-gitlab-token",
        "x-gogs-event",
        "x-github-event-type",
    ] {
        assert_eq!(refused(&[(name, "")]), Refusal::ForeignHeader(name.into()));
    }
}

#[test]
fn the_event_must_have_a_name() {
    for name in ["", "Push", "push hook", "push\n", "pu$h", &"a".repeat(65)] {
        assert_eq!(
            refused(&[(EVENT, name)]),
            Refusal::MalformedHeader(EVENT.into()),
            "{name:?}"
        );
    }
    let without = headers(&[]);
    let without = without.iter().filter(|(name, _)| *name != EVENT);
    assert!(matches!(verify(&without.collect()), Err(Refusal::Other(_))));
}

#[test]
fn a_delivery_without_an_id_has_none() {
    let evidence = verify(&headers(&[(DELIVERY, "")])).unwrap();
    assert_eq!(evidence.delivery_id, None);
}
