//! The browser comes back with a code, which the forge turns into the app's keys. Nobody sees them: they go from the forge's answer
//! into files and into the app.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use forgegate_api::AppView;
use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::AppExchange;
use forgegate_sandbox::{CallError, Plugin};
use http::header;
use http::request::Parts;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::page;
use super::view::app_view;
use crate::access::{self, Call};
use crate::api::extract::{PathParams, Query};
use crate::apps::{Apps, Drafts, Kept, Made, Outcome, Pending};
use crate::core::Core;
use crate::forge_client::ForgeClient;
use crate::installations;
use crate::response::{Code, Problem, ok};

/// Why there is no app.
enum CallbackError {
    /// The code was not used: the same address can be opened again.
    Unused(String),
    /// It is over.
    Over(String),
}

/// Takes the code in. Needs no token: the state is one. A page where a browser asks, else JSON.
pub async fn take(
    State(core): State<Arc<Core>>,
    State(drafts): State<Arc<Drafts>>,
    State(client): State<Arc<ForgeClient>>,
    PathParams(forge): PathParams<String>,
    parts: Parts,
    query: Query,
) -> Response {
    let accept = parts.headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    let for_people = accept.is_some_and(|it| it.contains("text/html"));
    // Whoever hangs up has no part in what becomes of the app.
    let task = tokio::spawn(async move { made(&core, &drafts, &client, &forge, &parts, &query).await });
    let answer = task.await.unwrap_or_else(|error| Err(Problem::internal(error)));
    match answer {
        Ok(app) if for_people => page::made(&app),
        Ok(app) => ok(app),
        Err(problem) if for_people => page::problem(&problem),
        Err(problem) => problem.into_response(),
    }
}

async fn made(
    core: &Core,
    drafts: &Drafts,
    client: &ForgeClient,
    forge: &str,
    parts: &Parts,
    query: &Query,
) -> Result<AppView, Problem> {
    let plugin = installations::plugin(core, forge)?;
    let (code, state) = (query.text("code"), query.text("state").unwrap_or_default());
    let code = code.filter(|text| !text.is_empty());
    let code = code.ok_or_else(|| Problem::bad_request("the forge sent no code along"))?;
    let Some(pending) = drafts.take(forge, state, core.clock.now()) else {
        let problem = Problem::bad_request(
            "the state is unknown, was used or has expired; `forgegate app create` makes another link",
        );
        access::count(core, access::source(core, parts), &problem);
        return Err(problem);
    };
    let drafted = Arc::clone(&pending.drafted);
    match redeem(&core.apps, client, plugin, &pending, code).await {
        Ok(kept) => {
            record(core, parts, &drafted.actor, format!("app {} of {forge}", kept.id)).await;
            let view = app_view(&drafted.origin, forge, &kept);
            drafts.end(forge, &drafted, Outcome::Made(Arc::new(kept)));
            Ok(view)
        }
        Err(CallbackError::Unused(sentence)) => {
            drafts.give_back(forge, pending);
            let sentence = format!("{sentence}; open this address again in a moment");
            Err(Problem::new(Code::PluginUnavailable, sentence))
        }
        Err(CallbackError::Over(sentence)) => {
            let sentence = format!("{sentence}; delete the app at the forge and begin again");
            drafts.end(forge, &drafted, Outcome::Failed(sentence.clone()));
            Err(Problem::bad_request(sentence))
        }
    }
}

/// Turns the code into the app's keys, and keeps them.
async fn redeem(
    apps: &Arc<Apps>,
    client: &ForgeClient,
    plugin: &Plugin,
    pending: &Pending,
    code: &str,
) -> Result<Kept, CallbackError> {
    let exchange = plugin.redeem_app(code).await.map_err(|error| {
        tracing::warn!(%error, "a plugin failed over a code: {error}");
        CallbackError::Over("the forge's plugin failed; the log has the cause".to_owned())
    })?;
    let exchange = exchange.map_err(|error| CallbackError::Over(error.to_string()))?;
    let base_url = pending.drafted.base_url.clone();
    let answer = client.exchange_code(plugin, base_url.as_deref(), exchange.request.clone());
    let answer = answer.await.map_err(|error| match error {
        CallError::Unreachable(_) | CallError::RateLimited(_) => CallbackError::Unused(error.to_string()),
        error => CallbackError::Over(error.to_string()),
    })?;
    let body = Zeroizing::new(answer.body);
    match answer.status {
        200..=299 => {}
        429 | 500.. => {
            return Err(CallbackError::Unused(format!(
                "the forge answered {} to the code",
                answer.status
            )));
        }
        status => {
            return Err(CallbackError::Over(format!(
                "the forge does not take the code: it answered {status}"
            )));
        }
    }
    let made = read(&body, &exchange, base_url)
        .ok_or_else(|| CallbackError::Over("the forge's answer holds no app with its keys".to_owned()))?;
    let (apps, forge) = (Arc::clone(apps), plugin.forge().to_owned());
    let kept = tokio::task::spawn_blocking(move || apps.keep(&forge, &made)).await;
    let kept = kept.unwrap_or_else(|error| Err(error.to_string()));
    kept.map_err(|sentence| {
        tracing::error!("an app that was made is not kept: {sentence}");
        CallbackError::Over(sentence)
    })
}

/// The app that an answer holds, where the plugin says it does.
fn read(body: &[u8], exchange: &AppExchange, base_url: Option<String>) -> Option<Made> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let mut secret = |pointer: &str| match value.pointer_mut(pointer).map(Value::take) {
        Some(Value::String(text)) => Some(Secret::new(text)),
        _ => None,
    };
    let (private_key, webhook_secret) = (secret(&exchange.private_key)?, secret(&exchange.webhook_secret)?);
    let id = match value.pointer(&exchange.id)? {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let page = value.pointer(&exchange.page).and_then(Value::as_str);
    let page = page.and_then(|text| Url::parse(text).ok());
    let page = page.filter(|it| matches!(it.scheme(), "http" | "https"));
    Some(Made {
        id,
        page: page.map(String::from),
        base_url,
        private_key,
        webhook_secret,
    })
}

/// In the name of whoever began: the browser has no token.
async fn record(core: &Core, parts: &Parts, actor: &str, target: String) {
    let line = Call::of(core, parts).entry(core, None, actor.to_owned(), target, "201");
    if let Err(error) = core.store.record_audit(line).await {
        tracing::error!(%error, "an app that was made could not be put into the audit log: {error}");
    }
}
