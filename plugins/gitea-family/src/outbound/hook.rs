//! The webhook at the forge: made, repaired, looked at, tried.

use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{Call, HookPlace, HookResult, HookState, HookWish, OutboundError, owner_and_name};

use super::fields::FIELDS;
use super::{PAGE, needs};
use crate::describe::Forge;

/// The most pages of hooks that are searched.
const PAGES: u32 = 20;
const MISSING: &str = "the token must have the scope write:repository or write:organization, and its account must administer the place of the hook";

/// What a hook is told. `pull_request` stands for all that happens to one: its labels, reviews, comments and pushes.
const WANTED: [&str; 6] = [
    "push",
    "delete",
    "pull_request",
    "issue_comment",
    "release",
    "repository",
];

/// What a hook that was told that says of itself, among more.
const TOLD: [&str; 9] = [
    "push",
    "delete",
    "pull_request",
    "pull_request_comment",
    "pull_request_label",
    "pull_request_sync",
    "issue_comment",
    "release",
    "repository",
];

/// Reviews go by several names.
const REVIEWS: [&str; 3] = [
    "pull_request_review_approved",
    "pull_request_review",
    "pull_request_approved",
];

/// A hook with the URL that was asked for.
struct Hook {
    number: u64,
    id: String,
    /// What is wrong with it, in the words of the form.
    wrong: Vec<String>,
    active: bool,
    events: Vec<String>,
}

/// Makes the hook where there is none of this URL, and sets right what is there.
///
/// An edit leaves the secret as it is (assumed of all versions), so that a new secret takes a new hook: it is made before the old one goes,
/// for what is sent twice is noticed, and what is never sent is not.
pub fn ensure_hook(forge: &Forge, wish: &HookWish) -> Result<HookResult, OutboundError> {
    let hooks = hooks(&wish.place, &wish.url)?;
    match hooks.first() {
        Some(hook) if !wish.rotate => repair(&wish.place, &wish.url, hook),
        found => {
            let id = create(forge, wish)?;
            for hook in &hooks {
                // One that is gone already is no problem.
                at(Call::delete, &wish.place, &[&hook.id])?
                    .found()
                    .map_err(needs(MISSING))?;
            }
            let changed = found.map(|_| "Secret".to_owned());
            Ok(HookResult {
                id,
                created: found.is_none(),
                changed: changed.into_iter().collect(),
            })
        }
    }
}

/// Whether the forge posts to it. What became of its deliveries is shown on its pages alone.
pub fn hook_health(place: &HookPlace, url: &str) -> Result<HookState, OutboundError> {
    let hook = hooks(place, url)?.into_iter().next().ok_or(OutboundError::NotFound)?;
    Ok(HookState {
        id: hook.id,
        enabled: hook.active,
        disabled_until: None,
        failures: Vec::new(),
    })
}

/// Has the forge send the last push to the default branch. It offers that for repositories only.
pub fn test_hook(place: &HookPlace, hook_id: &str) -> Result<(), OutboundError> {
    match place {
        HookPlace::Repository(_) => {
            let call = at(Call::post, place, &[hook_id, "tests"])?;
            call.ok().map(|_| ()).map_err(needs(MISSING))
        }
        HookPlace::Organization(_) => Err(OutboundError::Unsupported),
    }
}

/// All hooks of that URL, the newest first.
fn hooks(place: &HookPlace, url: &str) -> Result<Vec<Hook>, OutboundError> {
    let mut call = at(Call::get, place, &[])?.query("limit", PAGE);
    // An administrator may have given hooks a credential to carry, which is none of a plugin's business.
    for index in 0..50_u8 {
        call = call.secret(&["/", &index.to_string(), "/authorization_header"].concat());
    }
    let mut pages = call.pages(PAGES);
    let mut hooks: Vec<Hook> = Vec::new();
    while let Some(answer) = pages.next_page().map_err(needs(MISSING))? {
        for part in answer.tree(FIELDS)?.root().items()? {
            if part.text_or_none("config.url")? == Some(url) {
                let hook = hook(part)?;
                let older = hooks.iter().position(|other| other.number < hook.number);
                hooks.insert(older.unwrap_or(hooks.len()), hook);
            }
        }
    }
    Ok(hooks)
}

fn hook(part: Part<'_>) -> Result<Hook, OutboundError> {
    let mut events = Vec::new();
    for event in part.list("events")?.into_iter().flatten() {
        events.push(event.as_text()?.to_owned());
    }
    let has = |name: &str| events.iter().any(|event: &String| event == name);
    let active = part.flag("active")? == Some(true);
    let is_json = part.text_or_none("config.content_type")? == Some("json");
    let is_told_all = TOLD.iter().all(|name| has(name)) && REVIEWS.iter().any(|name| has(name));
    let is_unfiltered = matches!(part.text_or_none("branch_filter")?, None | Some("" | "*"));
    let mut wrong = Vec::new();
    for (name, is_right) in [
        ("POST Content Type", is_json),
        ("Trigger On", is_told_all),
        ("Branch filter", is_unfiltered),
        ("Active", active),
    ] {
        if !is_right {
            wrong.push(name.to_owned());
        }
    }
    let number = part.number("id")?;
    Ok(Hook {
        number,
        id: number.to_string(),
        wrong,
        active,
        events,
    })
}

fn create(forge: &Forge, wish: &HookWish) -> Result<String, OutboundError> {
    let config = config(&wish.url).text("secret", "{webhook-secret}");
    let body = Object::new().text("type", forge.id).object("config", config);
    let body = body.texts("events", &WANTED).flag("active", true);
    let call = at(Call::post, &wish.place, &[])?.json(body);
    let answer = call.ok().map_err(needs(MISSING))?;
    Ok(answer.tree(FIELDS)?.root().id("id")?)
}

/// Events that somebody ticked beyond what is needed stay.
fn repair(place: &HookPlace, url: &str, hook: &Hook) -> Result<HookResult, OutboundError> {
    if !hook.wrong.is_empty() {
        let more = hook
            .events
            .iter()
            .map(String::as_str)
            .filter(|event| !WANTED.contains(event));
        let events: Vec<&str> = WANTED.into_iter().chain(more).collect();
        let body = Object::new().object("config", config(url)).texts("events", &events);
        let body = body.text("branch_filter", "*").flag("active", true);
        at(Call::patch, place, &[&hook.id])?
            .json(body)
            .ok()
            .map_err(needs(MISSING))?;
    }
    Ok(HookResult {
        id: hook.id.clone(),
        created: false,
        changed: hook.wrong.clone(),
    })
}

fn config(url: &str) -> Object {
    Object::new().text("url", url).text("content_type", "json")
}

/// A call about the hooks of a place.
fn at(call: fn(&[&str]) -> Call, place: &HookPlace, rest: &[&str]) -> Result<Call, OutboundError> {
    let mut path = match place {
        HookPlace::Repository(repository) => {
            let (owner, name) = owner_and_name(repository)?;
            vec!["repos", owner, name, "hooks"]
        }
        HookPlace::Organization(name) => vec!["orgs", name, "hooks"],
    };
    path.extend(rest);
    Ok(call(&path))
}
