//! How the making of an app is shown to programs. Nothing secret but the state, in the link.

use forgegate_api::{AppView, FieldView, FormView, MakingView, ManifestView};

use crate::apps::{Drafted, Form, Kept, Outcome};
use crate::core::Core;

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

pub(super) fn making_view(core: &Core, forge: &str, drafted: &Drafted, outcome: Outcome) -> MakingView {
    let (state, reason, app) = match outcome {
        Outcome::Waiting if core.clock.now() >= drafted.expires_at => ("expired", None, None),
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
