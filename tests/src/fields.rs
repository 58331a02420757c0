//! Comparing some fields of a JSON value.

use serde_json::Value;

/// Fails unless the value has these fields with these values. Objects are compared field by field, at every depth; other fields may be
/// there too, and one that is absent is null.
#[track_caller]
pub fn assert_fields(value: &Value, expected: &Value) {
    assert!(has(value, expected), "expected {expected}\n   found {value}");
}

fn has(value: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(fields) if !fields.is_empty() => {
            value.is_object() && fields.iter().all(|(name, field)| has(&value[name], field))
        }
        other => value == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::has;

    #[test]
    fn only_the_named_fields_are_compared() {
        let value = json!({ "state": "held", "cause": { "event": "push", "ref": "b" }, "list": [{ "a": 1, "b": 2 }] });
        assert!(has(
            &value,
            &json!({ "state": "held", "cause": { "event": "push" }, "absent": null })
        ));
        for other in [
            json!({ "state": "queued" }),
            json!({ "cause": { "event": "push", "ref": null } }),
            json!({ "cause": {} }),
            json!({ "list": [{ "a": 1 }] }),
            json!({ "state": { "held": null } }),
        ] {
            assert!(!has(&value, &other), "{other}");
        }
    }
}
