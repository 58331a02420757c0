//! Actions of a project.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{ActionRequest, ActionView, Deleted, parameters};
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::evaluation::State as EvaluationState;
use forgegate_model::evidence::decode_signing_key;
use forgegate_model::ids::ActionId;
use forgegate_model::integration::IntegrationKind;
use forgegate_model::secret::Secret;
use forgegate_storage::{CredentialChange, ProjectEntry};

use super::extract::{JsonBody, PathParams, Query, nothing};
use super::projects;
use super::shape::{Newest, integration, integration_name, name as read_name, page_of, page_view};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::response::{Problem, created, ok};

/// Makes one.
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, project)): PathParams<(String, String)>,
    JsonBody(fields): JsonBody<ActionRequest>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &project)?;
    let text = fields
        .name
        .as_deref()
        .ok_or_else(|| Problem::bad_request("`name`: a name is needed"))?;
    let fresh = Action {
        id: ActionId(fresh_id()),
        project: entry.project().id,
        name: read_name(text)?,
        kind: fields
            .kind
            .ok_or_else(|| Problem::bad_request("`kind`: what the action does is needed"))?,
        integration: None,
        url: None,
        events: Vec::new(),
        has_signing_key: false,
        created_at: core.clock.now(),
    };
    let key = match signing_key(&fields)? {
        CredentialChange::Set(key) => Some(key),
        CredentialChange::Keep | CredentialChange::Clear => None,
    };
    let action = onto(fields, &core, &entry, fresh)?;
    if action.kind != ActionKind::WebRequest && action.integration.is_none() {
        return Err(Problem::bad_request(
            "`integration`: the outbound integration that it speaks through is needed",
        ));
    }
    let audit = caller.made(
        &core,
        Some(entry.project().organization),
        format!("{org}/{project}/action {}", action.name),
    );
    let action = core.store.create_action(action, key, Some(audit)).await?;
    Ok(created(view(&core, &entry, &action)))
}

/// Lists those of a project.
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, project)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &project)?;
    let page = query.page(parameters::NONE)?;
    let listed = page_of(entry.actions.iter().rev().collect(), &page, |action| {
        Newest::of(action.id)
    })?;
    Ok(ok(page_view(listed, |action| view(&core, &entry, action))))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, project, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &project)?;
    Ok(ok(view(&core, &entry, find(&entry, &name)?)))
}

/// Changes one.
pub async fn change(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, project, name)): PathParams<(String, String, String)>,
    JsonBody(fields): JsonBody<ActionRequest>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &project)?;
    let before = find(&entry, &name)?;
    if fields.kind.is_some_and(|kind| kind != before.kind) {
        return Err(Problem::bad_request("`kind`: it is fixed; make another action"));
    }
    let mut fresh = before.clone();
    if let Some(text) = &fields.name {
        fresh.name = read_name(text)?;
    }
    let key = signing_key(&fields)?;
    let action = onto(fields, &core, &entry, fresh)?;
    let audit = caller.changed(
        &core,
        Some(entry.project().organization),
        format!("{org}/{project}/action {name}"),
    );
    let action = core.store.update_action(action, key, Some(audit)).await?;
    Ok(ok(view(&core, &entry, &action)))
}

/// Deletes one.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, project, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &project)?;
    let action = find(&entry, &name)?;
    let audit = caller.changed(
        &core,
        Some(entry.project().organization),
        format!("{org}/{project}/action {name}"),
    );
    core.store.delete_action(action.project, action.id, Some(audit)).await?;
    Ok(ok(Deleted::DONE))
}

/// What becomes of the key that requests are signed with.
fn signing_key(fields: &ActionRequest) -> Result<CredentialChange, Problem> {
    match &fields.signing_key {
        None => Ok(CredentialChange::Keep),
        Some(text) if text.is_empty() => Ok(CredentialChange::Clear),
        Some(text) => match decode_signing_key(text) {
            Ok(_) => Ok(CredentialChange::Set(Secret::new(text.as_str()))),
            Err(error) => Err(Problem::bad_request(format!("`signing_key`: {error}"))),
        },
    }
}

/// The action with what was given put in; `url` belongs to web requests, `integration` to the others.
fn onto(fields: ActionRequest, core: &Core, entry: &ProjectEntry, mut action: Action) -> Result<Action, Problem> {
    let signs = fields.signing_key.is_some_and(|key| !key.is_empty());
    if let Some(link) = &fields.integration {
        let find = |text: &String| {
            integration(core, entry.project().organization, IntegrationKind::Outbound, text).map(|it| it.id)
        };
        action.integration = link.as_ref().map(find).transpose()?;
    }
    if let Some(url) = fields.url {
        action.url = url;
    }
    if let Some(events) = fields.events {
        action.events = events.into_iter().filter_map(word).collect();
    }
    match (action.kind, action.integration, &action.url) {
        (ActionKind::WebRequest, None, Some(text)) if is_web(text) => Ok(action),
        (ActionKind::WebRequest, None, _) => {
            Err(Problem::bad_request("`url`: a web request needs an http or https URL"))
        }
        (kind, _, _) if kind != ActionKind::WebRequest && signs => {
            Err(Problem::bad_request("`signing_key`: only a web request has one"))
        }
        (ActionKind::WebRequest, Some(_), _) => {
            Err(Problem::bad_request("`integration`: a web request goes to its `url`"))
        }
        (_, _, Some(_)) => Err(Problem::bad_request("`url`: only a web request has one")),
        (_, _, None) => Ok(action),
    }
}

fn is_web(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn word(state: EvaluationState) -> Option<String> {
    serde_json::to_value(state).ok()?.as_str().map(str::to_owned)
}

fn find<'a>(entry: &'a ProjectEntry, name: &str) -> Result<&'a Action, Problem> {
    entry
        .actions
        .iter()
        .find(|action| action.name.as_str() == name)
        .ok_or_else(|| nothing("action"))
}

fn view(core: &Core, entry: &ProjectEntry, action: &Action) -> ActionView {
    ActionView {
        id: action.id.to_string(),
        project: entry.project().name.to_string(),
        name: action.name.to_string(),
        kind: action.kind,
        integration: integration_name(core, action.integration),
        url: action.url.clone(),
        events: action.events.clone(),
        has_signing_key: action.has_signing_key,
        created_at: action.created_at,
    }
}
