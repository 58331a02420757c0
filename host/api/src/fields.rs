//! The fields of a request, read from its schema.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::route::Type;

/// A field of a JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// The kind of its value.
    pub kind: FieldKind,
    /// Its description, as in the OpenAPI document.
    pub doc: String,
}

/// The kinds of values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A value of text.
    Text,
    /// A list of texts.
    List,
    /// `true` or `false`.
    Bool,
    /// Any JSON value.
    Json,
    /// A list of JSON values.
    JsonList,
    /// Text that is secret.
    Secret,
}

impl Type {
    /// The fields of an object of this type, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let RefOr::T(Schema::Object(object)) = (self.schema)() else {
            return Vec::new();
        };
        let field = |(name, schema)| {
            // A schema is made of maps with text keys: it always becomes JSON.
            let schema = serde_json::to_value(schema).unwrap_or_default();
            let doc = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            Field {
                kind: kind(&schema),
                doc: doc.replace('\n', " "),
                name,
            }
        };
        object.properties.into_iter().map(field).collect()
    }
}

fn kind(schema: &Value) -> FieldKind {
    let is = |of: &Value, name: &str| match of.get("type") {
        Some(Value::Array(types)) => types.iter().any(|it| it == name),
        Some(it) => it == name,
        None => false,
    };
    let items = schema.get("items");
    match (is(schema, "array"), is(schema, "string"), is(schema, "boolean")) {
        (true, _, _) if items.is_some_and(|items| is(items, "string")) => FieldKind::List,
        (true, _, _) => FieldKind::JsonList,
        (_, true, _) if schema.get("format").is_some_and(|it| it == "password") => FieldKind::Secret,
        (_, true, _) => FieldKind::Text,
        (_, _, true) => FieldKind::Bool,
        _ => FieldKind::Json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ProjectChanges;

    #[test]
    fn fields_stand_in_their_order_with_their_kinds_and_docs() {
        let fields = Type::of::<ProjectChanges>().fields();
        let kinds: Vec<_> = fields.iter().map(|it| (it.name.as_str(), it.kind)).collect();
        let expected = [
            ("name", FieldKind::Text),
            ("repository", FieldKind::Text),
            ("concurrency", FieldKind::Text),
            ("bootstrap", FieldKind::Text),
            ("runs_on", FieldKind::List),
            ("trusted", FieldKind::JsonList),
            ("inbound_integration", FieldKind::Text),
            ("outbound_integration", FieldKind::Text),
            ("active", FieldKind::Bool),
            ("repository_id", FieldKind::Json),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(fields[0].doc, "Another name of the project.");
    }
}
