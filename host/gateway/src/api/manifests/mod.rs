//! Making an app at its forge: an operator opens a link, the forge makes the app and sends the browser back with a code, and the code
//! becomes the app's keys.
//!
//! `page` is what the browser sees, `view` what programs do, `callback` what the code becomes. Whoever holds a link can have an app of theirs taken in, so only
//! administrators get one, its state counts once and for half an hour.

mod callback;
mod page;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{NewManifest, parameters};
use forgegate_model::plugin::Description;
use forgegate_model::secret::Secret;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{AppForm, AppSpec, OutboundError};
use url::Url;

use super::extract::{JsonBody, PathParams, Query, id, nothing};
use crate::access::Caller;
use crate::apps::{Drafted, Drafts, Form, LIFE, Outcome};
use crate::clock::fresh_id;
use crate::config;
use crate::core::Core;
use crate::forge_client::public_address;
use crate::installations;
use crate::response::{Code, Problem, created, ok};

pub use callback::take as callback;
pub use page::form;
use view::{hook_url, making_view, manifest_view};

const MOST_NAME_BYTES: usize = 100;

/// The longest that somebody may wait for the outcome.
const MOST_WAIT_MS: u64 = 60_000;

/// Begins.
pub async fn create(
    State(core): State<Arc<Core>>,
    State(drafts): State<Arc<Drafts>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
    JsonBody(new): JsonBody<NewManifest>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let plugin = installations::plugin(&core, &forge)?;
    refuse_second(&core, &forge)?;
    let base_url = new.base_url.as_deref().map(origin).transpose()?;
    let web = web_address(plugin.description(), base_url.as_deref())?;
    let (state, name) = (fresh_state()?, name(new.name, &caller.origin)?);
    let spec = AppSpec {
        name: name.clone(),
        owner: new.organization.filter(|text| !text.is_empty()),
        home: caller.origin.clone(),
        hook_url: hook_url(&caller.origin, &forge),
        callback_url: format!("{}/api/v1/apps/{forge}/manifest/callback", caller.origin),
        state: state.clone(),
    };
    let form = draw(plugin, &web, &spec).await?;
    let drafted = Drafted {
        id: fresh_id(),
        name,
        base_url,
        actor: caller.actor(),
        origin: caller.origin.clone(),
        expires_at: core.clock.now().plus(LIFE),
    };
    let view = manifest_view(&forge, &drafted, &form, &state, warnings(&core));
    let audit = caller.made(&core, None, format!("the link to an app of {forge}"));
    core.store.record_audit(audit).await?;
    drafts.begin(&forge, drafted, Secret::new(state), form);
    Ok(created(view))
}

/// Shows how it stands; with `wait_ms`, once it stands otherwise.
pub async fn show(
    State(core): State<Arc<Core>>,
    State(drafts): State<Arc<Drafts>>,
    caller: Caller,
    PathParams((forge, making)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    query.only(parameters::WAIT)?;
    let wait = query.text("wait_ms").map_or(Some(0), |text| text.parse().ok());
    let wait = wait.filter(|it| *it <= MOST_WAIT_MS);
    let wait = wait.ok_or_else(|| Problem::bad_request(format!("`wait_ms` is a number up to {MOST_WAIT_MS}")))?;
    let followed = drafts.follow(&forge, id(&making, "app being made")?);
    let (drafted, mut outcomes) = followed.ok_or_else(|| nothing("app being made"))?;
    let ended = outcomes.wait_for(|outcome| !matches!(outcome, Outcome::Waiting));
    tokio::select! {
        _ = tokio::time::timeout(Duration::from_millis(wait), ended) => {}
        () = core.draining.cancelled() => return Err(Problem::new(Code::Draining, "the gateway is stopping")),
    }
    let outcome = outcomes.borrow().clone();
    Ok(ok(making_view(&core, &forge, &drafted, outcome)))
}

fn refuse_second(core: &Core, forge: &str) -> Result<(), Problem> {
    let Some(app) = core.apps.get(forge) else {
        return Ok(());
    };
    let way_out = if core.config.apps.contains_key(forge) {
        format!("take `[apps.{forge}]` out of the configuration")
    } else {
        format!("delete `{}`", core.apps.folder(forge).display())
    };
    let id = &app.id;
    Err(Problem::new(
        Code::Conflict,
        format!("there is an app for this forge already, {id}; to have another, {way_out} and start the gateway anew"),
    ))
}

fn web_address(description: &Description, base_url: Option<&str>) -> Result<String, Problem> {
    let web = base_url.map(str::to_owned).or_else(|| public_address(description));
    web.ok_or_else(|| Problem::bad_request("`base_url`: the forge has no public address; name its web address"))
}

fn name(given: Option<String>, origin: &str) -> Result<String, Problem> {
    let host = Url::parse(origin)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    let name = given.unwrap_or_else(|| format!("Forgegate {}", host.unwrap_or_default()));
    let plain = !name.trim().is_empty() && name.len() <= MOST_NAME_BYTES && !name.chars().any(char::is_control);
    plain.then_some(name).ok_or_else(|| {
        Problem::bad_request(format!(
            "`name`: 1 to {MOST_NAME_BYTES} bytes without control characters"
        ))
    })
}

fn origin(text: &str) -> Result<String, Problem> {
    config::origin(text).map_err(|sentence| Problem::bad_request(format!("`base_url`: {sentence}")))
}

fn fresh_state() -> Result<String, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(Problem::internal)?;
    Ok(hex::encode(random))
}

fn warnings(core: &Core) -> Vec<String> {
    let unset = core.config.server.public_url.is_none();
    let sentence = "`server.public_url` is not set: the app would post to the address that this request came to, and the forge may \
                    not reach it, or not take it";
    unset.then(|| sentence.to_owned()).into_iter().collect()
}

/// The form under the forge's web address.
fn posted(web: &str, form: AppForm) -> Result<Form, Problem> {
    let mut url = Url::parse(web).map_err(Problem::internal)?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(form.path);
    }
    if !form.query.is_empty() {
        url.query_pairs_mut().extend_pairs(form.query);
    }
    Ok(Form {
        action: url.into(),
        fields: form.fields,
    })
}

/// The form, as the plugin draws it.
async fn draw(plugin: &Plugin, web: &str, spec: &AppSpec) -> Result<Form, Problem> {
    let drawn = plugin.draft_app(spec).await.map_err(|error| {
        tracing::warn!(%error, "a plugin failed over an app: {error}");
        Problem::new(
            Code::PluginUnavailable,
            "the forge's plugin failed; the log has the cause",
        )
    })?;
    drawn
        .map_err(|error| undrawn(&error))
        .and_then(|form| posted(web, form))
}

fn undrawn(error: &OutboundError) -> Problem {
    match error {
        OutboundError::Unsupported => Problem::bad_request("the forge's plugin does not make apps"),
        error => Problem::bad_request(format!("the forge's plugin makes no such app: {error}")),
    }
}
