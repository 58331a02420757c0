//! The App itself: its making, its installations, and GitHub's networks.

use forgegate_sdk::events::User;
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{AppExchange, AppForm, AppSpec, InstallationNow, OutboundError};
use forgegate_sdk::{Method, ParseError};

use super::api::{call, read};
use crate::requirements::{EVENTS, PERMISSIONS};

/// Fills in the form of the App-manifest flow: the browser posts the manifest, GitHub shows what it is asked for, makes the App and comes back with a code.
pub fn draft_app(spec: &AppSpec) -> AppForm {
    let path: Vec<&str> = match &spec.owner {
        Some(organization) => vec!["organizations", organization, "settings", "apps", "new"],
        None => vec!["settings", "apps", "new"],
    };
    let hook = Object::new().text("url", &spec.hook_url).flag("active", true);
    let permissions = PERMISSIONS
        .iter()
        .fold(Object::new(), |all, it| all.text(it.name, it.level));
    let manifest = Object::new()
        .text("name", &spec.name)
        .text("url", &spec.home)
        .object("hook_attributes", hook)
        .text("redirect_url", &spec.callback_url)
        .flag("public", false)
        .object("default_permissions", permissions)
        .texts("default_events", &EVENTS);
    AppForm {
        path: path.into_iter().map(str::to_owned).collect(),
        query: vec![("state".into(), spec.state.clone())],
        fields: vec![("manifest".into(), manifest.finish())],
    }
}

/// Says how the code becomes the App's keys. It is good for an hour and for one call, which needs no credential.
pub fn redeem_app(code: &str) -> Result<AppExchange, OutboundError> {
    if code.is_empty()
        || !code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    {
        return Err(OutboundError::Rejected("this is no code of GitHub's".into()));
    }
    let secrets = ["/pem", "/webhook_secret", "/client_secret"];
    let conversion = call(Method::Post, &["app-manifests", code, "conversions"]);
    Ok(AppExchange {
        request: secrets
            .iter()
            .fold(conversion, |call, pointer| call.secret(pointer))
            .request(),
        id: "/id".into(),
        page: "/html_url".into(),
        private_key: "/pem".into(),
        webhook_secret: "/webhook_secret".into(),
    })
}

/// Finds the installation. GitHub shows an App its own installations only: another's is not found.
pub fn find_installation(id: &str) -> Result<InstallationNow, OutboundError> {
    read(&call(Method::Get, &["app", "installations", id]), |root| {
        Ok(InstallationNow {
            id: root.id("id")?,
            account: holder(root.at("account"))?,
            suspended: root.at_or_none("suspended_at").is_some(),
            all_repositories: root.text("repository_selection")? == "all",
        })
    })
}

/// Lists the networks that GitHub posts from. An Enterprise Server does not say where it posts from.
pub fn addresses() -> Result<Vec<String>, OutboundError> {
    let networks = read(&call(Method::Get, &["meta"]), |root| {
        let Some(listed) = root.list("hooks")? else {
            return Ok(None);
        };
        let networks = listed.map(|network| Ok(network.as_text()?.to_owned()));
        networks.collect::<Result<_, ParseError>>().map(Some)
    })?;
    networks.ok_or(OutboundError::Unsupported)
}

/// A user or an organization has a login, an enterprise a slug.
fn holder(account: Part) -> Result<User, ParseError> {
    let login = match account.owned("login")? {
        Some(login) => login,
        None => account.text("slug")?.to_owned(),
    };
    Ok(User {
        id: Some(account.id("id")?),
        login,
    })
}
