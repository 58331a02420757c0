//! The OpenAPI document, made from the table of routes.

use serde_json::{Map, Value, json};

use crate::parameters::{Kind, Parameter};
use crate::route::Answer::{Bare, Begun, List, Made, One, OneOrNone};
use crate::route::{Answer, Route, Scope, Type};
use crate::routes::all;

/// Makes the document.
///
/// # Errors
/// Where a schema cannot be written as JSON, which never happens for those of this crate.
pub fn document() -> Result<Value, serde_json::Error> {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    schemas.insert("Problem".to_owned(), problem());
    for route in all() {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.to_owned(), operation(route));
        }
        for it in [route.operation.request, route.operation.answer.message()]
            .into_iter()
            .flatten()
        {
            collect(it, &mut schemas)?;
        }
    }
    let token = json!({ "type": "http", "scheme": "bearer", "description": "an access token, `fgt_…`" });
    let description = "A gateway between Git forges and whatever builds the code.";
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Forgegate",
            "description": description,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": { "token": token } },
    }))
}

/// Adds the schema of a type, and those of the types within it.
fn collect(it: Type, schemas: &mut Map<String, Value>) -> Result<(), serde_json::Error> {
    let mut found = Vec::new();
    (it.within)(&mut found);
    found.push(((it.name)().into_owned(), (it.schema)()));
    for (name, schema) in found.into_iter().filter(|(name, _)| name != OBJECT) {
        schemas.insert(name, serde_json::to_value(schema)?);
    }
    Ok(())
}

/// The name of what may be any object.
const OBJECT: &str = "Object";

fn operation(route: &Route) -> Value {
    let it = &route.operation;
    let mut operation = json!({
        "operationId": route.handler.replace("::", "_").replace(' ', ""),
        "summary": it.summary,
        "description": route.scope.sentence(),
        "parameters": parameters(route),
        "responses": responses(it.answer),
        "security": if route.scope == Scope::Open { json!([]) } else { json!([{ "token": [] }]) },
    });
    if let (Some(body), Some(fields)) = (it.request, operation.as_object_mut()) {
        let content = json!({ "content": { "application/json": { "schema": reference(body) } } });
        fields.insert("requestBody".to_owned(), content);
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let it = &route.operation;
    let in_path = |name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    let in_query = it.answer.parameters().iter().chain(it.parameters);
    route.names().map(in_path).chain(in_query.map(parameter)).collect()
}

fn parameter(it: &Parameter) -> Value {
    let schema = match it.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Flag => json!({ "type": "boolean", "default": false }),
        Kind::Milliseconds => json!({ "type": "integer", "minimum": 0 }),
        Kind::Limit => json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 }),
    };
    json!({ "name": it.name, "in": "query", "description": format!("{}.", it.doc), "schema": schema })
}

fn responses(answer: Answer) -> Value {
    let (status, sentence, content) = match answer {
        One(it) | OneOrNone(it) => ("200", "done", enveloped(&reference(it))),
        Begun(it) => ("202", "begun", enveloped(&reference(it))),
        Made(it) => ("201", "made", enveloped(&reference(it))),
        List(it) => ("200", "a page, newest first", enveloped(&page(it))),
        Bare(kind) => ("200", "done", json!({ kind: {} })),
    };
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let mut responses = json!({
        status: { "description": sentence, "content": content },
        "default": { "description": "refused or failed", "content": { "application/json": problem } },
    });
    if let (OneOrNone(_), Some(all)) = (answer, responses.as_object_mut()) {
        all.insert("204".to_owned(), json!({ "description": "there is none" }));
    }
    responses
}

fn page(it: Type) -> Value {
    json!({ "type": "object", "required": ["items", "next"], "properties": {
        "items": { "type": "array", "items": reference(it) }, "next": { "type": ["string", "null"] } } })
}

fn enveloped(message: &Value) -> Value {
    let properties = json!({ "error": { "const": false }, "message": message });
    let envelope = json!({ "type": "object", "required": ["error", "message"], "properties": properties });
    json!({ "application/json": { "schema": envelope } })
}

/// The envelope of what was refused or failed.
fn problem() -> Value {
    json!({ "type": "object", "required": ["error", "code", "message"], "properties": {
        "error": { "const": true }, "code": { "type": "string" }, "message": { "type": "string" } } })
}

fn reference(it: Type) -> Value {
    match (it.name)().as_ref() {
        OBJECT => json!({ "type": "object" }),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}

#[cfg(test)]
mod tests;
