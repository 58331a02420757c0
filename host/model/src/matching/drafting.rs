//! What an event asks to be evaluated.

use crate::evaluation::{Cause, Trust, Work};
use crate::event::Detail;
use crate::event::Event;
use crate::ids::DeliveryId;
use crate::repository::{clone_url_is_safe, ref_is_safe, sha_is_safe};

/// What moved.
struct Moved {
    ref_name: String,
    fetch_ref: String,
    sha: String,
    before: Option<String>,
    repository_id: Option<String>,
    pull_request: Option<u64>,
}

/// The work that an event asks for. `None` where the event does not tell the commit (it is gone, or the forge would have to be
/// asked), and where a ref, commit id or URL must not reach a worker.
///
/// A push that moves nothing, as some forges send to try a webhook out, is a push to the head like any other.
pub(super) fn draft(
    event: &Event,
    delivery: DeliveryId,
    clone_url: String,
    trust: Trust,
) -> Option<Work> {
    let moved = moved(event)?;
    let safe = clone_url_is_safe(&clone_url)
        && ref_is_safe(&moved.ref_name)
        && ref_is_safe(&moved.fetch_ref)
        && sha_is_safe(&moved.sha);
    let cause = Cause {
        event: event.kind().as_str().to_owned(),
        delivery_id: Some(delivery),
        actor: event.actor.as_ref().map(|actor| actor.user.login.clone()),
        pull_request: moved.pull_request,
        argument: None,
    };
    safe.then_some(Work {
        clone_url,
        fetch_ref: moved.fetch_ref,
        ref_name: moved.ref_name,
        sha: moved.sha,
        before: moved.before,
        trust,
        repository_id: moved.repository_id,
        cause,
    })
}

fn moved(event: &Event) -> Option<Moved> {
    let here = event
        .repository
        .as_ref()
        .and_then(|repository| repository.id.clone());
    let own = |ref_name: String, sha: Option<&String>, before: Option<&String>| {
        let (sha, before) = (sha?.clone(), before.cloned());
        Some(Moved {
            fetch_ref: ref_name.clone(),
            ref_name,
            sha,
            before,
            repository_id: here,
            pull_request: None,
        })
    };
    match &event.detail {
        Detail::Push(it) => own(it.ref_name.clone(), it.after.as_ref(), it.before.as_ref()),
        Detail::Tag(it) => own(
            format!("refs/tags/{}", it.name),
            it.commit.as_ref(),
            it.before.as_ref(),
        ),
        Detail::Release(it) => own(format!("refs/tags/{}", it.tag), it.commit.as_ref(), None),
        Detail::PullRequest(it) => Some(Moved {
            ref_name: it.head.ref_name.clone(),
            fetch_ref: it.fetch_ref.clone(),
            sha: it.head.sha.clone()?,
            before: it.before.clone(),
            repository_id: it.head.repository_id.clone(),
            pull_request: Some(it.number),
        }),
        _ => None,
    }
}
