//! Access tokens. Only administrators have to do with them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::ids::TokenId;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::token::{AccessToken, TokenScope, token_hash, token_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, PathParams, Query, id, nothing};
use super::shape::{Deleted, Items, organization_name};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::config;
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

const MOST_NAME_BYTES: usize = 100;

/// What a token is made of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    name: String,
    #[schema(value_type = String)]
    scope: TokenScope,
    #[serde(default)]
    organizations: Option<Vec<String>>,
    #[serde(default)]
    labels: Option<Vec<String>>,
    #[serde(default)]
    expires_in: Option<String>,
}

/// A token, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    id: String,
    name: String,
    #[schema(value_type = String)]
    scope: TokenScope,
    organizations: Option<Vec<String>>,
    labels: Vec<String>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Makes one; its value is shown this once.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let row = row(&gateway, new)?;
    let text = fresh_text()?;
    let audit = caller.made(&gateway, None, format!("token {} ({})", row.name, row.id));
    gateway
        .store
        .create_token(row.clone(), token_hash(&text), Some(audit))
        .await?;
    Ok(created(TokenView {
        token: Some(text),
        ..view(&gateway, &row)
    }))
}

/// Lists them.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    caller.administrates()?;
    let page = query.page(&[])?;
    Ok(ok(Items::of(gateway.store.tokens(page).await?, |row| {
        view(&gateway, &row)
    })))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(token): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let row = gateway
        .store
        .directory()
        .token(id(&token, "token")?)
        .ok_or_else(|| nothing("token"))?;
    Ok(ok(view(&gateway, &row)))
}

/// Deletes one: it stops to count at once.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(token): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let row = gateway
        .store
        .directory()
        .token(id(&token, "token")?)
        .ok_or_else(|| nothing("token"))?;
    let audit = caller.changed(&gateway, None, format!("token {} ({})", row.name, row.id));
    gateway.store.delete_token(row.id, Some(audit)).await?;
    Ok(ok(Deleted::DONE))
}

/// The text of a fresh token.
///
/// # Errors
/// When the system has no randomness.
pub fn fresh_text() -> Result<String, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(Problem::internal)?;
    Ok(token_text(&random))
}

fn row(gateway: &Gateway, new: NewToken) -> Result<AccessToken, Problem> {
    let at = gateway.clock.now();
    if new.name.trim().is_empty() || new.name.len() > MOST_NAME_BYTES || new.name.chars().any(char::is_control) {
        return Err(Problem::bad_request(format!(
            "`name`: 1 to {MOST_NAME_BYTES} bytes without control characters"
        )));
    }
    let directory = gateway.store.directory();
    let find = |name: &String| {
        let found = directory.organization_by_name(name).map(|row| row.id);
        found.ok_or_else(|| Problem::bad_request(format!("`organizations`: there is no organization `{name}`")))
    };
    let organizations = new
        .organizations
        .map(|names| names.iter().map(find).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    match (new.scope, &organizations) {
        (TokenScope::Organization, None) => {
            return Err(Problem::bad_request(
                "`organizations`: a token of this scope names at least one",
            ));
        }
        (TokenScope::Admin, Some(_)) => {
            return Err(Problem::bad_request(
                "`organizations`: an administrator's token reaches all",
            ));
        }
        (_, Some(list)) if list.is_empty() => {
            return Err(Problem::bad_request("`organizations`: name at least one"));
        }
        _ => {}
    }
    let labels = new.labels.unwrap_or_default();
    if new.scope != TokenScope::Worker && !labels.is_empty() {
        return Err(Problem::bad_request("`labels`: only a worker's token has labels"));
    }
    let span = |text: String| {
        config::span(&text)
            .filter(|span| !span.is_zero())
            .ok_or_else(|| Problem::bad_request("`expires_in`: a span such as `90d`"))
    };
    let expires_at = new.expires_in.map(span).transpose()?.map(|span| at.plus(span));
    Ok(AccessToken {
        id: TokenId(fresh_id()),
        name: new.name,
        scope: new.scope,
        organizations,
        labels,
        created_at: at,
        expires_at,
    })
}

fn view(gateway: &Gateway, row: &AccessToken) -> TokenView {
    let names = |ids: &Vec<_>| ids.iter().filter_map(|&id| organization_name(gateway, id)).collect();
    TokenView {
        id: row.id.to_string(),
        name: row.name.clone(),
        scope: row.scope,
        organizations: row.organizations.as_ref().map(names),
        labels: row.labels.clone(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        token: None,
    }
}
