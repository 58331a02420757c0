//! One call: a place, a fresh instance, a deadline, and a verdict on what came of it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::Instrument;
use wasmtime::component::Linker;
use wasmtime::{Engine, Store};

use crate::bindings::{Forge, ForgePre};
use crate::error::{Limits, failure};
use crate::figures::{Counters, Ending};
use crate::guest::Guest;
use crate::translate::{BadOutput, Checked};
use crate::{Blame, ForgeApi, PluginError, Settings};

/// What a guest may hand over in one piece: its answer, a request, a line. Memory limits alone do not bound what the host copies:
/// a list may name one buffer many times.
const RESULT_BYTES: usize = 4 << 20;

/// Bodies over this size are large: each costs its own multiple in memory and milliseconds of a processor.
const LARGE_BODY_BYTES: usize = 1 << 20;

/// How many large bodies are parsed at once, by all plugins together.
const LARGE_AT_ONCE: usize = 2;

/// What all plugins share.
pub(crate) struct House {
    pub engine: Engine,
    pub linker: Linker<Guest>,
    pub settings: Settings,
    slots: Semaphore,
    large: Semaphore,
}

impl House {
    pub(crate) fn new(engine: Engine, linker: Linker<Guest>, settings: Settings) -> Self {
        Self {
            slots: Semaphore::new(settings.slots as usize),
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
    places: Semaphore,
    counters: Arc<Counters>,
}

/// A call that has its place. The store goes before the place is given back.
pub(crate) struct Place<'a> {
    pub store: Store<Guest>,
    _permits: (
        Option<SemaphorePermit<'a>>,
        SemaphorePermit<'a>,
        SemaphorePermit<'a>,
    ),
}

impl Callee {
    /// A component under a name, with places of its own: half of the slots, so that a slow plugin leaves room for the others.
    pub(crate) fn new(name: &str, house: Arc<House>, component: ForgePre<Guest>) -> Self {
        let places = (house.settings.slots as usize / 2).max(1);
        Self {
            name: name.into(),
            house,
            component,
            places: Semaphore::new(places),
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

    /// Waits for a place and makes the store of a call that carries so many bytes. Without a `ForgeApi` the guest reaches no forge.
    pub(crate) async fn place(
        &self,
        body_bytes: usize,
        forge_api: Option<Arc<dyn ForgeApi>>,
    ) -> Result<Place<'_>, PluginError> {
        let settings = &self.house.settings;
        let _permits = timeout(settings.patience, self.permits(body_bytes))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| PluginError::Busy {
                plugin: self.name.to_string(),
                waited: settings.patience,
            })?;
        let guest = Guest::new(&self.name, settings.memory_bytes, forge_api, &self.counters);
        let store = guest.into_store(&self.house.engine, RESULT_BYTES);
        Ok(Place { store, _permits })
    }

    async fn permits(
        &self,
        body_bytes: usize,
    ) -> Result<
        (
            Option<SemaphorePermit<'_>>,
            SemaphorePermit<'_>,
            SemaphorePermit<'_>,
        ),
        AcquireError,
    > {
        // The scarcest first: whoever waits for it holds nothing that small bodies need.
        let large = if body_bytes > LARGE_BODY_BYTES {
            Some(self.house.large.acquire().await?)
        } else {
            None
        };
        let own = self.places.acquire().await?;
        let slot = self.house.slots.acquire().await?;
        Ok((large, own, slot))
    }

    /// A fresh instance in the call's store.
    pub(crate) async fn instance(&self, store: &mut Store<Guest>) -> wasmtime::Result<Forge> {
        self.component.instantiate_async(store).await
    }

    /// Runs a call to its end or its deadline, checks what it hands over, and counts how it went.
    pub(crate) async fn run<A, B>(
        &self,
        function: &'static str,
        work: impl Future<Output = wasmtime::Result<A>>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError> {
        let begun = Instant::now();
        let span = tracing::debug_span!(
            "plugin",
            plugin.forge = &*self.name,
            plugin.function = function
        );
        let limit = self.house.settings.deadline;
        let answer = match timeout(limit, work.instrument(span)).await {
            Ok(Ok(answer)) => check(answer).map_err(|BadOutput(what)| PluginError::BadOutput {
                plugin: self.name.to_string(),
                what,
            }),
            Ok(Err(error)) => Err(failure(&self.name, self.limits(), &error)),
            Err(_) => Err(PluginError::Deadline {
                plugin: self.name.to_string(),
                limit,
            }),
        };
        self.counters.call(&ending(&answer), begun.elapsed());
        answer
    }

    fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.house.settings.memory_bytes,
            result_bytes: RESULT_BYTES,
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
