//! Deliveries that did not arrive.

use forgegate_sdk::Method;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{HookPlace, MissedDelivery, OutboundError};
use forgegate_sdk::text::contains;
use forgegate_sdk::time::{rfc3339, unix_ms};

use super::asking::{Reader, tree};
use super::hooks::{deliveries, find, has_arrived, hook_call, told};

/// How many pages of deliveries are read of a hook: GitLab answers five such calls a minute.
const PAGES: u32 = 3;

/// What the path of a URL of ours has in it, whatever stands before: deliveries to others are nobody's business here.
const OURS: &str = "/hooks/gitlab/";

/// Of the hooks there that post here, the deliveries that GitLab kept (of some days) and that nothing with their id followed that
/// arrived. What lies further back than a few pages is not seen.
pub fn missed(place: &HookPlace, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
    let mut hooks = Vec::new();
    find(place, &mut |read, hook| {
        if contains(read.text(hook, "url"), OURS) {
            hooks.push(read.id(hook, "id"));
        }
        false
    })?;
    let mut missed = Vec::new();
    for hook in hooks {
        missed.extend(missed_by(place, &hook, since)?);
    }
    Ok(missed)
}

fn missed_by(place: &HookPlace, hook: &str, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
    // Newest first, so that a delivery that was sent again is met before its failure.
    let (mut settled, mut missed) = (Vec::new(), Vec::new());
    let (since, mut page) = (unix_ms(since), Some(1));
    while let Some(number) = page.filter(|number| *number <= PAGES) {
        let answer = deliveries(place, hook, &number.to_string())?;
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
        page = answer.next_page().filter(|next| *next > number);
    }
    Ok(missed)
}

/// As the delivery's own header fields had it.
fn delivery_id(read: &Reader, delivery: Part) -> Option<String> {
    let headers = delivery.at("request_headers");
    let id = read
        .text_or_none(headers, "webhook-id")
        .or(read.text_or_none(headers, "Idempotency-Key"));
    id.map(str::to_owned)
}

/// Since GitLab 19 a delivery tells when it was sent.
fn sent_at(read: &Reader, delivery: Part) -> Option<String> {
    let seconds = read.text_or_none(delivery.at("request_headers"), "webhook-timestamp")?;
    rfc3339(seconds.parse().ok()?)
}

pub fn redeliver(place: &HookPlace, handle: &str) -> Result<(), OutboundError> {
    let Some((hook, event)) = handle.split_once('/') else {
        return Err(OutboundError::Rejected("the handle names no delivery".into()));
    };
    let call = hook_call(Method::Post, place, "/{}/events/{}/resend", &[hook, event], &[]);
    told(place, &call).map(drop)
}
