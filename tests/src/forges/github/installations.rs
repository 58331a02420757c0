//! The endpoints for an app about itself and its installations, and for an installation about itself.

use std::collections::BTreeMap;

use forgegate_model::timestamp::Timestamp;
use serde_json::{Value, json};

use super::app::{App, Minted};
use super::not_found;
use super::repositories::shown;
use crate::delivery::hmac;
use crate::forges::call::Delivery;
use crate::forges::world::{Installation, Posted, Repository, World};
use crate::forges::{Call, Reply};

pub(super) fn of_app(app: &App, world: &mut World, call: &Call, path: &[&str]) -> Reply {
    let settings = app.settings();
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let own = json!({ "id": settings.id, "slug": settings.slug, "name": settings.slug, "client_id": settings.client_id,
                "html_url": format!("{}/apps/{}", world.web, settings.slug), "permissions": settings.permissions,
                "events": ["push", "pull_request"] });
            Reply::json(200, own)
        }
        ("GET", ["installations", id]) => match find(world, id) {
            Some(it) => Reply::json(200, installation(app, it)),
            None => not_found(),
        },
        ("POST", ["installations", id, "access_tokens"]) => match find(world, id) {
            Some(it) if it.suspended => Reply::message(403, "This installation has been suspended"),
            Some(it) => token(app, world, it, &call.json()),
            None => not_found(),
        },
        ("GET", ["hook", "config"]) => Reply::json(
            200,
            json!({ "url": settings.hook_url, "content_type": "json", "insecure_ssl": "0", "secret": "********" }),
        ),
        ("GET", ["hook", "deliveries"]) => deliveries(world, call),
        ("POST", ["hook", "deliveries", id, "attempts"]) => match again(world, app, id) {
            Some(delivery) => Reply::json(202, json!({})).posting(Some(delivery)),
            None => not_found(),
        },
        _ => not_found(),
    }
}

pub(super) fn own(app: &App, world: &World, call: &Call, path: &[&str], minted: &Minted) -> Reply {
    match (call.method.as_str(), path) {
        ("GET", ["repositories"]) => {
            let narrowed = |it: &&&Repository| minted.repositories.as_ref().is_none_or(|ids| ids.contains(&it.id));
            let all = covered(world, minted.installation);
            let all: Vec<_> = all.iter().filter(narrowed).map(|it| shown(world, it)).collect();
            let (entries, total, next) = call.page(all, 100);
            let selection = find(world, &minted.installation.to_string()).map(selection);
            let page = json!({ "total_count": total, "repository_selection": selection, "repositories": entries });
            Reply::json(200, page).linked(call, &world.web, total, next)
        }
        ("DELETE", ["token"]) => {
            let token = call.token().unwrap_or_default();
            app.revoke(token);
            Reply::empty(204)
        }
        _ => not_found(),
    }
}

/// The repositories that an installation covers.
pub(super) fn covered(world: &World, id: u64) -> Vec<&Repository> {
    let Some(it) = find(world, &id.to_string()) else {
        return vec![];
    };
    let belongs = |repository: &&Repository| match &it.repositories {
        Some(ids) => ids.contains(&repository.id),
        None => repository.names().0.eq_ignore_ascii_case(&it.account.login),
    };
    world.repositories.iter().filter(belongs).collect()
}

/// A delivery of the app, signed.
pub(in crate::forges) fn delivery(app: &App, id: u64, guid: &str, event: &str, body: String) -> Delivery {
    let settings = app.settings();
    let tag = hmac(&body, &settings.webhook_secret);
    let fields = [
        ("content-type", "application/json".to_owned()),
        ("user-agent", "GitHub-Hookshot/044aadd".to_owned()),
        ("x-github-event", event.to_owned()),
        ("x-github-delivery", guid.to_owned()),
        ("x-github-hook-installation-target-id", settings.id.to_string()),
        ("x-github-hook-installation-target-type", "integration".to_owned()),
        ("x-hub-signature-256", format!("sha256={tag}")),
    ];
    Delivery {
        hook: None,
        id,
        guid: guid.to_owned(),
        event: event.to_owned(),
        url: settings.hook_url,
        headers: fields.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        body,
        awaited: false,
    }
}

fn find<'a>(world: &'a World, id: &str) -> Option<&'a Installation> {
    world.installations.iter().find(|it| it.id.to_string() == id)
}

const fn selection(it: &Installation) -> &'static str {
    if it.repositories.is_some() { "selected" } else { "all" }
}

fn installation(app: &App, it: &Installation) -> Value {
    let settings = app.settings();
    json!({ "id": it.id, "app_id": settings.id, "app_slug": settings.slug, "target_id": it.account.id, "repository_selection": selection(it),
        "account": { "id": it.account.id, "login": it.account.login, "type": "Organization" }, "permissions": settings.permissions,
        "suspended_at": it.suspended.then_some("2026-01-02T03:04:05Z") })
}

/// A token, narrowed as asked. More than the installation has is refused.
fn token(app: &App, world: &World, it: &Installation, asked: &Value) -> Reply {
    let granted = app.settings().permissions;
    let mut permissions = granted.clone();
    if let Some(asked) = asked["permissions"].as_object() {
        let wanted = asked
            .iter()
            .map(|(name, level)| (name.clone(), level.as_str().unwrap_or_default().to_owned()));
        permissions = wanted.collect::<BTreeMap<_, _>>();
        if permissions.iter().any(|(name, level)| !allows(&granted, name, level)) {
            return Reply::message(422, "The permissions requested are not granted to this installation.");
        }
    }
    let there = covered(world, it.id);
    let by_id = |id: &Value| there.iter().find(|it| Some(it.id) == id.as_u64()).map(|it| it.id);
    let by_name = |name: &Value| {
        there
            .iter()
            .find(|it| Some(it.names().1) == name.as_str())
            .map(|it| it.id)
    };
    let repositories: Option<Option<Vec<u64>>> =
        match (asked["repository_ids"].as_array(), asked["repositories"].as_array()) {
            (Some(ids), _) => Some(ids.iter().map(by_id).collect()),
            (None, Some(names)) => Some(names.iter().map(by_name).collect()),
            (None, None) => None,
        };
    if repositories == Some(None) {
        return Reply::message(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        );
    }
    let (token, minted) = app.mint(it.id, repositories.flatten(), permissions);
    let expires_at = Timestamp::from_seconds(i64::try_from(minted.expires_at).unwrap_or(i64::MAX)).to_string();
    Reply::json(
        201,
        json!({ "token": token, "expires_at": expires_at, "permissions": minted.permissions, "repository_selection": selection(it) }),
    )
}

/// True if a set of permissions has one at this level at least.
pub(super) fn allows(granted: &BTreeMap<String, String>, name: &str, level: &str) -> bool {
    granted
        .get(name)
        .is_some_and(|given| given == level || given == "write" || given == "admin")
}

/// Newest first, by status, with a cursor.
fn deliveries(world: &World, call: &Call) -> Reply {
    let arrived = |it: &Posted| (200..300).contains(&it.status);
    let wanted = |it: &&Posted| match call.query("status") {
        Some("success") => arrived(it),
        Some("failure") => !arrived(it),
        _ => true,
    };
    let number = |name| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let (from, length) = (number("cursor").unwrap_or(0), number("per_page").unwrap_or(30).min(100));
    let all: Vec<_> = world.posted.iter().rev().filter(wanted).collect();
    let page: Vec<_> = all.iter().skip(from).take(length).map(|it| posted(it)).collect();
    let reply = Reply::json(200, page);
    if from + length < all.len() {
        let (web, path, next) = (&world.web, &call.path, from + length);
        return reply.with(
            "link",
            format!("<{web}{path}?per_page={length}&cursor={next}>; rel=\"next\""),
        );
    }
    reply
}

fn posted(it: &Posted) -> Value {
    let payload: Value = serde_json::from_str(&it.body).unwrap_or_default();
    let at = Timestamp::from_seconds(i64::try_from(it.at).unwrap_or(i64::MAX)).to_string();
    json!({ "id": it.id, "guid": it.guid, "delivered_at": at, "redelivery": false, "duration": 0.1, "status_code": it.status,
        "status": if it.status == 0 { "timed out" } else { "OK" }, "event": it.event, "action": payload["action"],
        "installation_id": payload["installation"]["id"], "repository_id": payload["repository"]["id"], "throttled_at": null })
}

/// The same delivery under the same id.
fn again(world: &mut World, app: &App, id: &str) -> Option<Delivery> {
    let earlier = world.posted.iter().find(|it| it.id.to_string() == id)?.clone();
    let number = world.number();
    Some(delivery(app, number, &earlier.guid, &earlier.event, earlier.body))
}
