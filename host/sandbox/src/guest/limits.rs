//! How much memory a call may use.

use wasmtime::ResourceLimiter;

use crate::engine::MOST_TABLE_ELEMENTS;

/// The call wanted more memory, or a larger table, than it may have. It stops there: a guest that is told "no" may spin instead.
#[derive(Debug, thiserror::Error)]
#[error("out of memory")]
pub(crate) struct MemoryCap;

/// What is left of a call's memory, all its memories together.
pub(super) struct MemoryLeft {
    bytes: usize,
}

impl MemoryLeft {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { bytes }
    }
}

impl ResourceLimiter for MemoryLeft {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        self.bytes = self.bytes.checked_sub(more).ok_or(MemoryCap)?;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(MemoryCap.into())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
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
    fn all_memories_of_a_call_share_its_cap() {
        let mut memory = MemoryLeft::new(100);
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.memory_growing(60, 80, None).unwrap());
        assert!(memory.memory_growing(0, 21, None).is_err());
        assert!(memory.memory_growing(0, 20, None).unwrap());
    }
}
