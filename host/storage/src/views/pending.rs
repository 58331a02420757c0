//! What is committed and not yet in the view file.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Entry, Fate, View};
use crate::rows::Span;

/// How many entries may wait before the writer waits for the view thread.
const MOST: usize = 65_536;
/// How many entries are worth a step at once: each step writes anew every page that it touches.
const ENOUGH: usize = 16_384;
/// How long fewer than that wait.
const AT_MOST: Duration = Duration::from_millis(250);

/// Entries of a stretch of changes: of each key the last.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    /// The number of the last change in it.
    pub(super) upto: u64,
    /// Of views whose keys are asked for one by one.
    points: HashMap<(View, Vec<u8>), Fate>,
    /// Of lists, which are walked.
    lists: BTreeMap<(View, Vec<u8>), Fate>,
}

impl Layer {
    pub(super) fn is_empty(&self) -> bool {
        self.upto == 0
    }

    /// In the order of views and keys: how the file takes them fastest.
    pub(super) fn sorted(&self) -> Vec<(View, &[u8], &Fate)> {
        let all = self.points.iter().chain(&self.lists);
        let mut sorted: Vec<_> = all.map(|((view, key), fate)| (*view, key.as_slice(), fate)).collect();
        sorted.sort_unstable_by_key(|(view, key, _)| (*view, *key));
        sorted
    }

    /// The keys that are asked for one by one.
    pub(super) fn points(&self) -> impl Iterator<Item = (View, &[u8])> {
        self.points.keys().map(|(view, key)| (*view, key.as_slice()))
    }

    pub(super) fn add(&mut self, number: u64, entries: impl IntoIterator<Item = Entry>) {
        self.upto = self.upto.max(number);
        for Entry { view, key, fate } in entries {
            if view.answers_points() {
                self.points.insert((view, key), fate);
            } else {
                self.lists.insert((view, key), fate);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.points.len() + self.lists.len()
    }

    fn get(&self, view: View, key: &[u8]) -> Option<&Fate> {
        // A pair is looked up by a pair, and the key is short.
        let pair = (view, key.to_vec());
        self.points.get(&pair).or_else(|| self.lists.get(&pair))
    }

    fn collect(&self, view: View, span: &Span, into: &mut BTreeMap<Vec<u8>, Fate>) {
        let own = |bound: &std::ops::Bound<Vec<u8>>| bound.as_ref().map(|key| (view, key.clone()));
        let (from, to) = (own(&span.from), own(&span.to));
        for ((_, key), fate) in self.lists.range((from, to)) {
            into.insert(key.clone(), fate.clone());
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
pub(crate) struct Pending {
    layers: Mutex<Layers>,
    changed: Condvar,
}

impl Pending {
    /// Begins with what a start found committed and not applied.
    pub(super) fn begin_with(&self, layer: Layer) {
        self.lock().gathering = layer;
    }

    /// Takes the entries of a batch that was committed.
    pub(super) fn add(&self, upto: u64, entries: Vec<Entry>) {
        let mut layers = self.lock();
        let was_empty = layers.gathering.is_empty();
        layers.gathering.add(upto, entries);
        if was_empty || layers.gathering.len() >= ENOUGH {
            self.changed.notify_all();
        }
    }

    /// Waits while too many wait.
    pub(crate) fn wait_for_room(&self) {
        let mut layers = self.lock();
        while layers.waiting() > MOST && !layers.stopping {
            layers = self.wait(layers, Duration::from_millis(100));
        }
    }

    /// What waits for this key: `None` where nothing does.
    pub(super) fn get(&self, view: View, key: &[u8]) -> Option<Fate> {
        let layers = self.lock();
        let applying = || layers.applying.as_ref()?.get(view, key).cloned();
        layers.gathering.get(view, key).cloned().or_else(applying)
    }

    /// What waits for the keys of a stretch, in order.
    pub(super) fn span(&self, view: View, span: &Span) -> BTreeMap<Vec<u8>, Fate> {
        let mut found = BTreeMap::new();
        if span.is_empty() {
            return found;
        }
        let layers = self.lock();
        if let Some(applying) = &layers.applying {
            applying.collect(view, span, &mut found);
        }
        layers.gathering.collect(view, span, &mut found);
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

    /// Lets the view thread end, and nobody wait for it.
    pub(super) fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'l>(&self, layers: MutexGuard<'l, Layers>, at_most: Duration) -> MutexGuard<'l, Layers> {
        let waited = self.changed.wait_timeout(layers, at_most);
        waited.map_or_else(|poisoned| poisoned.into_inner().0, |(layers, _)| layers)
    }
}
