//! The hooks of a project or group: made, repaired, looked up, tested.

use forgegate_sdk::Method;
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{Answer, Call, HookOwner, HookResult, HookSpec, HookState, OutboundError};

use super::api::{PER_PAGE, Reader, call, id_of, project, tree};
use crate::parse::rfc3339;

/// The most pages of hooks that are read. GitLab.com allows 100 hooks to a project and 50 to a group.
const PAGES: u32 = 10;

/// The most deliveries that GitLab puts on a page.
const DELIVERIES_PER_PAGE: &str = "20";

/// The most failures that are told.
const FAILURES: usize = 5;

/// The events that are ticked: the field, and the words beside the box.
pub const EVENTS: [(&str, &str); 12] = [
    ("push_events", "Push events"),
    ("tag_push_events", "Tag push events"),
    ("merge_requests_events", "Merge request events"),
    ("note_events", "Comments"),
    ("releases_events", "Releases events"),
    ("issues_events", "Issues events"),
    ("confidential_issues_events", "Confidential issues events"),
    ("confidential_note_events", "Confidential comments"),
    ("pipeline_events", "Pipeline events"),
    ("job_events", "Job events"),
    ("deployment_events", "Deployment events"),
    ("wiki_page_events", "Wiki page events"),
];

const SSL: (&str, &str) = ("enable_ssl_verification", "SSL verification");

/// The fields that must be empty: a filter keeps pushes back, and a template makes bodies that no event can be read from.
const EMPTY: [(&str, &str); 2] = [
    ("push_events_branch_filter", "Branch filter of push events"),
    ("custom_webhook_template", "Custom webhook template"),
];

const SECRET: &str = "Secret token";

/// The host writes the secret here.
const SECRET_SLOT: &str = "{webhook-secret}";

/// Makes the hook where there is none of this URL, and sets right what is there. One hook has the URL; were there more, the first counts.
pub fn ensure_hook(spec: &HookSpec) -> Result<HookResult, OutboundError> {
    let mut there = None;
    find(&spec.owner, &mut |read, hook| {
        let same = read.text(hook, "url") == spec.url;
        if same {
            there = Some((read.id(hook, "id"), changes(read, hook, spec)));
        }
        same
    })?;
    let Some((id, changed)) = there else {
        return create(spec);
    };
    if !changed.is_empty() {
        let body = body(spec, changed.contains(&SECRET));
        let put = hook_call(Method::Put, &spec.owner, "/{}", &[&id], &[]);
        send(&spec.owner, &put.json(body))?;
    }
    Ok(HookResult {
        id,
        created: false,
        changed: changed.into_iter().map(str::to_owned).collect(),
    })
}

fn create(spec: &HookSpec) -> Result<HookResult, OutboundError> {
    let post = hook_call(Method::Post, &spec.owner, "", &[], &[]);
    let answer = send(&spec.owner, &post.json(body(spec, true)))?;
    Ok(HookResult {
        id: id_of(&answer)?,
        created: true,
        changed: Vec::new(),
    })
}

/// The fields that are wrong, in the words of the form.
fn changes(read: &Reader, hook: Part, spec: &HookSpec) -> Vec<&'static str> {
    // A field that this GitLab does not know cannot be set either.
    let is_off = |field| read.flag(hook, field) == Some(false);
    let is_filled = |field| read.text_or_none(hook, field).is_some_and(|text| !text.is_empty());
    let off = EVENTS.into_iter().chain([SSL]).filter(|(field, _)| is_off(field));
    let filled = EMPTY.into_iter().filter(|(field, _)| is_filled(field));
    let mut changed: Vec<_> = off.chain(filled).map(|(_, words)| words).collect();
    // Told since GitLab 19: whether there is a secret at all.
    if spec.rotate || is_off("token_present") {
        changed.push(SECRET);
    }
    changed
}

/// A token that is left out stays as it is.
fn body(spec: &HookSpec, with_secret: bool) -> Object {
    let mut body = Object::new().text("url", &spec.url);
    for (field, _) in EVENTS.into_iter().chain([SSL]) {
        body = body.flag(field, true);
    }
    for (field, _) in EMPTY {
        body = body.text(field, "");
    }
    body.text_if("token", with_secret.then_some(SECRET_SLOT))
}

/// A call about the hooks there: about the one that the first value names, where the template says more.
pub fn hook_call(method: Method, owner: &HookOwner, template: &str, values: &[&str], query: &[(&str, &str)]) -> Call {
    let (kind, id) = match owner {
        HookOwner::Repository(repository) => ("projects", project(repository)),
        HookOwner::Organization(group) => ("groups", group.as_str()),
    };
    let template = ["{}/{}/hooks", template].concat();
    call(method, &template, &[&[kind, id], values].concat(), query)
}

/// Reads hook by hook until one is the right one.
pub fn find(owner: &HookOwner, is_it: &mut dyn FnMut(&Reader, Part) -> bool) -> Result<(), OutboundError> {
    let hooks = hook_call(Method::Get, owner, "", &[], &[("per_page", PER_PAGE)]);
    let mut pages = hooks.pages(PAGES);
    while let Some(answer) = pages.next_page().map_err(|error| refused(owner, error))? {
        let (tree, read) = (tree(&answer)?, Reader::default());
        let found = read.items(tree.root()).into_iter().any(|hook| is_it(&read, hook));
        if read.done(found)? {
            break;
        }
    }
    Ok(())
}

/// Says what the token lacks where GitLab only says no. GitLab hides a group's hooks where there are none to be had.
fn refused(owner: &HookOwner, error: OutboundError) -> OutboundError {
    match (owner, error) {
        (HookOwner::Repository(_), OutboundError::Forbidden(_)) => OutboundError::Forbidden(
            "webhooks of a project take a token with the scope `api` whose account is Maintainer or Owner of it".into(),
        ),
        (HookOwner::Organization(_), OutboundError::Forbidden(_)) => OutboundError::Forbidden(
            "webhooks of a group take a token with the scope `api` whose account is Owner of it".into(),
        ),
        (HookOwner::Organization(_), OutboundError::NotFound) => OutboundError::Rejected(
            "the token sees no such group, or this GitLab has no webhooks of groups, which need Premium".into(),
        ),
        (_, error) => error,
    }
}

/// Tells whether GitLab posts to the hook, and the last failures.
pub fn hook_health(owner: &HookOwner, url: &str) -> Result<HookState, OutboundError> {
    let mut found = None;
    find(owner, &mut |read, hook| {
        if read.text(hook, "url") != url {
            return false;
        }
        // Absent before GitLab 15.
        let status = read.text_or_none(hook, "alert_status");
        found = Some(HookState {
            id: read.id(hook, "id"),
            enabled: status.is_none_or(|status| status == "executable"),
            disabled_until: read.text_or_none(hook, "disabled_until").and_then(rfc3339),
            failures: Vec::new(),
        });
        true
    })?;
    let mut state = found.ok_or(OutboundError::NotFound)?;
    // Known since GitLab 17.3, and asked for five times a minute at most: the state itself is worth telling without.
    state.failures = failures(owner, &state.id).unwrap_or_default();
    Ok(state)
}

/// Newest first, as GitLab lists them.
fn failures(owner: &HookOwner, hook: &str) -> Result<Vec<String>, OutboundError> {
    let answer = deliveries(owner, hook, "1")?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let mut failures = Vec::new();
    for delivery in read.items(tree.root()) {
        let status = read.text(delivery, "response_status");
        if has_arrived(status) || failures.len() == FAILURES {
            continue;
        }
        let event = read.text_or_none(delivery, "trigger").unwrap_or("a delivery");
        failures.push(match status.parse::<u16>() {
            Ok(_) => ["GitLab's `", event, "` was answered with status ", status, "."].concat(),
            Err(_) => ["GitLab's `", event, "` got no answer in time, or could not be sent."].concat(),
        });
    }
    read.done(failures)
}

/// A page of what was sent to the hook, newest first.
pub fn deliveries(owner: &HookOwner, hook: &str, page: &str) -> Result<Answer, OutboundError> {
    let query = [("per_page", DELIVERIES_PER_PAGE), ("page", page)];
    send(owner, &hook_call(Method::Get, owner, "/{}/events", &[hook], &query))
}

/// GitLab counts a redirection as arrived. Where there was no answer at all it writes words.
pub fn has_arrived(status: &str) -> bool {
    matches!(status.parse(), Ok(200..=399_u16))
}

/// Has GitLab send a push of its own making.
pub fn test_hook(owner: &HookOwner, hook: &str) -> Result<(), OutboundError> {
    let call = hook_call(Method::Post, owner, "/{}/test/push_events", &[hook], &[]);
    send(owner, &call).map(drop)
}

/// Makes the call; where GitLab only says no, the error says what is missing.
pub fn send(owner: &HookOwner, call: &Call) -> Result<Answer, OutboundError> {
    call.ok().map_err(|error| refused(owner, error))
}
