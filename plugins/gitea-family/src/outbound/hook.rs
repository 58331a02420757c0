//! The webhook at the forge: made, repaired, looked up, tested.

use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{Call, HookOwner, HookResult, HookSpec, HookState, OutboundError, owner_and_name};

use super::api::{PER_PAGE, needs};
use super::fields::FIELDS;
use crate::Forge;

/// The most pages of hooks that are searched.
const PAGES: u32 = 20;
const MISSING: &str = "the token must have the scope write:repository or write:organization, and its account must administer the place of the hook";

/// The events that a hook is made with. `pull_request` stands for all that happens to one: its labels, reviews, comments and pushes.
const WANTED: [&str; 6] = [
    "push",
    "delete",
    "pull_request",
    "issue_comment",
    "release",
    "repository",
];

/// The events that a hook made with them says it has, among more.
const SHOWN: [&str; 9] = [
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
    /// The fields that are wrong, in the words of the form.
    wrong: Vec<String>,
    active: bool,
    events: Vec<String>,
}

/// Makes the hook where there is none of this URL, and sets right what is there.
///
/// An edit leaves the secret as it is (assumed of all versions), so that a new secret takes a new hook: it is made before the old one goes,
/// for what is sent twice is noticed, and what is never sent is not.
pub fn ensure_hook(forge: &Forge, spec: &HookSpec) -> Result<HookResult, OutboundError> {
    let hooks = hooks(&spec.owner, &spec.url)?;
    match hooks.first() {
        Some(hook) if !spec.rotate => repair(&spec.owner, &spec.url, hook),
        found => {
            let id = create(forge, spec)?;
            for hook in &hooks {
                // One that is gone already is no problem.
                at(Call::delete, &spec.owner, &[&hook.id])?
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

/// Tells whether the forge posts to the hook. The outcome of its deliveries is shown on the forge's pages alone.
pub fn hook_health(owner: &HookOwner, url: &str) -> Result<HookState, OutboundError> {
    let hook = hooks(owner, url)?.into_iter().next().ok_or(OutboundError::NotFound)?;
    Ok(HookState {
        id: hook.id,
        enabled: hook.active,
        disabled_until: None,
        failures: Vec::new(),
    })
}

/// Has the forge send the last push to the default branch. It offers that for repositories only.
pub fn test_hook(owner: &HookOwner, hook_id: &str) -> Result<(), OutboundError> {
    match owner {
        HookOwner::Repository(_) => {
            let call = at(Call::post, owner, &[hook_id, "tests"])?;
            call.ok().map(drop).map_err(needs(MISSING))
        }
        HookOwner::Organization(_) => Err(OutboundError::Unsupported),
    }
}

/// All hooks of that URL, the newest first.
fn hooks(owner: &HookOwner, url: &str) -> Result<Vec<Hook>, OutboundError> {
    let mut call = at(Call::get, owner, &[])?.query("limit", PER_PAGE);
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
    let has_all_events = SHOWN.iter().all(|name| has(name)) && REVIEWS.iter().any(|name| has(name));
    let is_unfiltered = matches!(part.text_or_none("branch_filter")?, None | Some("" | "*"));
    let mut wrong = Vec::new();
    for (name, is_right) in [
        ("POST Content Type", is_json),
        ("Trigger On", has_all_events),
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

fn create(forge: &Forge, spec: &HookSpec) -> Result<String, OutboundError> {
    let config = config(&spec.url).text("secret", "{webhook-secret}");
    let body = Object::new().text("type", forge.id).object("config", config);
    let body = body.texts("events", &WANTED).flag("active", true);
    let call = at(Call::post, &spec.owner, &[])?.json(body);
    let answer = call.ok().map_err(needs(MISSING))?;
    Ok(answer.tree(FIELDS)?.root().id("id")?)
}

/// Events that somebody ticked beyond what is needed stay.
fn repair(owner: &HookOwner, url: &str, hook: &Hook) -> Result<HookResult, OutboundError> {
    if !hook.wrong.is_empty() {
        let more = hook
            .events
            .iter()
            .map(String::as_str)
            .filter(|event| !WANTED.contains(event));
        let events: Vec<&str> = WANTED.into_iter().chain(more).collect();
        let body = Object::new().object("config", config(url)).texts("events", &events);
        let body = body.text("branch_filter", "*").flag("active", true);
        at(Call::patch, owner, &[&hook.id])?
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

/// A call about the hooks of a repository or organization.
fn at(call: fn(&[&str]) -> Call, owner: &HookOwner, rest: &[&str]) -> Result<Call, OutboundError> {
    let mut path = match owner {
        HookOwner::Repository(repository) => {
            let (namespace, name) = owner_and_name(repository)?;
            vec!["repos", namespace, name, "hooks"]
        }
        HookOwner::Organization(name) => vec!["orgs", name, "hooks"],
    };
    path.extend(rest);
    Ok(call(&path))
}
