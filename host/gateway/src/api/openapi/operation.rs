//! A route as an operation of the document.

use serde_json::{Value, json};

use super::route::Answer::{Bare, Begun, Deleted, List, Made, One, OneOrNothing, Unlinked};
use super::route::{Answer, Route};

/// The operation of a route.
pub fn of(route: &Route) -> Value {
    let mut operation = json!({
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": responses(route.answer),
        "security": if is_open(route.path) { json!([]) } else { json!([{ "token": [] }]) },
    });
    if let (Some(body), Some(fields)) = (route.takes, operation.as_object_mut()) {
        fields.insert(
            "requestBody".to_owned(),
            json!({ "content": { "application/json": { "schema": shape(body) } } }),
        );
    }
    operation
}

/// Whether the route takes no access token. A delivery proves itself, and so does a browser that comes to make an app, by its state.
fn is_open(path: &str) -> bool {
    path.starts_with("/health/")
        || path.starts_with("/api/v1/hooks/")
        || path.ends_with("/manifest/form")
        || path.ends_with("/manifest/callback")
        || matches!(path, "/api/v1/version" | "/api/v1/openapi.json")
}

fn parameters(route: &Route) -> Vec<Value> {
    let within = route
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<_> = within
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if matches!(route.answer, List(_)) {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 });
        all.push(json!({ "name": "limit", "in": "query", "schema": limit }));
        all.push(json!({ "name": "cursor", "in": "query", "schema": { "type": "string" } }));
    }
    let further = route.query.iter();
    all.extend(further.map(|name| json!({ "name": name, "in": "query", "schema": parameter(name) })));
    all
}

fn parameter(name: &str) -> Value {
    match name {
        "since" | "until" => json!({ "type": "string", "format": "date-time" }),
        "wait_ms" => json!({ "type": "integer", "minimum": 0 }),
        "cascade" => json!({ "type": "boolean", "default": false }),
        _ => json!({ "type": "string" }),
    }
}

fn responses(answer: Answer) -> Value {
    let (status, sentence, content) = match answer {
        One(name) | OneOrNothing(name) => ("200", "done", enveloped(&shape(name))),
        Begun(name) => ("202", "begun", enveloped(&shape(name))),
        Made(name) => ("201", "made", enveloped(&shape(name))),
        List(name) => ("200", "a page, newest first", enveloped(&page(name))),
        Deleted => ("200", "gone", enveloped(&deleted(json!({})))),
        Unlinked => {
            let links = json!({ "unlinked": { "type": "array", "items": shape("UnlinkedView") } });
            ("200", "gone, with the links to it", enveloped(&deleted(links)))
        }
        Bare(kind) => ("200", "done", json!({ kind: {} })),
    };
    let mut responses = json!({
        status: { "description": sentence, "content": content },
        "default": { "description": "refused or failed", "content": { "application/json": { "schema": shape("Problem") } } },
    });
    if let (OneOrNothing(_), Some(all)) = (answer, responses.as_object_mut()) {
        all.insert("204".to_owned(), json!({ "description": "there is none" }));
    }
    responses
}

fn page(name: &str) -> Value {
    json!({ "type": "object", "required": ["items", "next"], "properties": {
        "items": { "type": "array", "items": shape(name) }, "next": { "type": ["string", "null"] } } })
}

fn deleted(mut properties: Value) -> Value {
    if let Some(properties) = properties.as_object_mut() {
        properties.insert("deleted".to_owned(), json!({ "const": true }));
    }
    let names: Vec<_> = properties
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

fn enveloped(message: &Value) -> Value {
    let envelope = json!({ "type": "object", "required": ["error", "message"], "properties": { "error": { "const": false }, "message": message } });
    json!({ "application/json": { "schema": envelope } })
}

fn shape(name: &str) -> Value {
    if name == "Object" {
        json!({ "type": "object" })
    } else {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }
}
