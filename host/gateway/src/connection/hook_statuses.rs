//! The last seen status of each hook at the forges. It is kept in memory: what stands at a forge is read anew after a start.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::lock::Lock;
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

/// The health of a hook at the forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HookHealth {
    /// The forge posts to it.
    Enabled,
    /// The forge has switched it off for a while.
    TemporarilyDisabled,
    /// It is switched off.
    Disabled,
    /// There is none.
    Missing,
    /// It may not be looked at.
    Unknown,
}

impl HookHealth {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Enabled,
        Self::TemporarilyDisabled,
        Self::Disabled,
        Self::Missing,
        Self::Unknown,
    ];

    /// Says that there is a hook that the forge does not post to.
    pub const fn is_off(self) -> bool {
        matches!(self, Self::TemporarilyDisabled | Self::Disabled)
    }
}

/// The status of a hook at the forge, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HookStatus {
    /// The forge.
    pub forge: String,
    /// The repository whose hook it is, by its path at the forge; none for an app's.
    pub repository: Option<String>,
    /// The organization or group, where the hook stands there.
    pub organization: Option<String>,
    /// The forge's number of it.
    pub hook_id: Option<String>,
    /// Its health.
    #[schema(value_type = String)]
    pub state: HookHealth,
    /// When the forge will post again.
    #[schema(value_type = Option<String>)]
    pub disabled_until: Option<Timestamp>,
    /// The last failures, a sentence each, newest first; why it may not be looked at, where that is so.
    pub failures: Vec<String>,
    /// When it was looked at.
    #[schema(value_type = String)]
    pub checked_at: Timestamp,
}

/// The key of a hook: that of an inbound integration for a repository, or an app's, which has no integration and no repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HookKey {
    /// The inbound integration; none for an app's hook.
    pub integration: Option<IntegrationId>,
    /// The forge.
    pub forge: String,
    /// The repository's path at the forge.
    pub repository: Option<String>,
}

/// The last seen statuses of all hooks.
#[derive(Default)]
pub struct HookStatuses {
    seen: Lock<BTreeMap<HookKey, Seen>>,
    origins: Lock<BTreeMap<OrganizationId, String>>,
    busy: Lock<BTreeSet<IntegrationId>>,
}

struct Seen {
    status: Option<HookStatus>,
    /// The time of the last poll.
    polled: Instant,
    /// The time from which a hook that is off may be tested again, and the wait after that.
    retry: Option<(Instant, Duration)>,
}

/// The permit to change the hooks of an integration, which one at a time has.
pub struct HookPermit<'a> {
    statuses: &'a HookStatuses,
    integration: IntegrationId,
}

impl Drop for HookPermit<'_> {
    fn drop(&mut self) {
        self.statuses.busy.lock().remove(&self.integration);
    }
}

impl HookStatuses {
    /// The statuses of an integration's hooks, or, without one, of the hook of a forge's app.
    pub fn of(&self, integration: Option<IntegrationId>, forge: Option<&str>) -> Vec<HookStatus> {
        let seen = self.seen.lock();
        let own = seen
            .iter()
            .filter(|(key, _)| key.integration == integration && forge.is_none_or(|forge| key.forge == forge));
        own.filter_map(|(_, seen)| seen.status.clone()).collect()
    }

    /// The number of hooks by forge and health.
    pub fn count(&self) -> BTreeMap<(String, HookHealth), usize> {
        let mut counts = BTreeMap::new();
        for (key, seen) in self.seen.lock().iter() {
            if let Some(status) = &seen.status {
                *counts.entry((key.forge.clone(), status.state)).or_default() += 1;
            }
        }
        counts
    }

    /// Remembers the gateway's address as an organization's caller of the API used it: its forges post there too.
    pub fn remember_origin(&self, organization: OrganizationId, origin: &str) {
        self.origins.lock().insert(organization, origin.to_owned());
    }

    /// The gateway's address as a caller of the API used it; none before anybody called.
    pub fn origin(&self, organization: OrganizationId) -> Option<String> {
        self.origins.lock().get(&organization).cloned()
    }

    /// The permit to change the hooks of an integration; none while somebody else has it.
    pub fn permit(&self, integration: IntegrationId) -> Option<HookPermit<'_>> {
        let is_free = self.busy.lock().insert(integration);
        // Made only where it is given: one that is dropped gives back what somebody else has.
        is_free.then(|| HookPermit {
            statuses: self,
            integration,
        })
    }

    /// Forgets the hooks that are not among these.
    pub(super) fn retain(&self, keys: &BTreeSet<HookKey>) {
        self.seen.lock().retain(|key, _| keys.contains(key));
    }

    /// Says that the last poll of a hook is at least this long ago.
    pub(super) fn is_due(&self, key: &HookKey, interval: Duration) -> bool {
        self.seen
            .lock()
            .get(key)
            .is_none_or(|seen| seen.polled.elapsed() >= interval)
    }

    /// Notes the end of a poll; without a status there was no answer, and the status before stands. Answers the health before.
    pub(super) fn note(&self, key: &HookKey, status: Option<HookStatus>) -> Option<HookHealth> {
        let mut seen = self.seen.lock();
        let entry = seen.entry(key.clone()).or_insert_with(|| Seen {
            status: None,
            polled: Instant::now(),
            retry: None,
        });
        entry.polled = Instant::now();
        let before = entry.status.as_ref().map(|status| status.state);
        if let Some(status) = status {
            if !status.state.is_off() {
                entry.retry = None;
            }
            entry.status = Some(status);
        }
        before
    }

    /// Says that a hook that is off may be tested now. Each wait is twice the one before, from `first` to `most`.
    pub(super) fn may_test(&self, key: &HookKey, first: Duration, most: Duration) -> bool {
        let mut seen = self.seen.lock();
        let Some(entry) = seen.get_mut(key) else {
            return false;
        };
        let now = Instant::now();
        let span = match entry.retry {
            Some((at, _)) if now < at => return false,
            Some((_, span)) => span.saturating_mul(2).min(most),
            None => first,
        };
        entry.retry = Some((now + span, span));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(10);
    const MOST: Duration = Duration::from_secs(30);

    fn key() -> HookKey {
        HookKey {
            integration: None,
            forge: "tea".to_owned(),
            repository: Some("a/b".to_owned()),
        }
    }

    fn status(state: HookHealth) -> HookStatus {
        HookStatus {
            forge: "tea".to_owned(),
            repository: Some("a/b".to_owned()),
            organization: None,
            hook_id: Some("7".to_owned()),
            state,
            disabled_until: None,
            failures: Vec::new(),
            checked_at: Timestamp::from_micros(0),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hook_that_stays_off_is_tested_ever_more_rarely() {
        let statuses = HookStatuses::default();
        assert!(!statuses.may_test(&key(), FIRST, MOST));
        statuses.note(&key(), Some(status(HookHealth::Disabled)));
        for wait in [10, 20, 30, 30] {
            assert!(statuses.may_test(&key(), FIRST, MOST));
            tokio::time::advance(Duration::from_secs(wait - 1)).await;
            assert!(!statuses.may_test(&key(), FIRST, MOST));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(statuses.may_test(&key(), FIRST, MOST));
        statuses.note(&key(), Some(status(HookHealth::Enabled)));
        assert!(statuses.may_test(&key(), FIRST, MOST));
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_leaves_what_was_seen_and_is_not_asked_for_again_at_once() {
        let statuses = HookStatuses::default();
        assert!(statuses.is_due(&key(), FIRST));
        assert_eq!(statuses.note(&key(), Some(status(HookHealth::Enabled))), None);
        assert_eq!(statuses.note(&key(), None), Some(HookHealth::Enabled));
        assert!(!statuses.is_due(&key(), FIRST));
        tokio::time::advance(FIRST).await;
        assert!(statuses.is_due(&key(), FIRST));
        assert_eq!(statuses.count().get(&("tea".to_owned(), HookHealth::Enabled)), Some(&1));
        statuses.retain(&BTreeSet::new());
        assert!(statuses.of(None, Some("tea")).is_empty());
    }

    #[test]
    fn one_at_a_time_changes_the_hooks_of_an_integration() {
        let statuses = HookStatuses::default();
        let id = IntegrationId(uuid::Uuid::nil());
        let permit = statuses.permit(id);
        assert!(permit.is_some() && statuses.permit(id).is_none());
        drop(permit);
        assert!(statuses.permit(id).is_some());
    }
}
