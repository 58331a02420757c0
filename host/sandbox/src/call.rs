//! One call: a place, a fresh instance, a deadline, and a verdict on what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::Instrument;
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, Lift, Linker, Lower};
use wasmtime::{Engine, Store};

use crate::bindings::{Forge, ForgePre};
use crate::error::{Limits, failure};
use crate::guest::{CallContext, Guest};
use crate::metrics::{Counters, Ending};
use crate::translate::{BadOutput, Checked};
use crate::{Blame, ForgeApi, PluginError, Settings};

/// What a guest may hand over in one piece: its answer, a request, a line. Memory limits alone do not bound what the host copies:
/// a list may name one buffer many times.
const RESULT_BYTES: usize = 4 << 20;

/// The interface that reads deliveries.
const INBOUND: &str = "forgegate:plugin/inbound@0.1.0";

/// Bodies over this size are large: each costs its own multiple in memory and milliseconds of a processor.
const LARGE_BODY_BYTES: usize = 1 << 20;

/// How many large bodies are parsed at once, by all plugins together.
const LARGE_AT_ONCE: usize = 2;

/// What a call is for.
pub(crate) enum CallKind {
    /// It computes, about so many bytes of body. It reaches no forge.
    Inbound { body_bytes: usize },
    /// It asks or tells the forge something, within so much time in all. Most of that is waiting for the forge, which the deadline
    /// of other calls does not count.
    Outbound { forge: Arc<dyn ForgeApi>, within: Duration },
}

impl CallKind {
    /// A call inward that carries no body.
    pub(crate) const LIGHT: Self = Self::Inbound { body_bytes: 0 };
}

/// Places for calls. Those outward have their own, so that a forge that does not answer never keeps its deliveries from being read.
struct CallSlots {
    inward: Semaphore,
    outward: Semaphore,
}

impl CallSlots {
    fn new(inward: u32, outward: u32) -> Self {
        Self {
            inward: Semaphore::new(inward.max(1) as usize),
            outward: Semaphore::new(outward.max(1) as usize),
        }
    }

    async fn take(&self, errand: &CallKind) -> Result<SemaphorePermit<'_>, AcquireError> {
        match errand {
            CallKind::Inbound { .. } => self.inward.acquire().await,
            CallKind::Outbound { .. } => self.outward.acquire().await,
        }
    }
}

/// What all plugins share.
pub(crate) struct SharedState {
    pub engine: Engine,
    pub linker: Linker<Guest>,
    pub settings: Settings,
    places: CallSlots,
    large: Semaphore,
}

impl SharedState {
    pub(crate) fn new(engine: Engine, linker: Linker<Guest>, settings: Settings) -> Self {
        Self {
            places: CallSlots::new(settings.slots, settings.outward_slots()),
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
    house: Arc<SharedState>,
    component: ForgePre<Guest>,
    hot: Hot,
    places: CallSlots,
    counters: Arc<Counters>,
}

/// Where the two functions lie that every delivery calls. To load all functions of the world for one call would compare all their types
/// with ours each time: a tenth of what a small delivery costs in here.
#[derive(Clone, Copy)]
pub(crate) struct Hot {
    pub verify: ComponentExportIndex,
    pub parse: ComponentExportIndex,
}

impl Hot {
    fn of(component: &Component) -> wasmtime::Result<Self> {
        let interface = component.get_export_index(None, INBOUND);
        let find = |name: &str| component.get_export_index(Some(interface.as_ref()?), name);
        find("verify")
            .zip(find("parse"))
            .map(|(verify, parse)| Self { verify, parse })
            .ok_or_else(|| wasmtime::format_err!("`{INBOUND}` is not exported"))
    }
}

/// A call that has its place. The store goes before the place is given back.
struct CallSlot<'a> {
    store: Store<Guest>,
    limit: Duration,
    line: Option<CallContext>,
    _permits: Permits<'a>,
}

struct Permits<'a> {
    _large: Option<SemaphorePermit<'a>>,
    _own: SemaphorePermit<'a>,
    _slot: SemaphorePermit<'a>,
}

impl Callee {
    /// A component under a name, with places of its own: half of all, so that a slow plugin leaves room for the others.
    ///
    /// # Errors
    /// When it does not export what every delivery needs.
    pub(crate) fn new(name: &str, house: Arc<SharedState>, component: ForgePre<Guest>) -> wasmtime::Result<Self> {
        let hot = Hot::of(component.instance_pre().component())?;
        Ok(Self::linked(name, house, component, hot))
    }

    fn linked(name: &str, house: Arc<SharedState>, component: ForgePre<Guest>, hot: Hot) -> Self {
        let settings = &house.settings;
        Self {
            name: name.into(),
            places: CallSlots::new(settings.slots / 2, settings.outward_slots() / 2),
            house,
            component,
            hot,
            counters: Arc::default(),
        }
    }

    /// The same component under another name, with nothing counted.
    pub(crate) fn renamed(self, name: &str) -> Self {
        Self::linked(name, self.house, self.component, self.hot)
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Makes one call of a function that every delivery needs.
    pub(crate) async fn call_hot<P, A, B>(
        &self,
        function: &'static str,
        which: impl FnOnce(&Hot) -> ComponentExportIndex,
        errand: CallKind,
        parameters: P,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        A: Lift + Send + Sync + 'static,
    {
        let which = which(&self.hot);
        let mut place = self.place(errand).await?;
        let work = async |store: &mut Store<Guest>| {
            let instance = self.component.instance_pre().instantiate_async(&mut *store).await?;
            let called = instance.get_typed_func::<P, (A,)>(&mut *store, &which)?;
            let (answer,) = called.call_async(&mut *store, parameters).await?;
            Ok(answer)
        };
        self.run(function, &mut place, work, check).await
    }

    /// Makes one call: waits for a place, gives a fresh instance to `work`, checks what that hands over, and counts how it went.
    pub(crate) async fn call<A, B>(
        &self,
        function: &'static str,
        errand: CallKind,
        work: impl AsyncFnOnce(&Forge, &mut Store<Guest>) -> wasmtime::Result<A>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError> {
        let mut place = self.place(errand).await?;
        let work = async |store: &mut Store<Guest>| {
            let guest = self.component.instantiate_async(&mut *store).await?;
            work(&guest, store).await
        };
        self.run(function, &mut place, work, check).await
    }

    async fn run<A, B>(
        &self,
        function: &'static str,
        place: &mut CallSlot<'_>,
        work: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<A>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError> {
        let begun = Instant::now();
        let span = tracing::debug_span!("plugin", plugin.forge = &*self.name, plugin.function = function);
        let CallSlot { store, limit, line, .. } = place;
        let answer = match timeout(*limit, work(store).instrument(span)).await {
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
    async fn place(&self, errand: CallKind) -> Result<CallSlot<'_>, PluginError> {
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
            CallKind::Inbound { .. } => (settings.deadline, None),
            CallKind::Outbound { forge, within } => (within, Some(CallContext::new(forge))),
        };
        let guest = Guest::new(&self.name, settings.memory_bytes, line.clone(), &self.counters);
        Ok(CallSlot {
            store: guest.into_store(&self.house.engine, RESULT_BYTES, settings.deadline),
            limit,
            line,
            _permits: permits,
        })
    }

    async fn permits(&self, errand: &CallKind) -> Result<Permits<'_>, AcquireError> {
        // The scarcest first: whoever waits for it holds nothing that small bodies need.
        let large = match errand {
            CallKind::Inbound { body_bytes } if *body_bytes > LARGE_BODY_BYTES => {
                Some(self.house.large.acquire().await?)
            }
            _ => None,
        };
        Ok(Permits {
            _large: large,
            _own: self.places.take(errand).await?,
            _slot: self.house.places.take(errand).await?,
        })
    }

    /// Whose fault it is that the time is over: the forge's, unless the guest used up its own beside waiting.
    fn late(&self, limit: Duration, line: Option<&CallContext>) -> PluginError {
        let plugin = self.name.to_string();
        let waited = line.map_or(Duration::ZERO, CallContext::waited);
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
