//! The pages that a browser visits to make an app, and the exchange of the resulting code.

use serde_json::{Value, json};

use super::app::App;
use super::{invalid, not_found};
use crate::forges::server::pair;
use crate::forges::world::World;
use crate::forges::{Call, Reply};

/// The form with the manifest. Where people would have to agree, everything is agreed to.
pub(super) fn answer(app: &App, call: &Call, path: &[&str]) -> Reply {
    match (call.method.as_str(), path) {
        ("POST", ["settings", "apps", "new"] | ["organizations", _, "settings", "apps", "new"]) => {
            let form = String::from_utf8_lossy(&call.body).into_owned();
            let manifest = form.split('&').map(pair).find(|(name, _)| name == "manifest");
            let manifest: Value = manifest
                .and_then(|(_, text)| serde_json::from_str(&text).ok())
                .unwrap_or_default();
            let (Some(back), true) = (manifest["redirect_url"].as_str(), manifest["url"].is_string()) else {
                return invalid("the manifest lacks `redirect_url` or `url`");
            };
            let state = call.query("state").unwrap_or_default();
            let target = format!("{back}?code={}&state={state}", app.accept(manifest.clone()));
            Reply::empty(302).with("location", target)
        }
        _ => not_found(),
    }
}

/// Needs no credential. The code is good for one call.
pub(super) fn conversion(app: &App, world: &World, code: &str) -> Reply {
    let Some(manifest) = app.redeem(code) else {
        return not_found();
    };
    app.set(|settings| {
        if let Some(url) = manifest["hook_attributes"]["url"].as_str() {
            settings.hook_url = url.to_owned();
        }
        if let Some(permissions) = manifest["default_permissions"].as_object() {
            let level = |level: &Value| level.as_str().unwrap_or_default().to_owned();
            settings.permissions = permissions
                .iter()
                .map(|(name, given)| (name.clone(), level(given)))
                .collect();
        }
    });
    let settings = app.settings();
    let made = json!({ "id": settings.id, "slug": settings.slug, "name": manifest["name"], "client_id": settings.client_id,
        "client_secret": "the secret of the client", "webhook_secret": settings.webhook_secret, "pem": app.private_key(),
        "html_url": format!("{}/apps/{}", world.web, settings.slug), "permissions": settings.permissions });
    Reply::json(201, made)
}
