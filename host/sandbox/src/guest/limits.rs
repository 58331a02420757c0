//! The limits of a call: its memory, and the time that it may compute.

use std::time::Duration;

use wasmtime::{ResourceLimiter, UpdateDeadline};

use crate::engine::{MOST_TABLE_ELEMENTS, TICK};

/// The call wanted more memory, or a larger table, than it may have. It stops there: a guest that is told "no" may spin instead.
#[derive(Debug, thiserror::Error)]
#[error("out of memory")]
pub(crate) struct MemoryCap;

/// The call computed for longer than it may. Waiting for a forge does not count.
#[derive(Debug, thiserror::Error)]
#[error("out of time")]
pub(crate) struct TimeCap;

/// The reaction to each tick that finds the guest computing: others get their turn, until its time is used up.
pub(super) fn give_way(time: Duration) -> impl FnMut() -> wasmtime::Result<UpdateDeadline> {
    let mut ticks_left = time.as_micros() / TICK.as_micros();
    move || {
        ticks_left = ticks_left.checked_sub(1).ok_or(TimeCap)?;
        Ok(UpdateDeadline::Yield(1))
    }
}

/// The rest of a call's memory, all its memories together.
pub(super) struct MemoryLeft {
    bytes: usize,
}

impl MemoryLeft {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { bytes }
    }
}

impl ResourceLimiter for MemoryLeft {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        self.bytes = self.bytes.checked_sub(more).ok_or(MemoryCap)?;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(MemoryCap.into())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > MOST_TABLE_ELEMENTS {
            return Err(MemoryCap.into());
        }
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(MemoryCap.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_in_ticks() {
        let mut tick = give_way(Duration::from_millis(2));
        assert!(tick().is_ok());
        assert!(tick().is_ok());
        assert!(tick().err().unwrap().is::<TimeCap>());
    }

    #[test]
    fn all_memories_of_a_call_share_its_cap() {
        let mut memory = MemoryLeft::new(100);
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.memory_growing(60, 80, None).unwrap());
        assert!(memory.memory_growing(0, 21, None).is_err());
        assert!(memory.memory_growing(0, 20, None).unwrap());
    }
}
