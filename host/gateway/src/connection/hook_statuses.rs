//! What was last seen of the hooks at the forges. It is kept in memory: what stands at a forge is read anew after a start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

/// How a hook stands at the forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SightState {
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

impl SightState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Enabled,
        Self::TemporarilyDisabled,
        Self::Disabled,
        Self::Missing,
        Self::Unknown,
    ];

    /// Whether there is a hook that the forge does not post to.
    pub const fn is_off(self) -> bool {
        matches!(self, Self::TemporarilyDisabled | Self::Disabled)
    }
}

/// What was seen of a hook, as it is shown.
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
    /// How it stands.
    #[schema(value_type = String)]
    pub state: SightState,
    /// When the forge will post again.
    #[schema(value_type = Option<String>)]
    pub disabled_until: Option<Timestamp>,
    /// The last failures, a sentence each, newest first; why it may not be looked at, where that is so.
    pub failures: Vec<String>,
    /// When it was looked at.
    #[schema(value_type = String)]
    pub checked_at: Timestamp,
}

/// What is looked at: the hook of an inbound row for a repository, or an app's, which has no row and no repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HookKey {
    /// The row.
    pub integration: Option<IntegrationId>,
    /// The forge.
    pub forge: String,
    /// The repository's path at the forge.
    pub repository: Option<String>,
}

/// All that was seen.
#[derive(Default)]
pub struct HookStatuses {
    seen: Mutex<BTreeMap<HookKey, Seen>>,
    origins: Mutex<BTreeMap<OrganizationId, String>>,
    busy: Mutex<BTreeSet<IntegrationId>>,
}

struct Seen {
    sight: Option<HookStatus>,
    /// When it was tried last.
    at: Instant,
    /// When a hook that is off may be tried again, and how long after that.
    again: Option<(Instant, Duration)>,
}

/// The leave to change the hooks of an integration, which one at a time has.
pub struct Leave<'a> {
    of: &'a HookStatuses,
    integration: IntegrationId,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        lock(&self.of.busy).remove(&self.integration);
    }
}

impl HookStatuses {
    /// What was seen of an integration's hooks; of an app's, where it is the app's.
    pub fn of(&self, integration: Option<IntegrationId>, forge: Option<&str>) -> Vec<HookStatus> {
        let seen = lock(&self.seen);
        let own = seen
            .iter()
            .filter(|(spot, _)| spot.integration == integration && forge.is_none_or(|forge| spot.forge == forge));
        own.filter_map(|(_, seen)| seen.sight.clone()).collect()
    }

    /// How many hooks stand how, by forge.
    pub fn count(&self) -> BTreeMap<(String, SightState), usize> {
        let mut counts = BTreeMap::new();
        for (spot, seen) in lock(&self.seen).iter() {
            if let Some(sight) = &seen.sight {
                *counts.entry((spot.forge.clone(), sight.state)).or_default() += 1;
            }
        }
        counts
    }

    /// Remembers where an organization's forges post to, as far as a caller of the API told by where the call came to.
    pub fn remember_origin(&self, organization: OrganizationId, origin: &str) {
        lock(&self.origins).insert(organization, origin.to_owned());
    }

    /// Where an organization's forges post to, as far as a caller told.
    pub fn origin(&self, organization: OrganizationId) -> Option<String> {
        lock(&self.origins).get(&organization).cloned()
    }

    /// The leave to change the hooks of an integration; none while somebody else has it.
    pub fn leave(&self, integration: IntegrationId) -> Option<Leave<'_>> {
        let is_free = lock(&self.busy).insert(integration);
        // Made only where it is given: one that is dropped gives back what somebody else has.
        is_free.then(|| Leave { of: self, integration })
    }

    /// Forgets what is no longer looked at.
    pub(super) fn keep(&self, spots: &BTreeSet<HookKey>) {
        lock(&self.seen).retain(|spot, _| spots.contains(spot));
    }

    /// Whether it is time to look.
    pub(super) fn is_due(&self, spot: &HookKey, interval: Duration) -> bool {
        lock(&self.seen)
            .get(spot)
            .is_none_or(|seen| seen.at.elapsed() >= interval)
    }

    /// Notes what was seen; none where there was no answer, and what was seen before stands. Answers how it stood before.
    pub(super) fn note(&self, spot: &HookKey, sight: Option<HookStatus>) -> Option<SightState> {
        let mut seen = lock(&self.seen);
        let entry = seen.entry(spot.clone()).or_insert_with(|| Seen {
            sight: None,
            at: Instant::now(),
            again: None,
        });
        entry.at = Instant::now();
        let before = entry.sight.as_ref().map(|sight| sight.state);
        if let Some(sight) = sight {
            if !sight.state.is_off() {
                entry.again = None;
            }
            entry.sight = Some(sight);
        }
        before
    }

    /// Whether a hook that is off may be tried now. Each time takes twice as long as the one before, from `first` to `most`.
    pub(super) fn may_try(&self, spot: &HookKey, first: Duration, most: Duration) -> bool {
        let mut seen = lock(&self.seen);
        let Some(entry) = seen.get_mut(spot) else {
            return false;
        };
        let now = Instant::now();
        let span = match entry.again {
            Some((at, _)) if now < at => return false,
            Some((_, span)) => span.saturating_mul(2).min(most),
            None => first,
        };
        entry.again = Some((now + span, span));
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(10);
    const MOST: Duration = Duration::from_secs(30);

    fn spot() -> HookKey {
        HookKey {
            integration: None,
            forge: "tea".to_owned(),
            repository: Some("a/b".to_owned()),
        }
    }

    fn sight(state: SightState) -> HookStatus {
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
    async fn a_hook_that_stays_off_is_tried_ever_more_rarely() {
        let sights = HookStatuses::default();
        assert!(!sights.may_try(&spot(), FIRST, MOST));
        sights.note(&spot(), Some(sight(SightState::Disabled)));
        for wait in [10, 20, 30, 30] {
            assert!(sights.may_try(&spot(), FIRST, MOST));
            tokio::time::advance(Duration::from_secs(wait - 1)).await;
            assert!(!sights.may_try(&spot(), FIRST, MOST));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(sights.may_try(&spot(), FIRST, MOST));
        sights.note(&spot(), Some(sight(SightState::Enabled)));
        assert!(sights.may_try(&spot(), FIRST, MOST));
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_leaves_what_was_seen_and_is_not_asked_for_again_at_once() {
        let sights = HookStatuses::default();
        assert!(sights.is_due(&spot(), FIRST));
        assert_eq!(sights.note(&spot(), Some(sight(SightState::Enabled))), None);
        assert_eq!(sights.note(&spot(), None), Some(SightState::Enabled));
        assert!(!sights.is_due(&spot(), FIRST));
        tokio::time::advance(FIRST).await;
        assert!(sights.is_due(&spot(), FIRST));
        assert_eq!(sights.count().get(&("tea".to_owned(), SightState::Enabled)), Some(&1));
        sights.keep(&BTreeSet::new());
        assert!(sights.of(None, Some("tea")).is_empty());
    }

    #[test]
    fn one_at_a_time_changes_the_hooks_of_an_integration() {
        let sights = HookStatuses::default();
        let id = IntegrationId(uuid::Uuid::nil());
        let leave = sights.leave(id);
        assert!(leave.is_some() && sights.leave(id).is_none());
        drop(leave);
        assert!(sights.leave(id).is_some());
    }
}
