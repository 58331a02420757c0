//! Shapes that no type of the API stands for: what is written field by field elsewhere.

use serde_json::{Map, Value, json};

/// These shapes by name.
pub fn by_hand() -> Map<String, Value> {
    [
        ("DeliveryAnswer", delivery_answer()),
        ("Problem", problem()),
        ("UnlinkedView", unlinked()),
    ]
    .map(|(name, shape)| (name.to_owned(), shape))
    .into_iter()
    .collect()
}

/// What a delivery is answered; `model::answer` writes it.
fn delivery_answer() -> Value {
    let text = json!({ "type": "string" });
    let project = |further: Value| {
        let mut properties = json!({ "project_id": text, "project_name": text, "organization": text });
        if let (Some(all), Value::Object(further)) = (properties.as_object_mut(), further) {
            all.extend(further);
        }
        json!({ "type": "array", "maxItems": 25, "items": { "type": "object", "properties": properties } })
    };
    let state = json!({ "enum": ["queued", "held"] });
    json!({
        "type": "object",
        "required": ["event", "delivery_id", "duplicate", "repository_urls", "projects_scanned", "queued", "skipped", "reason"],
        "properties": {
            "event": text,
            "delivery_id": text,
            "duplicate": { "type": "boolean" },
            "repository_urls": { "type": "array", "maxItems": 25, "items": text },
            "projects_scanned": { "type": "integer", "minimum": 0 },
            "queued": project(json!({ "evaluation_id": text, "state": state })),
            "skipped": project(json!({ "reason": text })),
            "reason": { "type": ["string", "null"] },
            "more": { "type": "integer", "description": "how many entries were left out; absent where none was" },
        },
    })
}

/// The envelope of what was refused or failed.
fn problem() -> Value {
    json!({ "type": "object", "required": ["error", "code", "message"], "properties": {
        "error": { "const": true }, "code": { "type": "string" }, "message": { "type": "string" } } })
}

/// A link that a deletion cleared: of a trigger, by its id, or of an action, by its name.
fn unlinked() -> Value {
    json!({ "type": "object", "required": ["project"], "properties": {
        "project": { "type": ["string", "null"] }, "trigger": { "type": "string" }, "action": { "type": "string" } } })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use forgegate_model::answer::{MOST_ENTRIES, Repetition, render};
    use forgegate_model::delivery::{Findings, Queued, Reason, Skipped};
    use forgegate_model::ids::{DeliveryId, EvaluationId, OrganizationId, ProjectId};
    use uuid::Uuid;

    use super::*;

    fn names(object: &Value) -> BTreeSet<&String> {
        object.as_object().unwrap().keys().collect()
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
            decider: None,
        };
        let skipped = Skipped {
            project_id,
            project_name: "widgets".into(),
            organization_id,
            organization: "acme".into(),
            reason: Reason::Draft,
            decider: None,
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
        let (message, shape) = (&answer["message"], delivery_answer());
        assert_eq!(names(message), names(&shape["properties"]));
        for list in ["queued", "skipped"] {
            let documented = &shape["properties"][list]["items"]["properties"];
            assert_eq!(names(&message[list][0]), names(documented), "{list}");
        }
    }
}
