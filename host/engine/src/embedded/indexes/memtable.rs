//! The memtable: index entries that are committed and not yet in the index file.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, MutexGuard};
use std::time::{Duration, Instant};

use crate::rows::Span;
use crate::schema::{Index, IndexChange, IndexEntry};
use forgegate_model::lock::Lock;

/// How many entries may wait before the writer waits for the thread that applies.
const MOST: usize = 65_536;
/// How many entries are worth a step at once: each step writes anew every page that it touches.
const ENOUGH: usize = 16_384;
/// How long fewer than that wait.
const AT_MOST: Duration = Duration::from_millis(250);

/// Entries of a stretch of changes: of each key the last.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// The number of the last change in it.
    pub(super) upto: u64,
    /// Of indexes whose keys are asked for one by one.
    points: HashMap<(Index, Vec<u8>), IndexChange>,
    /// Of lists, which are walked.
    lists: BTreeMap<(Index, Vec<u8>), IndexChange>,
}

impl Layer {
    pub(super) fn is_empty(&self) -> bool {
        self.upto == 0
    }

    /// In the order of indexes and keys: how the file takes them fastest.
    pub(super) fn sorted(&self) -> Vec<(Index, &[u8], &IndexChange)> {
        let all = self.points.iter().chain(&self.lists);
        let mut sorted: Vec<_> = all
            .map(|((index, key), change)| (*index, key.as_slice(), change))
            .collect();
        sorted.sort_unstable_by_key(|(index, key, _)| (*index, *key));
        sorted
    }

    /// The keys that are asked for one by one.
    pub(super) fn points(&self) -> impl Iterator<Item = (Index, &[u8])> {
        self.points.keys().map(|(index, key)| (*index, key.as_slice()))
    }

    pub(super) fn add(&mut self, number: u64, entries: impl IntoIterator<Item = IndexEntry>) {
        self.upto = self.upto.max(number);
        for IndexEntry { index, key, change } in entries {
            if index.is_lookup {
                self.points.insert((index, key), change);
            } else {
                self.lists.insert((index, key), change);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.points.len() + self.lists.len()
    }

    fn get(&self, index: Index, key: &[u8]) -> Option<&IndexChange> {
        // A pair is looked up by a pair, and the key is short.
        let pair = (index, key.to_vec());
        self.points.get(&pair).or_else(|| self.lists.get(&pair))
    }

    fn collect(&self, index: Index, span: &Span, into: &mut BTreeMap<Vec<u8>, IndexChange>) {
        let own = |bound: &std::ops::Bound<Vec<u8>>| bound.as_ref().map(|key| (index, key.clone()));
        let (from, to) = (own(&span.from), own(&span.to));
        for ((_, key), change) in self.lists.range((from, to)) {
            into.insert(key.clone(), change.clone());
        }
    }
}

#[derive(Debug, Default)]
struct Layers {
    gathering: Layer,
    applying: Option<Arc<Layer>>,
    stopping: bool,
}

impl Layers {
    fn waiting(&self) -> usize {
        self.gathering.len() + self.applying.as_ref().map_or(0, |layer| layer.len())
    }
}

/// The layers: one that gathers, one that is being applied.
#[derive(Debug, Default)]
pub(in crate::embedded) struct Memtable {
    layers: Lock<Layers>,
    changed: Condvar,
}

impl Memtable {
    /// Begins with what a start found committed and not applied.
    pub(super) fn begin_with(&self, layer: Layer) {
        self.lock().gathering = layer;
    }

    /// Takes the entries of a batch that was committed.
    pub(super) fn add(&self, upto: u64, entries: Vec<IndexEntry>) {
        let mut layers = self.lock();
        let was_empty = layers.gathering.is_empty();
        layers.gathering.add(upto, entries);
        if was_empty || layers.gathering.len() >= ENOUGH {
            self.changed.notify_all();
        }
    }

    /// Waits while too many wait.
    pub(in crate::embedded) fn wait_for_room(&self) {
        let mut layers = self.lock();
        while layers.waiting() > MOST && !layers.stopping {
            layers = self.wait(layers, Duration::from_millis(100));
        }
    }

    /// The change that waits for this key: `None` where nothing does.
    pub(super) fn get(&self, index: Index, key: &[u8]) -> Option<IndexChange> {
        let layers = self.lock();
        let applying = || layers.applying.as_ref()?.get(index, key).cloned();
        layers.gathering.get(index, key).cloned().or_else(applying)
    }

    /// The changes that wait for the keys of a span, in order.
    pub(super) fn span(&self, index: Index, span: &Span) -> BTreeMap<Vec<u8>, IndexChange> {
        let mut found = BTreeMap::new();
        if span.is_empty() {
            return found;
        }
        let layers = self.lock();
        if let Some(applying) = &layers.applying {
            applying.collect(index, span, &mut found);
        }
        layers.gathering.collect(index, span, &mut found);
        found
    }

    /// The next layer to apply, once it is worth it or has waited long enough; `None` after a while, or when stopping.
    pub(super) fn take(&self, at_most: Duration) -> Option<Arc<Layer>> {
        let mut layers = self.lock();
        if layers.gathering.is_empty() && !layers.stopping {
            layers = self.wait(layers, at_most);
        }
        let until = Instant::now() + AT_MOST;
        while !layers.gathering.is_empty() && layers.gathering.len() < ENOUGH && !layers.stopping {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            layers = self.wait(layers, left);
        }
        if layers.gathering.is_empty() {
            return None;
        }
        let layer = Arc::new(std::mem::take(&mut layers.gathering));
        layers.applying = Some(Arc::clone(&layer));
        Some(layer)
    }

    /// The layer that was taken is in the file.
    pub(super) fn applied(&self) {
        self.lock().applying = None;
        self.changed.notify_all();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Lets the thread that applies end, and nobody wait for it.
    pub(super) fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock()
    }

    fn wait<'l>(&self, layers: MutexGuard<'l, Layers>, at_most: Duration) -> MutexGuard<'l, Layers> {
        let waited = self.changed.wait_timeout(layers, at_most);
        waited.map_or_else(|poisoned| poisoned.into_inner().0, |(layers, _)| layers)
    }
}
