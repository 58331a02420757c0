//! The counters of refusals.

use std::collections::{HashMap, HashSet};

use forgegate_model::lock::Lock;
use forgegate_model::refusal::{Refusal, RefusalKey};
use forgegate_model::timestamp::Timestamp;

/// Most counters. Refusals beyond that share one counter for each code.
const MOST: usize = 16_384;

/// The counters, and which of them differ from their rows.
#[derive(Debug, Default)]
pub(crate) struct Counters(Lock<State>);

#[derive(Debug, Default)]
struct State {
    all: HashMap<RefusalKey, Refusal>,
    changed: HashSet<RefusalKey>,
}

impl Counters {
    /// Begins with what was written.
    pub(crate) fn load(&self, refusals: impl IntoIterator<Item = Refusal>) {
        let refusals = refusals.into_iter();
        self.0.lock().all.extend(refusals.map(|it| (it.key.clone(), it)));
    }

    /// Works on all of them, which nobody changes meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&HashMap<RefusalKey, Refusal>) -> T) -> T {
        work(&self.0.lock().all)
    }

    /// Those that differ from their rows.
    pub(crate) fn changed(&self) -> Vec<Refusal> {
        let state = self.0.lock();
        let changed = state.changed.iter().filter_map(|key| state.all.get(key));
        changed.cloned().collect()
    }

    /// The keys of those that were last counted before a time.
    pub(crate) fn older_than(&self, before: Timestamp) -> Vec<RefusalKey> {
        let state = self.0.lock();
        let old = state.all.values().filter(|it| it.last_at < before);
        old.map(|it| it.key.clone()).collect()
    }

    /// Counts a refusal. Answers how many there were of its kind, this one included.
    pub(crate) fn count(&self, mut refusal: Refusal) -> u64 {
        let mut state = self.0.lock();
        if state.all.len() >= MOST && !state.all.contains_key(&refusal.key) {
            refusal.key = RefusalKey {
                organization: None,
                integration: None,
                forge: None,
                code: refusal.key.code,
            };
        }
        state.changed.insert(refusal.key.clone());
        let mut count = refusal.count;
        match state.all.get_mut(&refusal.key) {
            Some(known) => {
                count = known.count.saturating_add(1);
                refusal.count = count;
                refusal.first_at = known.first_at;
                refusal.last_at = known.last_at.max(refusal.last_at);
                *known = refusal;
            }
            None => {
                state.all.insert(refusal.key.clone(), refusal);
            }
        }
        count
    }

    /// Notes that these were written.
    pub(crate) fn written(&self, rows: &[Refusal]) {
        let mut state = self.0.lock();
        for row in rows {
            // It may have been counted on meanwhile: then it is due again.
            if state.all.get(&row.key) == Some(row) {
                state.changed.remove(&row.key);
            }
        }
    }

    /// What was counted again meanwhile stays, and is due with all that it counted.
    pub(crate) fn forget(&self, keys: &[RefusalKey], before: Timestamp) {
        let mut state = self.0.lock();
        for key in keys {
            if state.all.get(key).is_some_and(|it| it.last_at < before) {
                state.all.remove(key);
                state.changed.remove(key);
            }
        }
    }
}
