//! Access tokens. Only administrators have to do with them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{Deleted, NewToken, TokenView, parameters};
use forgegate_model::ids::TokenId;
use forgegate_model::token::{AccessToken, TokenScope, token_hash, token_text};

use super::extract::{JsonBody, PathParams, Query, id, nothing};
use super::shape::{organization_name, page_view};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::config;
use crate::core::Core;
use crate::response::{Problem, created, ok};

const MOST_NAME_BYTES: usize = 100;

/// Makes one; its value is shown this once.
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let token = read(&core, new)?;
    let text = fresh_text()?;
    let audit = caller.made(&core, None, format!("token {} ({})", token.name, token.id));
    core.store
        .create_token(token.clone(), token_hash(&text), Some(audit))
        .await?;
    Ok(created(TokenView {
        token: Some(text),
        ..view(&core, &token)
    }))
}

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    caller.administrates()?;
    let page = query.page(parameters::NONE)?;
    Ok(ok(page_view(core.store.tokens(page).await?, |token| {
        view(&core, &token)
    })))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(token): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let token = core
        .store
        .directory()
        .token(id(&token, "token")?)
        .ok_or_else(|| nothing("token"))?;
    Ok(ok(view(&core, &token)))
}

/// Deletes one: it stops to count at once.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(token): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let token = core
        .store
        .directory()
        .token(id(&token, "token")?)
        .ok_or_else(|| nothing("token"))?;
    let audit = caller.changed(&core, None, format!("token {} ({})", token.name, token.id));
    core.store.delete_token(token.id, Some(audit)).await?;
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

fn read(core: &Core, new: NewToken) -> Result<AccessToken, Problem> {
    let at = core.clock.now();
    if new.name.trim().is_empty() || new.name.len() > MOST_NAME_BYTES || new.name.chars().any(char::is_control) {
        return Err(Problem::bad_request(format!(
            "`name`: 1 to {MOST_NAME_BYTES} bytes without control characters"
        )));
    }
    let directory = core.store.directory();
    let find = |name: &String| {
        let found = directory.organization_by_name(name).map(|it| it.id);
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

fn view(core: &Core, token: &AccessToken) -> TokenView {
    let names = |ids: &Vec<_>| ids.iter().filter_map(|&id| organization_name(core, id)).collect();
    TokenView {
        id: token.id.to_string(),
        name: token.name.clone(),
        scope: token.scope,
        organizations: token.organizations.as_ref().map(names),
        labels: token.labels.clone(),
        created_at: token.created_at,
        expires_at: token.expires_at,
        token: None,
    }
}
