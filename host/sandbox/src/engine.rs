//! The one engine: how components are compiled, pooled and interrupted.

use std::thread;
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::Settings;

/// The length of a tick: how long a call runs before others get their turn.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// Memory that a slot keeps between calls and resets by hand. Giving it back to the system costs more than the call itself.
const MEMORY_KEPT_BYTES: usize = 4 << 20;

/// The same for tables.
const TABLE_KEPT_BYTES: usize = 8192;

/// The largest table of functions. Interpreters of other languages have tens of thousands of entries.
pub(crate) const MOST_TABLE_ELEMENTS: usize = 65_536;

/// Memory comes in pages of this size.
const PAGE_BYTES: usize = 64 << 10;

/// Core modules, memories and tables that one component may bring. Components made of several languages have a dozen modules.
const MOST_CORE_INSTANCES: u32 = 32;
const MOST_MEMORIES: u32 = 4;
const MOST_TABLES: u32 = 16;

/// Makes the engine and starts its clock, which ends with it.
pub(crate) fn start(settings: &Settings) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        .wasm_backtrace_max_frames(None)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    let engine = Engine::new(&config)?;
    let weak = engine.weak();
    thread::Builder::new()
        .name("plugin-clock".to_owned())
        .spawn(move || tick(&weak))?;
    tracing::info!(
        plugin.slots = settings.all_slots(),
        plugin.reset = reset_mode(),
        "plugin pool with {} slots, reset by {}",
        settings.all_slots(),
        reset_mode()
    );
    Ok(engine)
}

fn pool(settings: &Settings) -> PoolingAllocationConfig {
    let slots = settings.all_slots();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(MOST_CORE_INSTANCES))
        .total_memories(slots.saturating_mul(2))
        .total_tables(slots.saturating_mul(4))
        .total_stacks(slots)
        .max_core_instances_per_component(MOST_CORE_INSTANCES)
        .max_memories_per_component(MOST_MEMORIES)
        .max_tables_per_component(MOST_TABLES)
        .max_memory_size(whole_pages(settings.memory_bytes))
        .table_elements(MOST_TABLE_ELEMENTS)
        .linear_memory_keep_resident(MEMORY_KEPT_BYTES)
        .table_keep_resident(TABLE_KEPT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

fn whole_pages(bytes: usize) -> usize {
    bytes.checked_next_multiple_of(PAGE_BYTES).unwrap_or(bytes)
}

/// Older kernels cannot tell which pages a call touched; throughput drops to about a third there.
fn reset_mode() -> &'static str {
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        "scanning touched pages"
    } else {
        "blind writing (Linux 6.7 or newer is much faster)"
    }
}

fn tick(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        drop(engine);
        thread::sleep(TICK);
    }
}
