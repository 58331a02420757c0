//! Deliveries that did not arrive.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{HookOwner, MissedDelivery, OutboundError};
use forgegate_sdk::time::unix_ms;
use forgegate_sdk::{Method, ParseError, log};

use super::api::{call, ok};
use super::fields::FIELDS;
use super::hook::deliveries;

/// The most missed deliveries that are told at once.
const MOST_MISSED: usize = 1_000;

/// The most pages that are read of either list of attempts.
const PAGES: u32 = 50;

/// Deliveries of which no attempt arrived, oldest first. All attempts of a delivery share its id.
pub fn missed(owner: &HookOwner, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
    let since = unix_ms(since).ok_or_else(|| OutboundError::Rejected("this is no time in RFC 3339".into()))?;
    let mut failed = Vec::new();
    let whole = attempts("failure", since, &mut |attempt| {
        if concerns(attempt, owner)? {
            failed.push(Attempt::read(attempt)?);
        }
        Ok(())
    })?;
    if !whole {
        log::warn("more deliveries failed than are looked at; the oldest are left out");
    }
    let Some(first) = failed.last().map(|attempt| attempt.at) else {
        return Ok(Vec::new());
    };
    let mut arrived = Vec::new();
    // What lies beyond the last page counts as missed: a delivery that comes again is recognised by its id.
    attempts("success", first, &mut |attempt| {
        arrived.push(attempt.text("guid")?.to_owned());
        Ok(())
    })?;
    Ok(never_arrived(failed, &arrived))
}

/// Sends an attempt again, under the same id.
pub fn redeliver(handle: &str) -> Result<(), OutboundError> {
    let path = ["app", "hook", "deliveries", handle, "attempts"];
    ok(&call(Method::Post, &path)).map(drop)
}

/// One attempt to deliver something.
struct Attempt {
    id: String,
    guid: String,
    time: String,
    at: i64,
}

impl Attempt {
    fn read(part: Part) -> Result<Self, ParseError> {
        let time = part.text("delivered_at")?.to_owned();
        Ok(Self {
            id: part.id("id")?,
            guid: part.text("guid")?.to_owned(),
            at: moment(part)?,
            time,
        })
    }
}

/// The newest attempt of each, oldest first. The lists begin with the newest, and are short enough to be searched from end to end.
fn never_arrived(failed: Vec<Attempt>, arrived: &[String]) -> Vec<MissedDelivery> {
    let mut missed: Vec<MissedDelivery> = Vec::new();
    for attempt in failed {
        let told = missed
            .iter()
            .any(|it| it.delivery_id.as_deref() == Some(attempt.guid.as_str()));
        if !told && !arrived.contains(&attempt.guid) {
            missed.push(MissedDelivery {
                handle: attempt.id,
                delivery_id: Some(attempt.guid),
                time: Some(attempt.time),
            });
        }
    }
    missed.reverse();
    missed.truncate(MOST_MISSED);
    missed
}

/// Shows the attempts since a time, newest first, and answers whether that were all.
fn attempts(
    status: &str,
    since: i64,
    visit: &mut dyn FnMut(Part<'_>) -> Result<(), ParseError>,
) -> Result<bool, OutboundError> {
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let mut call = deliveries(status);
        if let Some(cursor) = &cursor {
            call = call.query("cursor", cursor);
        }
        let answer = ok(&call)?;
        for attempt in answer.tree(FIELDS)?.root().items()? {
            if moment(attempt)? < since {
                return Ok(true);
            }
            visit(attempt)?;
        }
        match answer.next_by("cursor").map(str::to_owned) {
            Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(true),
        }
    }
    Ok(false)
}

/// A repository is known by its number only; what concerns none of them concerns all.
fn concerns(attempt: Part, owner: &HookOwner) -> Result<bool, ParseError> {
    let HookOwner::Repository(repository) = owner else {
        return Ok(true);
    };
    let about = attempt.id_or_none("repository_id")?;
    Ok(about.is_none() || repository.id.is_none() || about == repository.id)
}

fn moment(attempt: Part) -> Result<i64, ParseError> {
    let at = unix_ms(attempt.text("delivered_at")?);
    at.ok_or_else(|| attempt.malformed("delivered_at", "is no time"))
}
