//! How the making of an app is shown to programs. Nothing secret but the state, in the link.

use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::apps::{Drafted, Form, Kept, Outcome};
use crate::gateway::Gateway;

/// What an operator opens, and until when.
#[derive(Serialize, ToSchema)]
pub struct ManifestView {
    id: String,
    forge: String,
    name: String,
    /// The page to open: it leads to the forge.
    url: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    form: FormView,
    warnings: Vec<String>,
}

/// The form that the page posts, for whoever has a page of their own.
#[derive(Serialize, ToSchema)]
pub struct FormView {
    action: String,
    fields: Vec<FieldView>,
}

/// A field of the form.
#[derive(Serialize, ToSchema)]
pub struct FieldView {
    name: String,
    value: String,
}

/// How the making of an app stands.
#[derive(Serialize, ToSchema)]
pub struct MakingView {
    id: String,
    forge: String,
    name: String,
    /// `waiting`, `made`, `failed` or `expired`.
    state: &'static str,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Why it failed.
    reason: Option<String>,
    app: Option<AppView>,
}

/// An app that was made. Its keys are shown to nobody.
#[derive(Serialize, ToSchema)]
pub struct AppView {
    forge: String,
    pub(super) id: String,
    /// Its page at the forge, where it is installed.
    pub(super) page: Option<String>,
    base_url: Option<String>,
    hook_url: String,
    private_key_file: String,
    webhook_secret_file: String,
    /// The section of the configuration that says what counts from here on. Nothing has to be written anywhere.
    pub(super) configuration: String,
}

pub(super) fn manifest_view(
    forge: &str,
    drafted: &Drafted,
    form: &Form,
    state: &str,
    warnings: Vec<String>,
) -> ManifestView {
    ManifestView {
        id: drafted.id.to_string(),
        forge: forge.to_owned(),
        name: drafted.name.clone(),
        url: format!("{}/api/v1/apps/{forge}/manifest/form?state={state}", drafted.origin),
        expires_at: drafted.expires_at,
        form: form_view(form),
        warnings,
    }
}

/// Where an app posts its deliveries.
pub(super) fn hook_url(origin: &str, forge: &str) -> String {
    format!("{origin}/api/v1/hooks/{forge}")
}

fn form_view(form: &Form) -> FormView {
    let field = |(name, value): &(String, String)| FieldView {
        name: name.clone(),
        value: value.clone(),
    };
    FormView {
        action: form.action.clone(),
        fields: form.fields.iter().map(field).collect(),
    }
}

pub(super) fn making_view(gateway: &Gateway, forge: &str, drafted: &Drafted, outcome: Outcome) -> MakingView {
    let (state, reason, app) = match outcome {
        Outcome::Waiting if gateway.clock.now() >= drafted.expires_at => ("expired", None, None),
        Outcome::Waiting => ("waiting", None, None),
        Outcome::Made(kept) => ("made", None, Some(app_view(&drafted.origin, forge, &kept))),
        Outcome::Failed(reason) => ("failed", Some(reason), None),
    };
    MakingView {
        id: drafted.id.to_string(),
        forge: forge.to_owned(),
        name: drafted.name.clone(),
        state,
        expires_at: drafted.expires_at,
        reason,
        app,
    }
}

pub(super) fn app_view(origin: &str, forge: &str, kept: &Kept) -> AppView {
    AppView {
        forge: forge.to_owned(),
        id: kept.id.clone(),
        page: kept.page.clone(),
        base_url: kept.base_url.clone(),
        hook_url: hook_url(origin, forge),
        private_key_file: kept.private_key_file.display().to_string(),
        webhook_secret_file: kept.webhook_secret_file.display().to_string(),
        configuration: kept.configuration(forge),
    }
}
