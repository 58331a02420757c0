//! The data of one call's guest: its limits, its log, and the little that its imports can reach. Made for the call, gone with it.

mod call_context;
mod forge_api;
mod guest_log;
mod limits;
mod wasi;

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Engine, Store};

use crate::bindings::Forge;
use crate::metrics::Counters;

pub(crate) use call_context::{BadCall, CallContext};
use guest_log::GuestLog;
use limits::MemoryLeft;
pub(crate) use limits::{MemoryCap, TimeCap};
use wasi::Wasi;

/// The data of one call's store.
pub(crate) struct Guest {
    memory: MemoryLeft,
    log: GuestLog,
    wasi: Wasi,
    context: Option<CallContext>,
    counters: Arc<Counters>,
}

impl Guest {
    /// A guest that speaks under this name and may use this much memory. Without a context every call to the forge is refused.
    pub(crate) fn new(
        name: &Arc<str>,
        memory_bytes: usize,
        context: Option<CallContext>,
        counters: &Arc<Counters>,
    ) -> Self {
        Self {
            memory: MemoryLeft::new(memory_bytes),
            log: GuestLog::new(Arc::clone(name)),
            wasi: Wasi::default(),
            context,
            counters: Arc::clone(counters),
        }
    }

    /// A store for one call: limited in memory, in what it may hand over, in its time, and made to give way at every tick.
    pub(crate) fn into_store(self, engine: &Engine, result_bytes: usize, time: Duration) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|guest| &mut guest.memory);
        store.set_hostcall_fuel(result_bytes);
        store.set_epoch_deadline(1);
        let mut tick = limits::give_way(time);
        store.epoch_deadline_callback(move |_| tick());
        store
    }
}

/// Everything that a plugin can import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    Forge::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    wasi::add_to_linker(&mut linker)?;
    Ok(linker)
}
