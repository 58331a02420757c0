//! Actions of a project.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::evaluation::State as EvaluationState;
use forgegate_model::evidence::decode_signing_key;
use forgegate_model::ids::ActionId;
use forgegate_model::integration::IntegrationKind;
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{CredentialChange, ProjectEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, PathParams, Query, nothing, present};
use super::projects;
use super::shape::{Deleted, Items, Newest, integration, integration_name, name as read_name, page_of};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

/// What an action is made of, or what is changed of it; `name` and `kind` are needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionFields {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    kind: Option<ActionKind>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    integration: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    url: Option<Option<String>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    events: Option<Vec<EvaluationState>>,
    /// `whsec_` and base64; an empty text clears.
    #[serde(default)]
    signing_key: Option<String>,
}

/// An action, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct ActionView {
    id: String,
    project: String,
    name: String,
    #[schema(value_type = String)]
    kind: ActionKind,
    integration: Option<String>,
    url: Option<String>,
    events: Vec<String>,
    has_signing_key: bool,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

/// Makes one.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, project)): PathParams<(String, String)>,
    JsonBody(fields): JsonBody<ActionFields>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &project)?;
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
        created_at: gateway.clock.now(),
    };
    let key = match fields.signing_key()? {
        CredentialChange::Set(key) => Some(key),
        CredentialChange::Keep | CredentialChange::Clear => None,
    };
    let row = fields.onto(&gateway, &entry, fresh)?;
    if row.kind != ActionKind::WebRequest && row.integration.is_none() {
        return Err(Problem::bad_request(
            "`integration`: the outbound integration that it speaks through is needed",
        ));
    }
    let audit = caller.made(
        &gateway,
        Some(entry.project().organization),
        format!("{org}/{project}/action {}", row.name),
    );
    let row = gateway.store.create_action(row, key, Some(audit)).await?;
    Ok(created(view(&gateway, &entry, &row)))
}

/// Lists those of a project.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, project)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &project)?;
    let page = query.page(&[])?;
    let listed = page_of(entry.actions.iter().rev().collect(), &page, |row| Newest::of(row.id))?;
    Ok(ok(Items::of(listed, |row| view(&gateway, &entry, row))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, project, action)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &project)?;
    Ok(ok(view(&gateway, &entry, find(&entry, &action)?)))
}

/// Changes one.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, project, action)): PathParams<(String, String, String)>,
    JsonBody(fields): JsonBody<ActionFields>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &project)?;
    let before = find(&entry, &action)?;
    if fields.kind.is_some_and(|kind| kind != before.kind) {
        return Err(Problem::bad_request("`kind`: it is fixed; make another action"));
    }
    let mut fresh = before.clone();
    if let Some(text) = &fields.name {
        fresh.name = read_name(text)?;
    }
    let key = fields.signing_key()?;
    let row = fields.onto(&gateway, &entry, fresh)?;
    let audit = caller.changed(
        &gateway,
        Some(entry.project().organization),
        format!("{org}/{project}/action {action}"),
    );
    let row = gateway.store.update_action(row, key, Some(audit)).await?;
    Ok(ok(view(&gateway, &entry, &row)))
}

/// Deletes one.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, project, action)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &project)?;
    let row = find(&entry, &action)?;
    let audit = caller.changed(
        &gateway,
        Some(entry.project().organization),
        format!("{org}/{project}/action {action}"),
    );
    gateway.store.delete_action(row.project, row.id, Some(audit)).await?;
    Ok(ok(Deleted::DONE))
}

impl ActionFields {
    /// What becomes of the key that requests are signed with.
    fn signing_key(&self) -> Result<CredentialChange, Problem> {
        match &self.signing_key {
            None => Ok(CredentialChange::Keep),
            Some(text) if text.is_empty() => Ok(CredentialChange::Clear),
            Some(text) => match decode_signing_key(text) {
                Ok(_) => Ok(CredentialChange::Set(Secret::new(text.as_str()))),
                Err(error) => Err(Problem::bad_request(format!("`signing_key`: {error}"))),
            },
        }
    }

    /// The action with what was given put in; `url` belongs to web requests, `integration` to the others.
    fn onto(self, gateway: &Gateway, entry: &ProjectEntry, mut row: Action) -> Result<Action, Problem> {
        let signs = self.signing_key.is_some_and(|key| !key.is_empty());
        if let Some(link) = &self.integration {
            let find = |text: &String| {
                integration(gateway, entry.project().organization, IntegrationKind::Outbound, text).map(|row| row.id)
            };
            row.integration = link.as_ref().map(find).transpose()?;
        }
        if let Some(url) = self.url {
            row.url = url;
        }
        if let Some(events) = self.events {
            row.events = events.into_iter().filter_map(word).collect();
        }
        match (row.kind, row.integration, &row.url) {
            (ActionKind::WebRequest, None, Some(text)) if is_web(text) => Ok(row),
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
            (_, _, None) => Ok(row),
        }
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
        .find(|row| row.name.as_str() == name)
        .ok_or_else(|| nothing("action"))
}

fn view(gateway: &Gateway, entry: &ProjectEntry, row: &Action) -> ActionView {
    ActionView {
        id: row.id.to_string(),
        project: entry.project().name.to_string(),
        name: row.name.to_string(),
        kind: row.kind,
        integration: integration_name(gateway, row.integration),
        url: row.url.clone(),
        events: row.events.clone(),
        has_signing_key: row.has_signing_key,
        created_at: row.created_at,
    }
}
