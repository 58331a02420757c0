//! The OpenAPI document: shapes from the types that are served, routes from the tables in `routes`, which a test holds to the router.

mod operation;
mod route;
mod routes;
mod shapes;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{
    actions, activity, audit, check, deliveries, evaluations, health, installations, integrations, leases, manifests,
    orgs, plugins, projects, refusals, start, statuses, sync, tokens, triggers, why,
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
        activity::ActivityView,
        activity::StatsView,
        audit::AuditView,
        check::Checkup,
        deliveries::DeliveryView,
        evaluations::Approval,
        evaluations::EvaluationView,
        health::VersionView,
        installations::Binding,
        installations::BindingChanges,
        installations::InstallationView,
        installations::Confirmation,
        installations::AccountView,
        integrations::HookGuide,
        integrations::HookView,
        integrations::HookWish,
        integrations::InboundTest,
        integrations::InboundTrial,
        integrations::IntegrationChanges,
        integrations::IntegrationView,
        integrations::NewIntegration,
        integrations::OutboundTest,
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
        sync::SyncView,
        sync::SyncWish,
        tokens::NewToken,
        tokens::TokenView,
        triggers::TriggerFields,
        triggers::TriggerView,
        why::Why,
    ))
)]
struct Shapes;

/// The document.
pub async fn document() -> Result<Response, Problem> {
    let document = build().map_err(Problem::internal)?;
    Ok(with_json(StatusCode::OK, document.to_string()))
}

fn build() -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(Shapes::openapi())?;
    let mut paths = Map::new();
    for route in routes::ALL.iter().copied().flatten() {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.to_owned(), operation::of(route));
        }
    }
    if let Some(fields) = document.as_object_mut() {
        fields.insert("openapi".to_owned(), json!("3.1.0"));
        fields.insert("paths".to_owned(), Value::Object(paths));
        if let Some(components) = fields.get_mut("components").and_then(Value::as_object_mut) {
            let token = json!({ "type": "http", "scheme": "bearer", "description": "an access token, `fgt_…`" });
            components.insert("securitySchemes".to_owned(), json!({ "token": token }));
            if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
                schemas.extend(shapes::by_hand());
            }
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
    fn every_shape_is_used() {
        let document = build().unwrap();
        let text = document.to_string();
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            let reference = format!("\"#/components/schemas/{name}\"");
            assert!(text.contains(&reference), "nothing refers to {name}");
        }
    }

    /// What stands before the bracket that closes the one before the text.
    fn within_brackets(text: &str) -> &str {
        let mut depth = 0;
        let end = text.find(|sign| {
            depth += i32::from(sign == '(') - i32::from(sign == ')');
            depth < 0
        });
        &text[..end.unwrap()]
    }

    /// Method and path of every `.route(…)` of a source.
    fn routed(source: &str) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for part in source.split(".route(").skip(1).map(within_brackets) {
            let (path, handlers) = part.trim().trim_start_matches('"').split_once('"').unwrap();
            let words = handlers.split(|sign: char| !sign.is_alphanumeric() && !"_(".contains(sign));
            for method in words.filter_map(|word| word.split_once('(').map(|(method, _)| method)) {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
        found
    }

    #[test]
    fn the_document_has_what_the_router_has() {
        let mut routed_everywhere = routed(include_str!("../mod.rs"));
        routed_everywhere.extend(routed(include_str!("../../routes.rs")));
        let mut documented = BTreeSet::new();
        for (path, item) in build().unwrap()["paths"].as_object().unwrap() {
            documented.extend(
                item.as_object()
                    .unwrap()
                    .keys()
                    .map(|method| (method.clone(), path.clone())),
            );
        }
        assert!(routed_everywhere.len() > 60, "the router's source is not read");
        let apart: Vec<_> = documented.symmetric_difference(&routed_everywhere).collect();
        assert!(apart.is_empty(), "only in one of document and router: {apart:?}");
    }

    #[test]
    fn a_list_names_its_filters() {
        let document = build().unwrap();
        let parameters = document["paths"]["/api/v1/evaluations"]["get"]["parameters"]
            .as_array()
            .unwrap();
        let names: Vec<_> = parameters.iter().map(|it| it["name"].as_str().unwrap()).collect();
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
}
