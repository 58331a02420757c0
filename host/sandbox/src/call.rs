//! One call: a slot, a fresh instance, a deadline, and a verdict on what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::Instrument;
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, Lift, Linker, Lower};
use wasmtime::{Engine, Store};

use crate::bindings::{Forge, ForgePre};
use crate::failure::{Limits, failure};
use crate::guest::{CallContext, Guest};
use crate::metrics::{Counters, Ending};
use crate::translate::{BadOutput, Checked};
use crate::{Blame, ForgeApi, PluginError, Settings};

/// The most bytes that a guest may hand over in one piece: its answer, a request, a line. Memory limits alone do not bound what the host copies:
/// a list may name one buffer many times.
const RESULT_BYTES: usize = 4 << 20;

/// The interface that reads deliveries.
const INBOUND: &str = "forgegate:plugin/inbound@0.1.0";

/// Bodies over this size are large: each costs its own multiple in memory and milliseconds of a processor.
const LARGE_BODY_BYTES: usize = 1 << 20;

/// The most large bodies that are parsed at once, by all plugins together.
const LARGE_AT_ONCE: usize = 2;

/// The kind of a call.
pub(crate) enum CallKind {
    /// A computation about so many bytes of body. It reaches no forge.
    Inbound { body_bytes: usize },
    /// A question or report to the forge, within so much time in all. Most of that is waiting for the forge, which the deadline
    /// of other calls does not count.
    Outbound { forge: Arc<dyn ForgeApi>, within: Duration },
}

impl CallKind {
    /// A call that computes and carries no body.
    pub(crate) const LIGHT: Self = Self::Inbound { body_bytes: 0 };
}

/// The slots for calls. Outbound calls have their own, so that a forge that does not answer never keeps its deliveries from being read.
struct CallSlots {
    inbound: Semaphore,
    outbound: Semaphore,
}

impl CallSlots {
    fn new(inbound: u32, outbound: u32) -> Self {
        Self {
            inbound: Semaphore::new(inbound.max(1) as usize),
            outbound: Semaphore::new(outbound.max(1) as usize),
        }
    }

    async fn take(&self, kind: &CallKind) -> Result<SemaphorePermit<'_>, AcquireError> {
        match kind {
            CallKind::Inbound { .. } => self.inbound.acquire().await,
            CallKind::Outbound { .. } => self.outbound.acquire().await,
        }
    }
}

/// The state that all plugins share.
pub(crate) struct SharedState {
    pub engine: Engine,
    pub linker: Linker<Guest>,
    pub settings: Settings,
    slots: CallSlots,
    large: Semaphore,
}

impl SharedState {
    pub(crate) fn new(engine: Engine, linker: Linker<Guest>, settings: Settings) -> Self {
        Self {
            slots: CallSlots::new(settings.slots, settings.outbound_slots()),
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
    shared: Arc<SharedState>,
    component: ForgePre<Guest>,
    hot: Hot,
    slots: CallSlots,
    counters: Arc<Counters>,
}

/// The indexes of the two functions that every delivery calls. To load all functions of the world for one call would compare all their types
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

/// A call that has its slot. The store goes before the slot is given back.
struct CallSlot<'a> {
    store: Store<Guest>,
    limit: Duration,
    context: Option<CallContext>,
    _permits: Permits<'a>,
}

struct Permits<'a> {
    _large: Option<SemaphorePermit<'a>>,
    _own: SemaphorePermit<'a>,
    _slot: SemaphorePermit<'a>,
}

impl Callee {
    /// A component under a name, with slots of its own: half of all, so that a slow plugin leaves room for the others.
    ///
    /// # Errors
    /// When it does not export what every delivery needs.
    pub(crate) fn new(name: &str, shared: Arc<SharedState>, component: ForgePre<Guest>) -> wasmtime::Result<Self> {
        let hot = Hot::of(component.instance_pre().component())?;
        Ok(Self::linked(name, shared, component, hot))
    }

    fn linked(name: &str, shared: Arc<SharedState>, component: ForgePre<Guest>, hot: Hot) -> Self {
        let settings = &shared.settings;
        Self {
            name: name.into(),
            slots: CallSlots::new(settings.slots / 2, settings.outbound_slots() / 2),
            shared,
            component,
            hot,
            counters: Arc::default(),
        }
    }

    /// The same component under another name, with nothing counted.
    pub(crate) fn renamed(self, name: &str) -> Self {
        Self::linked(name, self.shared, self.component, self.hot)
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Makes one call of a function that every delivery needs.
    pub(crate) async fn call_hot<P, A, B>(
        &self,
        function: &'static str,
        which: impl FnOnce(&Hot) -> ComponentExportIndex,
        kind: CallKind,
        parameters: P,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        A: Lift + Send + Sync + 'static,
    {
        let which = which(&self.hot);
        let mut slot = self.slot(kind).await?;
        let work = async |store: &mut Store<Guest>| {
            let instance = self.component.instance_pre().instantiate_async(&mut *store).await?;
            let called = instance.get_typed_func::<P, (A,)>(&mut *store, &which)?;
            let (answer,) = called.call_async(&mut *store, parameters).await?;
            Ok(answer)
        };
        self.run(function, &mut slot, work, check).await
    }

    /// Makes one call: waits for a slot, gives a fresh instance to `work`, checks what that hands over, and counts how it went.
    pub(crate) async fn call<A, B>(
        &self,
        function: &'static str,
        kind: CallKind,
        work: impl AsyncFnOnce(&Forge, &mut Store<Guest>) -> wasmtime::Result<A>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError> {
        let mut slot = self.slot(kind).await?;
        let work = async |store: &mut Store<Guest>| {
            let guest = self.component.instantiate_async(&mut *store).await?;
            work(&guest, store).await
        };
        self.run(function, &mut slot, work, check).await
    }

    async fn run<A, B>(
        &self,
        function: &'static str,
        slot: &mut CallSlot<'_>,
        work: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<A>,
        check: impl FnOnce(A) -> Checked<B>,
    ) -> Result<B, PluginError> {
        let begun = Instant::now();
        let span = tracing::debug_span!("plugin", plugin.forge = &*self.name, plugin.function = function);
        let CallSlot {
            store, limit, context, ..
        } = slot;
        let answer = match timeout(*limit, work(store).instrument(span)).await {
            Ok(Ok(answer)) => check(answer).map_err(|BadOutput(what)| PluginError::BadOutput {
                plugin: self.name.to_string(),
                what,
            }),
            Ok(Err(error)) => Err(failure(&self.name, self.limits(), &error)),
            Err(_) => Err(self.late(*limit, context.as_ref())),
        };
        self.counters.call(&ending(&answer), begun.elapsed());
        answer
    }

    /// Waits for a slot and makes the call's store.
    async fn slot(&self, kind: CallKind) -> Result<CallSlot<'_>, PluginError> {
        let settings = &self.shared.settings;
        let permits = timeout(settings.slot_timeout, self.permits(&kind))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| PluginError::Busy {
                plugin: self.name.to_string(),
                waited: settings.slot_timeout,
            })?;
        let (limit, context) = match kind {
            CallKind::Inbound { .. } => (settings.deadline, None),
            CallKind::Outbound { forge, within } => (within, Some(CallContext::new(forge))),
        };
        let guest = Guest::new(&self.name, settings.memory_bytes, context.clone(), &self.counters);
        Ok(CallSlot {
            store: guest.into_store(&self.shared.engine, RESULT_BYTES, settings.deadline),
            limit,
            context,
            _permits: permits,
        })
    }

    async fn permits(&self, kind: &CallKind) -> Result<Permits<'_>, AcquireError> {
        // The scarcest first: whoever waits for it holds nothing that small bodies need.
        let large = match kind {
            CallKind::Inbound { body_bytes } if *body_bytes > LARGE_BODY_BYTES => {
                Some(self.shared.large.acquire().await?)
            }
            _ => None,
        };
        Ok(Permits {
            _large: large,
            _own: self.slots.take(kind).await?,
            _slot: self.shared.slots.take(kind).await?,
        })
    }

    /// The error of a call whose time is over: the fault is the forge's, unless the guest used up its own beside waiting.
    fn late(&self, limit: Duration, context: Option<&CallContext>) -> PluginError {
        let plugin = self.name.to_string();
        let waited = context.map_or(Duration::ZERO, CallContext::waited);
        if limit.saturating_sub(waited) < limit.min(self.shared.settings.deadline) {
            PluginError::ForgeTooSlow { plugin, limit }
        } else {
            PluginError::Deadline { plugin, limit }
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.shared.settings.memory_bytes,
            result_bytes: RESULT_BYTES,
            computing: self.shared.settings.deadline,
            slot_timeout: self.shared.settings.slot_timeout,
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
