//! Deliveries that did not arrive.

use forgegate_sdk::Method;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{HookOwner, MissedDelivery, OutboundError};
use forgegate_sdk::text::contains;
use forgegate_sdk::time::{rfc3339, unix_ms};

use super::api::{Reader, tree};
use super::hook::{deliveries, find, has_arrived, hook_call, send};

/// The most pages of deliveries that are read of a hook: GitLab answers five such calls a minute.
const PAGES: u32 = 3;

/// A part of the path of each URL of ours, whatever stands before: deliveries to others are nobody's business here.
const OURS: &str = "/hooks/gitlab/";

/// Of the hooks there that post here, the deliveries that GitLab kept (of some days) and that nothing with their id followed that
/// arrived. What lies further back than a few pages is not seen.
pub fn missed(owner: &HookOwner, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
    let mut hooks = Vec::new();
    find(owner, &mut |read, hook| {
        if contains(read.text(hook, "url"), OURS) {
            hooks.push(read.id(hook, "id"));
        }
        false
    })?;
    let mut missed = Vec::new();
    for hook in hooks {
        missed.extend(missed_by(owner, &hook, since)?);
    }
    Ok(missed)
}

fn missed_by(owner: &HookOwner, hook: &str, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
    // Newest first, so that a delivery that was sent again is met before its failure.
    let (mut settled, mut missed) = (Vec::new(), Vec::new());
    let (since, mut page) = (unix_ms(since), Some(1));
    while let Some(number) = page.filter(|number| *number <= PAGES) {
        let answer = deliveries(owner, hook, &number.to_string())?;
        let (tree, read) = (tree(&answer)?, Reader::default());
        for delivery in read.items(tree.root()) {
            let (id, time) = (delivery_id(&read, delivery), sent_at(&read, delivery));
            let is_settled = id.as_ref().is_some_and(|id| settled.contains(id));
            // What failed twice is sent again once.
            settled.extend(id.clone());
            let is_old = time.as_deref().and_then(unix_ms).is_some_and(|time| Some(time) < since);
            if has_arrived(read.text(delivery, "response_status")) || is_settled || is_old {
                continue;
            }
            missed.push(MissedDelivery {
                handle: [hook, "/", &read.id(delivery, "id")].concat(),
                delivery_id: id,
                time,
            });
        }
        read.done(())?;
        page = answer.page_after(number);
    }
    Ok(missed)
}

/// The delivery's id, as its own header fields had it.
fn delivery_id(read: &Reader, delivery: Part) -> Option<String> {
    let headers = delivery.at("request_headers");
    let id = read
        .text_or_none(headers, "webhook-id")
        .or(read.text_or_none(headers, "Idempotency-Key"));
    id.map(str::to_owned)
}

/// The time at which a delivery was sent, which is told since GitLab 19.
fn sent_at(read: &Reader, delivery: Part) -> Option<String> {
    let seconds = read.text_or_none(delivery.at("request_headers"), "webhook-timestamp")?;
    rfc3339(seconds.parse().ok()?)
}

/// Asks GitLab to send a delivery again.
pub fn redeliver(owner: &HookOwner, handle: &str) -> Result<(), OutboundError> {
    let Some((hook, event)) = handle.split_once('/') else {
        return Err(OutboundError::Rejected("the handle names no delivery".into()));
    };
    let call = hook_call(Method::Post, owner, "/{}/events/{}/resend", &[hook, event], &[]);
    send(owner, &call).map(drop)
}
