//! The hooks of a project or group, and how they fare.

use forgegate_sdk::Method;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, Call, HookPlace, HookState, OutboundError};

use super::asking::{Reader, call, tree};
use super::{PER_PAGE, project};
use crate::parse::rfc3339;

/// The most pages of hooks that are read. GitLab.com allows 100 hooks to a project and 50 to a group.
const PAGES: u32 = 10;

/// Deliveries to a hook, the most that GitLab puts on a page of them.
const DELIVERIES_PER_PAGE: &str = "20";

/// The most failures that are told.
const FAILURES: usize = 5;

/// A call about the hooks there: about the one that the first value names, where the template says more.
pub fn hook_call(method: Method, place: &HookPlace, template: &str, values: &[&str], query: &[(&str, &str)]) -> Call {
    let (kind, id) = match place {
        HookPlace::Repository(repository) => ("projects", project(repository)),
        HookPlace::Organization(group) => ("groups", group.as_str()),
    };
    let template = ["{}/{}/hooks", template].concat();
    call(method, &template, &[&[kind, id], values].concat(), query)
}

/// Reads hook by hook until one is the right one.
pub fn find(place: &HookPlace, is_it: &mut dyn FnMut(&Reader, Part) -> bool) -> Result<(), OutboundError> {
    let hooks = hook_call(Method::Get, place, "", &[], &[("per_page", PER_PAGE)]);
    let mut pages = hooks.pages(PAGES);
    while let Some(answer) = pages.next_page().map_err(|error| refused(place, error))? {
        let (tree, read) = (tree(&answer)?, Reader::default());
        let found = read.items(tree.root()).into_iter().any(|hook| is_it(&read, hook));
        if read.done(found)? {
            break;
        }
    }
    Ok(())
}

/// What is missing, where GitLab only says no. It hides a group's hooks where there are none to be had.
fn refused(place: &HookPlace, error: OutboundError) -> OutboundError {
    match (place, error) {
        (HookPlace::Repository(_), OutboundError::Forbidden(_)) => OutboundError::Forbidden(
            "webhooks of a project take a token with the scope `api` whose account is Maintainer or Owner of it".into(),
        ),
        (HookPlace::Organization(_), OutboundError::Forbidden(_)) => OutboundError::Forbidden(
            "webhooks of a group take a token with the scope `api` whose account is Owner of it".into(),
        ),
        (HookPlace::Organization(_), OutboundError::NotFound) => OutboundError::Rejected(
            "the token sees no such group, or this GitLab has no webhooks of groups, which need Premium".into(),
        ),
        (_, error) => error,
    }
}

pub fn hook_health(place: &HookPlace, url: &str) -> Result<HookState, OutboundError> {
    let mut found = None;
    find(place, &mut |read, hook| {
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
    state.failures = failures(place, &state.id).unwrap_or_default();
    Ok(state)
}

/// Newest first, as GitLab lists them.
fn failures(place: &HookPlace, hook: &str) -> Result<Vec<String>, OutboundError> {
    let answer = deliveries(place, hook, "1")?;
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
pub fn deliveries(place: &HookPlace, hook: &str, page: &str) -> Result<Answer, OutboundError> {
    let query = [("per_page", DELIVERIES_PER_PAGE), ("page", page)];
    told(place, &hook_call(Method::Get, place, "/{}/events", &[hook], &query))
}

/// GitLab counts a redirection as arrived. Where there was no answer at all it writes words.
pub fn has_arrived(status: &str) -> bool {
    matches!(status.parse(), Ok(200..=399_u16))
}

pub fn test_hook(place: &HookPlace, hook: &str) -> Result<(), OutboundError> {
    let call = hook_call(Method::Post, place, "/{}/test/push_events", &[hook], &[]);
    told(place, &call).map(drop)
}

/// Makes the call; where GitLab only says no, the error says what is missing.
pub fn told(place: &HookPlace, call: &Call) -> Result<Answer, OutboundError> {
    call.ok().map_err(|error| refused(place, error))
}
