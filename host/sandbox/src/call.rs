//! One call: a place, a fresh instance, a deadline, and a verdict on what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::Instrument;
use wasmtime::component::Linker;
use wasmtime::{Engine, Store};

use crate::bindings::{Forge, ForgePre};
use crate::error::{Limits, failure};
use crate::figures::{Counters, Ending};
use crate::guest::{Guest, Line};
use crate::translate::{BadOutput, Checked};
use crate::{Blame, ForgeApi, PluginError, Settings};

/// What a guest may hand over in one piece: its answer, a request, a line. Memory limits alone do not bound what the host copies:
/// a list may name one buffer many times.
const RESULT_BYTES: usize = 4 << 20;

/// Bodies over this size are large: each costs its own multiple in memory and milliseconds of a processor.
const LARGE_BODY_BYTES: usize = 1 << 20;

/// How many large bodies are parsed at once, by all plugins together.
const LARGE_AT_ONCE: usize = 2;

/// What a call is for.
pub(crate) enum Errand {
    /// It computes, about so many bytes of body. It reaches no forge.
    Inward { body_bytes: usize },
    /// It asks or tells the forge something, within so much time in all. Most of that is waiting for the forge, which the deadline
    /// of other calls does not count.
    Outward { forge: Arc<dyn ForgeApi>, within: Duration },
}

impl Errand {
    /// A call inward that carries no body.
    pub(crate) const LIGHT: Self = Self::Inward { body_bytes: 0 };
}

/// Places for calls. Those outward have their own, so that a forge that does not answer never keeps its deliveries from being read.
struct Places {
    inward: Semaphore,
    outward: Semaphore,
}

impl Places {
    fn new(inward: u32, outward: u32) -> Self {
        Self {
            inward: Semaphore::new(inward.max(1) as usize),
            outward: Semaphore::new(outward.max(1) as usize),
        }
    }

    async fn take(&self, errand: &Errand) -> Result<SemaphorePermit<'_>, AcquireError> {
        match errand {
            Errand::Inward { .. } => self.inward.acquire().await,
            Errand::Outward { .. } => self.outward.acquire().await,
        }
    }
}

/// What all plugins share.
pub(crate) struct House {
    pub engine: Engine,
    pub linker: Linker<Guest>,
    pub settings: Settings,
    places: Places,
    large: Semaphore,
}

impl House {
    pub(crate) fn new(engine: Engine, linker: Linker<Guest>, settings: Settings) -> Self {
        Self {
            places: Places::new(settings.slots, settings.outward_slots()),
            large: Semaphore::new(LARGE_AT_ONCE),
            engine,
            linker,
            settings,
        }
    }
}

/// A component that can be called.
pub(crate) struct Callee {
    name: Arc<str>,
    house: Arc<House>,
    component: ForgePre<Guest>,
    places: Places,
    counters: Arc<Counters>,
}

/// A call that has its place. The store goes before the place is given back.
struct Place<'a> {
    store: Store<Guest>,
    limit: Duration,
    line: Option<Line>,
    _permits: Permits<'a>,
}

struct Permits<'a> {
    _large: Option<SemaphorePermit<'a>>,
    _own: SemaphorePermit<'a>,
    _slot: SemaphorePermit<'a>,
}

impl Callee {
    /// A component under a name, with places of its own: half of all, so that a slow plugin leaves room for the others.
    pub(crate) fn new(name: &str, house: Arc<House>, component: ForgePre<Guest>) -> Self {
        let settings = &house.settings;
        Self {
            name: name.into(),
            places: Places::new(settings.slots / 2, settings.outward_slots() / 2),
            house,
            component,
            counters: Arc::default(),
        }
    }

    /// The same component under another name, with nothing counted.
    pub(crate) fn renamed(self, name: &str) -> Self {
        Self::new(name, self.house, self.component)
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Makes one call: waits for a place, gives a fresh instance to `work`, checks what that hands over, and counts how it went.
    pub(crate) async fn call<A, B>(
        &self,
        function: &'static str,
        errand: Errand,
        work: impl AsyncFnOnce(&Forge, &mut Store<Guest>) -> wasmtime::Result<A>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError> {
        let mut place = self.place(errand).await?;
        let begun = Instant::now();
        let span = tracing::debug_span!("plugin", plugin.forge = &*self.name, plugin.function = function);
        let Place { store, limit, line, .. } = &mut place;
        let work = async {
            let guest = self.component.instantiate_async(&mut *store).await?;
            work(&guest, store).await
        };
        let answer = match timeout(*limit, work.instrument(span)).await {
            Ok(Ok(answer)) => check(answer).map_err(|BadOutput(what)| PluginError::BadOutput {
                plugin: self.name.to_string(),
                what,
            }),
            Ok(Err(error)) => Err(failure(&self.name, self.limits(), &error)),
            Err(_) => Err(self.late(*limit, line.as_ref())),
        };
        self.counters.call(&ending(&answer), begun.elapsed());
        answer
    }

    /// Waits for a place and makes the call's store.
    async fn place(&self, errand: Errand) -> Result<Place<'_>, PluginError> {
        let settings = &self.house.settings;
        let permits = timeout(settings.patience, self.permits(&errand))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| PluginError::Busy {
                plugin: self.name.to_string(),
                waited: settings.patience,
            })?;
        let (limit, line) = match errand {
            Errand::Inward { .. } => (settings.deadline, None),
            Errand::Outward { forge, within } => (within, Some(Line::new(forge))),
        };
        let guest = Guest::new(&self.name, settings.memory_bytes, line.clone(), &self.counters);
        Ok(Place {
            store: guest.into_store(&self.house.engine, RESULT_BYTES, settings.deadline),
            limit,
            line,
            _permits: permits,
        })
    }

    async fn permits(&self, errand: &Errand) -> Result<Permits<'_>, AcquireError> {
        // The scarcest first: whoever waits for it holds nothing that small bodies need.
        let large = match errand {
            Errand::Inward { body_bytes } if *body_bytes > LARGE_BODY_BYTES => Some(self.house.large.acquire().await?),
            _ => None,
        };
        Ok(Permits {
            _large: large,
            _own: self.places.take(errand).await?,
            _slot: self.house.places.take(errand).await?,
        })
    }

    /// Whose fault it is that the time is over: the forge's, unless the guest used up its own beside waiting.
    fn late(&self, limit: Duration, line: Option<&Line>) -> PluginError {
        let plugin = self.name.to_string();
        let waited = line.map_or(Duration::ZERO, Line::waited);
        if limit.saturating_sub(waited) < limit.min(self.house.settings.deadline) {
            PluginError::ForgeTooSlow { plugin, limit }
        } else {
            PluginError::Deadline { plugin, limit }
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.house.settings.memory_bytes,
            result_bytes: RESULT_BYTES,
            computing: self.house.settings.deadline,
            patience: self.house.settings.patience,
        }
    }
}

fn ending<T>(answer: &Result<T, PluginError>) -> Ending {
    match answer {
        Ok(_) => Ending::Answered,
        Err(PluginError::Deadline { .. }) => Ending::TimedOut,
        Err(error) if error.blame() == Blame::Guest => Ending::Trapped,
        Err(_) => Ending::Failed,
    }
}
