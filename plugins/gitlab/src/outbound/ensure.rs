//! The hook that should be there.

use forgegate_sdk::Method;
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{HookResult, HookWish, OutboundError};

use super::asking::{Reader, id_of};
use super::hooks::{find, hook_call, told};

/// What is ticked: the field, and the words beside the box.
pub(super) const EVENTS: [(&str, &str); 12] = [
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

/// What must be empty: a filter keeps pushes back, and a template makes bodies that no event can be read from.
const EMPTY: [(&str, &str); 2] = [
    ("push_events_branch_filter", "Branch filter of push events"),
    ("custom_webhook_template", "Custom webhook template"),
];

const SECRET: &str = "Secret token";

/// The host writes the secret here.
const SECRET_SLOT: &str = "{webhook-secret}";

/// One hook has the URL; were there more, the first counts.
pub fn ensure_hook(wish: &HookWish) -> Result<HookResult, OutboundError> {
    let mut there = None;
    find(&wish.place, &mut |read, hook| {
        let same = read.text(hook, "url") == wish.url;
        if same {
            there = Some((read.id(hook, "id"), changes(read, hook, wish)));
        }
        same
    })?;
    let Some((id, changed)) = there else {
        return create(wish);
    };
    if !changed.is_empty() {
        let body = body(wish, changed.contains(&SECRET));
        let put = hook_call(Method::Put, &wish.place, "/{}", &[&id], &[]);
        told(&wish.place, &put.json(body))?;
    }
    Ok(HookResult {
        id,
        created: false,
        changed: changed.into_iter().map(str::to_owned).collect(),
    })
}

fn create(wish: &HookWish) -> Result<HookResult, OutboundError> {
    let post = hook_call(Method::Post, &wish.place, "", &[], &[]);
    let answer = told(&wish.place, &post.json(body(wish, true)))?;
    Ok(HookResult {
        id: id_of(&answer)?,
        created: true,
        changed: Vec::new(),
    })
}

/// What is not as it should be, in the words of the form.
fn changes(read: &Reader, hook: Part, wish: &HookWish) -> Vec<&'static str> {
    // A field that this GitLab does not know cannot be set either.
    let is_off = |field| read.flag(hook, field) == Some(false);
    let is_filled = |field| read.text_or_none(hook, field).is_some_and(|text| !text.is_empty());
    let off = EVENTS.into_iter().chain([SSL]).filter(|(field, _)| is_off(field));
    let filled = EMPTY.into_iter().filter(|(field, _)| is_filled(field));
    let mut changed: Vec<_> = off.chain(filled).map(|(_, words)| words).collect();
    // Told since GitLab 19: whether there is a secret at all.
    if wish.rotate || is_off("token_present") {
        changed.push(SECRET);
    }
    changed
}

/// A token that is left out stays as it is.
fn body(wish: &HookWish, with_secret: bool) -> Object {
    let mut body = Object::new().text("url", &wish.url);
    for (field, _) in EVENTS.into_iter().chain([SSL]) {
        body = body.flag(field, true);
    }
    for (field, _) in EMPTY {
        body = body.text(field, "");
    }
    body.text_if("token", with_secret.then_some(SECRET_SLOT))
}
