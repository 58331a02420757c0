//! The OpenAPI document: shapes from the types that are served, routes from the table below. A test holds the table to the router.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{
    actions, audit, check, deliveries, evaluations, installations, integrations, leases, manifests, orgs, plugins,
    projects, refusals, start, statuses, tokens, triggers, why,
};
use crate::response::{Problem, with_json};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Forgegate",
        description = "A gateway between Git forges and whatever builds the code."
    ),
    components(schemas(
        actions::ActionFields,
        actions::ActionView,
        audit::AuditView,
        check::Checkup,
        deliveries::DeliveryView,
        evaluations::Approval,
        evaluations::EvaluationView,
        installations::Binding,
        installations::BindingChanges,
        installations::InstallationView,
        installations::Confirmation,
        installations::AccountView,
        integrations::HookGuide,
        integrations::IntegrationChanges,
        integrations::IntegrationView,
        integrations::NewIntegration,
        leases::BeatView,
        leases::CheckRequest,
        leases::ClaimRequest,
        leases::ClaimedView,
        leases::Finish,
        leases::Heartbeat,
        manifests::AppView,
        manifests::MakingView,
        manifests::ManifestView,
        manifests::NewManifest,
        orgs::NewOrganization,
        orgs::OrganizationView,
        plugins::PluginView,
        projects::NewProject,
        projects::ProjectChanges,
        projects::ProjectView,
        refusals::RefusalView,
        start::Start,
        statuses::StatusView,
        tokens::NewToken,
        tokens::TokenView,
        triggers::TriggerFields,
        triggers::TriggerView,
        why::Why,
    ))
)]
struct Shapes;

/// What a route answers.
#[derive(Clone, Copy)]
enum Answer {
    /// 200 with one thing.
    One(&'static str),
    /// 201 with what was made.
    Made(&'static str),
    /// 200 with a page of a list.
    List(&'static str),
    /// 200 with `deleted`.
    Deleted,
    /// 200 without an envelope, of this content type.
    Bare(&'static str),
}

use Answer::{Bare, Deleted, List, Made, One};

/// Method, path, what it does, what it takes, what it answers.
type Route = (&'static str, &'static str, &'static str, Option<&'static str>, Answer);

const ROUTES: &[Route] = &[
    (
        "get",
        "/health/live",
        "Whether the gateway lives.",
        None,
        Bare("application/json"),
    ),
    (
        "get",
        "/health/ready",
        "Whether it takes work.",
        None,
        Bare("application/json"),
    ),
    (
        "get",
        "/metrics",
        "Figures for Prometheus.",
        None,
        Bare("application/openmetrics-text"),
    ),
    ("get", "/api/v1/version", "Which version it is.", None, One("Object")),
    (
        "get",
        "/api/v1/openapi.json",
        "This document.",
        None,
        Bare("application/json"),
    ),
    (
        "post",
        "/api/v1/hooks/{forge}",
        "A delivery to an app.",
        Some("Object"),
        One("Object"),
    ),
    (
        "post",
        "/api/v1/hooks/{forge}/{organization}/{integration}",
        "A delivery to an integration.",
        Some("Object"),
        One("Object"),
    ),
    (
        "post",
        "/api/v1/orgs",
        "Make an organization.",
        Some("NewOrganization"),
        Made("OrganizationView"),
    ),
    (
        "get",
        "/api/v1/orgs",
        "List organizations.",
        None,
        List("OrganizationView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}",
        "Show an organization.",
        None,
        One("OrganizationView"),
    ),
    ("delete", "/api/v1/orgs/{org}", "Delete an organization.", None, Deleted),
    (
        "post",
        "/api/v1/orgs/{org}/integrations",
        "Make an integration.",
        Some("NewIntegration"),
        Made("IntegrationView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/integrations",
        "List integrations.",
        None,
        List("IntegrationView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/integrations/{kind}",
        "List integrations of one kind.",
        None,
        List("IntegrationView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/integrations/{kind}/{name}",
        "Show an integration.",
        None,
        One("IntegrationView"),
    ),
    (
        "patch",
        "/api/v1/orgs/{org}/integrations/{kind}/{name}",
        "Change an integration.",
        Some("IntegrationChanges"),
        One("IntegrationView"),
    ),
    (
        "delete",
        "/api/v1/orgs/{org}/integrations/{kind}/{name}",
        "Delete an integration.",
        None,
        Deleted,
    ),
    (
        "get",
        "/api/v1/orgs/{org}/integrations/{kind}/{name}/hook-guide",
        "What to enter at the forge.",
        None,
        One("HookGuide"),
    ),
    (
        "post",
        "/api/v1/orgs/{org}/projects",
        "Make a project.",
        Some("NewProject"),
        Made("ProjectView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/projects",
        "List projects.",
        None,
        List("ProjectView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/projects/{name}",
        "Show a project.",
        None,
        One("ProjectView"),
    ),
    (
        "patch",
        "/api/v1/orgs/{org}/projects/{name}",
        "Change a project.",
        Some("ProjectChanges"),
        One("ProjectView"),
    ),
    (
        "delete",
        "/api/v1/orgs/{org}/projects/{name}",
        "Delete a project.",
        None,
        Deleted,
    ),
    (
        "post",
        "/api/v1/orgs/{org}/projects/{name}/evaluate",
        "Queue an evaluation by hand.",
        Some("Start"),
        Made("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/orgs/{org}/projects/{name}/triggers",
        "Make a trigger.",
        Some("TriggerFields"),
        Made("TriggerView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/projects/{name}/triggers",
        "List triggers.",
        None,
        List("TriggerView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
        "Show a trigger.",
        None,
        One("TriggerView"),
    ),
    (
        "patch",
        "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
        "Change a trigger.",
        Some("TriggerFields"),
        One("TriggerView"),
    ),
    (
        "delete",
        "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
        "Delete a trigger.",
        None,
        Deleted,
    ),
    (
        "post",
        "/api/v1/orgs/{org}/projects/{name}/actions",
        "Make an action.",
        Some("ActionFields"),
        Made("ActionView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/projects/{name}/actions",
        "List actions.",
        None,
        List("ActionView"),
    ),
    (
        "get",
        "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
        "Show an action.",
        None,
        One("ActionView"),
    ),
    (
        "patch",
        "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
        "Change an action.",
        Some("ActionFields"),
        One("ActionView"),
    ),
    (
        "delete",
        "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
        "Delete an action.",
        None,
        Deleted,
    ),
    (
        "get",
        "/api/v1/deliveries",
        "List deliveries.",
        None,
        List("DeliveryView"),
    ),
    (
        "get",
        "/api/v1/deliveries/{id}",
        "Show a delivery in full.",
        None,
        One("DeliveryView"),
    ),
    (
        "get",
        "/api/v1/deliveries/{id}/payload",
        "The payload; each time is audited.",
        None,
        Bare("application/octet-stream"),
    ),
    (
        "get",
        "/api/v1/deliveries/{id}/why",
        "Why a delivery did what it did.",
        None,
        One("Why"),
    ),
    (
        "post",
        "/api/v1/deliveries/{id}/replay",
        "Take a delivery down the path again.",
        None,
        Made("Object"),
    ),
    (
        "get",
        "/api/v1/refusals",
        "List what was not let in.",
        None,
        List("RefusalView"),
    ),
    (
        "get",
        "/api/v1/evaluations",
        "List evaluations.",
        None,
        List("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/evaluations/claim",
        "Claim the next evaluation; 204 where none came.",
        Some("ClaimRequest"),
        One("ClaimedView"),
    ),
    (
        "get",
        "/api/v1/evaluations/{id}",
        "Show an evaluation.",
        None,
        One("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/evaluations/{id}/heartbeat",
        "Hold a lease.",
        Some("Heartbeat"),
        One("BeatView"),
    ),
    (
        "post",
        "/api/v1/evaluations/{id}/checks",
        "Note how a named part is.",
        Some("CheckRequest"),
        One("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/evaluations/{id}/finish",
        "End the work.",
        Some("Finish"),
        One("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/evaluations/{id}/cancel",
        "Cancel an evaluation.",
        None,
        One("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/evaluations/{id}/approve",
        "Release a held evaluation for one commit.",
        Some("Approval"),
        One("EvaluationView"),
    ),
    (
        "post",
        "/api/v1/evaluations/{id}/rerun",
        "Do it again.",
        None,
        Made("EvaluationView"),
    ),
    ("get", "/api/v1/statuses", "List statuses.", None, List("StatusView")),
    (
        "get",
        "/api/v1/statuses/{id}",
        "Show a status.",
        None,
        One("StatusView"),
    ),
    (
        "post",
        "/api/v1/statuses/{id}/retry",
        "Try one again that was given up.",
        None,
        One("StatusView"),
    ),
    ("get", "/api/v1/plugins", "List plugins.", None, List("PluginView")),
    (
        "get",
        "/api/v1/plugins/{forge}",
        "Show a plugin.",
        None,
        One("PluginView"),
    ),
    (
        "post",
        "/api/v1/apps/{forge}/manifest",
        "Begin to make an app; answers the link to open.",
        Some("NewManifest"),
        Made("ManifestView"),
    ),
    (
        "get",
        "/api/v1/apps/{forge}/manifest/{id}",
        "How the making of an app stands.",
        None,
        One("MakingView"),
    ),
    (
        "get",
        "/api/v1/apps/{forge}/manifest/form",
        "The page that leads to the forge's form.",
        None,
        Bare("text/html"),
    ),
    (
        "get",
        "/api/v1/apps/{forge}/manifest/callback",
        "Where the forge sends the browser back to.",
        None,
        One("AppView"),
    ),
    (
        "post",
        "/api/v1/apps/{forge}/installations",
        "Bind an installation.",
        Some("Binding"),
        Made("InstallationView"),
    ),
    (
        "get",
        "/api/v1/apps/{forge}/installations",
        "List installations.",
        None,
        List("InstallationView"),
    ),
    (
        "post",
        "/api/v1/apps/{forge}/installations/accounts",
        "Confirm an account for an organization.",
        Some("Confirmation"),
        Made("AccountView"),
    ),
    (
        "get",
        "/api/v1/apps/{forge}/installations/accounts",
        "List confirmed accounts.",
        None,
        List("AccountView"),
    ),
    (
        "get",
        "/api/v1/apps/{forge}/installations/{id}",
        "Show an installation.",
        None,
        One("InstallationView"),
    ),
    (
        "patch",
        "/api/v1/apps/{forge}/installations/{id}",
        "Change an installation's addresses.",
        Some("BindingChanges"),
        One("InstallationView"),
    ),
    (
        "delete",
        "/api/v1/apps/{forge}/installations/{id}",
        "End a binding.",
        None,
        Deleted,
    ),
    (
        "post",
        "/api/v1/tokens",
        "Make a token; its value is shown this once.",
        Some("NewToken"),
        Made("TokenView"),
    ),
    ("get", "/api/v1/tokens", "List tokens.", None, List("TokenView")),
    ("get", "/api/v1/tokens/{id}", "Show a token.", None, One("TokenView")),
    ("delete", "/api/v1/tokens/{id}", "Delete a token.", None, Deleted),
    (
        "get",
        "/api/v1/check",
        "Whether everything is in order.",
        None,
        One("Checkup"),
    ),
    ("get", "/api/v1/audit", "List audit entries.", None, List("AuditView")),
];

/// The document.
pub async fn document() -> Result<Response, Problem> {
    let document = build().map_err(Problem::internal)?;
    Ok(with_json(StatusCode::OK, document.to_string()))
}

fn build() -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(Shapes::openapi())?;
    let mut paths = Map::new();
    for route in ROUTES {
        let item = paths.entry(route.1).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.0.to_owned(), operation(route));
        }
    }
    if let Some(fields) = document.as_object_mut() {
        fields.insert("openapi".to_owned(), json!("3.1.0"));
        fields.insert("paths".to_owned(), Value::Object(paths));
        if let Some(components) = fields.get_mut("components").and_then(Value::as_object_mut) {
            let token = json!({ "type": "http", "scheme": "bearer", "description": "an access token, `fgt_…`" });
            components.insert("securitySchemes".to_owned(), json!({ "token": token }));
        }
    }
    Ok(document)
}

fn operation(&(_, path, summary, body, answer): &Route) -> Value {
    let mut operation = json!({
        "summary": summary,
        "parameters": parameters(path, answer),
        "responses": responses(answer),
        "security": if is_open(path) { json!([]) } else { json!([{ "token": [] }]) },
    });
    if let (Some(body), Some(fields)) = (body, operation.as_object_mut()) {
        fields.insert(
            "requestBody".to_owned(),
            json!({ "content": { "application/json": { "schema": shape(body) } } }),
        );
    }
    operation
}

fn is_open(path: &str) -> bool {
    path.starts_with("/health/")
        || path.starts_with("/api/v1/hooks/")
        || path.ends_with("/manifest/form")
        || path.ends_with("/manifest/callback")
        || matches!(path, "/api/v1/version" | "/api/v1/openapi.json")
}

fn parameters(path: &str, answer: Answer) -> Vec<Value> {
    let within = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let text = json!({ "type": "string" });
    let mut all: Vec<_> = within
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": text }))
        .collect();
    if matches!(answer, List(_)) {
        all.push(json!({ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 500, "default": 50 } }));
        all.push(json!({ "name": "cursor", "in": "query", "schema": text }));
    }
    all
}

fn responses(answer: Answer) -> Value {
    let (status, sentence, content) = match answer {
        One(name) => ("200", "done", enveloped(&shape(name))),
        Made(name) => ("201", "made", enveloped(&shape(name))),
        List(name) => {
            let page = json!({ "type": "object", "required": ["items", "next"], "properties": {
                "items": { "type": "array", "items": shape(name) }, "next": { "type": ["string", "null"] } } });
            ("200", "a page, newest first", enveloped(&page))
        }
        Deleted => {
            let gone =
                json!({ "type": "object", "required": ["deleted"], "properties": { "deleted": { "const": true } } });
            ("200", "gone", enveloped(&gone))
        }
        Bare(kind) => ("200", "done", json!({ kind: {} })),
    };
    let problem = json!({ "type": "object", "required": ["error", "code", "message"], "properties": {
        "error": { "const": true }, "code": { "type": "string" }, "message": { "type": "string" } } });
    json!({
        status: { "description": sentence, "content": content },
        "default": { "description": "refused or failed", "content": { "application/json": { "schema": problem } } },
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let document = build().unwrap();
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
    fn the_table_has_the_routers_paths() {
        let source = include_str!("mod.rs");
        let listed: std::collections::BTreeSet<_> = ROUTES
            .iter()
            .map(|route| route.1)
            .filter(|path| !path.contains("/hooks/"))
            .collect();
        let routed: std::collections::BTreeSet<_> = source
            .split('"')
            .filter(|text| text.starts_with("/api/") || text.starts_with("/health") || text.starts_with("/metrics"))
            .collect();
        assert_eq!(listed, routed);
    }
}
