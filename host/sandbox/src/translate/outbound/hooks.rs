//! The care of hooks.

use super::{repository, time, wit};
use crate::outbound::{HookOwner, HookResult, HookSpec, HookState, MissedDelivery};
use crate::translate::{Checked, caps};

/// Changes to one hook, and failures of it.
const MOST_CHANGES: usize = 64;
const MOST_FAILURES: usize = 64;
/// Deliveries that did not arrive.
const MOST_MISSED: usize = 1000;

pub(crate) fn hook_owner(it: &HookOwner) -> wit::HookOwner {
    match it {
        HookOwner::Repository(it) => wit::HookOwner::Repository(repository(it)),
        HookOwner::Organization(name) => wit::HookOwner::Organization(name.clone()),
    }
}

pub(crate) fn hook_spec(it: &HookSpec) -> wit::HookSpec {
    wit::HookSpec {
        owner: hook_owner(&it.owner),
        url: it.url.clone(),
        rotate: it.rotate,
    }
}

pub(crate) fn hook_result(it: wit::HookResult) -> Checked<HookResult> {
    Ok(HookResult {
        id: caps::word("hook.id", it.id)?,
        created: it.created,
        changed: caps::list("hook.changed", it.changed, MOST_CHANGES, |it| Ok(caps::short(&it)))?,
    })
}

pub(crate) fn hook_state(it: wit::HookState) -> Checked<HookState> {
    Ok(HookState {
        id: caps::word("hook.id", it.id)?,
        enabled: it.enabled,
        disabled_until: time("hook.disabled-until", it.disabled_until)?,
        failures: caps::list("hook.failures", it.failures, MOST_FAILURES, |it| Ok(caps::short(&it)))?,
    })
}

pub(crate) fn missed(entries: Vec<wit::MissedDelivery>) -> Checked<Vec<MissedDelivery>> {
    caps::list("missed", entries, MOST_MISSED, |it| {
        Ok(MissedDelivery {
            handle: caps::word("missed.handle", it.handle)?,
            delivery_id: caps::line_or_none("missed.delivery-id", it.delivery_id)?,
            time: time("missed.time", it.time)?,
        })
    })
}
