//! The document says what is served.

use std::collections::BTreeSet;

use forgegate_model::answer::{MOST_ENTRIES, Repetition, render};
use forgegate_model::delivery::{Findings, Queued, Reason, Skipped};
use forgegate_model::ids::{DeliveryId, EvaluationId, OrganizationId, ProjectId};
use uuid::Uuid;

use super::*;

#[test]
fn every_reference_leads_somewhere() {
    let document = document().unwrap();
    let text = document.to_string();
    for (place, _) in text.match_indices("#/components/schemas/") {
        let name: String = text[place + 21..]
            .chars()
            .take_while(|sign| sign.is_alphanumeric())
            .collect();
        assert!(document["components"]["schemas"].get(&name).is_some(), "{name}");
    }
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn every_schema_is_used_and_every_field_described() {
    let document = document().unwrap();
    let text = document.to_string();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let reference = format!("\"#/components/schemas/{name}\"");
        assert!(text.contains(&reference), "nothing refers to {name}");
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            // That of a field which may be null stands beside its reference.
            let described = name == "Problem" || schema.to_string().contains("\"description\"");
            assert!(described, "{name}.{field} is not described");
        }
    }
}

#[test]
fn a_list_names_its_filters() {
    let document = document().unwrap();
    let parameters = &document["paths"]["/api/v1/evaluations"]["get"]["parameters"];
    let names: Vec<_> = parameters
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    let expected = [
        "limit",
        "cursor",
        "organization",
        "project",
        "state",
        "ref",
        "sha",
        "since",
        "until",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_answer_to_a_delivery_has_the_fields_that_are_documented() {
    let (project_id, organization_id) = (ProjectId(Uuid::nil()), OrganizationId(Uuid::nil()));
    let queued = Queued {
        project_id,
        project_name: "widgets".into(),
        organization_id,
        organization: "acme".into(),
        evaluation_id: EvaluationId(Uuid::nil()),
        held: false,
        matched_trigger: None,
    };
    let skipped = Skipped {
        project_id,
        project_name: "widgets".into(),
        organization_id,
        organization: "acme".into(),
        reason: Reason::Draft,
        matched_trigger: None,
    };
    let findings = Findings {
        event: "push".into(),
        repository_urls: vec!["https://git.example.com/acme/widgets".into()],
        projects_scanned: 1,
        queued: vec![queued; MOST_ENTRIES + 1],
        skipped: vec![skipped],
        reason: None,
    };
    let answer = render(DeliveryId(Uuid::nil()), &findings, Repetition::First);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let document = document().unwrap();
    let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    for (served, schema) in [
        (&answer["message"], "DeliveryAnswer"),
        (&answer["message"]["queued"][0], "QueuedEntry"),
        (&answer["message"]["skipped"][0], "SkippedEntry"),
    ] {
        assert_eq!(
            names(served),
            names(&document["components"]["schemas"][schema]["properties"]),
            "{schema}"
        );
    }
}
