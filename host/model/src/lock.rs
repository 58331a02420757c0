//! Locks for small state in memory.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A mutex that a panic does not close.
///
/// A thread that panics while it holds the lock leaves the value as it was at that moment. That is right only for state of which
/// every single change is whole: counters, maps, sets. Never hold the guard over an `await`.
#[derive(Default)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// A lock around a value.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// The value, once nobody else holds it. Blocks the thread until then.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Lock")
    }
}

/// A reader-writer lock that a panic does not close. What is said of [`Lock`] holds for it too.
#[derive(Default)]
pub struct SharedLock<T>(RwLock<T>);

impl<T> SharedLock<T> {
    /// A lock around a value.
    pub const fn new(value: T) -> Self {
        Self(RwLock::new(value))
    }

    /// The value, shared with other readers, once nobody writes it. Blocks the thread until then.
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, once nobody else holds it. Blocks the thread until then.
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for SharedLock<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedLock")
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_panic_of_a_holder_does_not_close_it() {
        let lock = Lock::new(1);
        let held = catch_unwind(AssertUnwindSafe(|| {
            let mut value = lock.lock();
            *value = 2;
            panic!("the holder fails");
        }));
        assert!(held.is_err());
        assert_eq!(*lock.lock(), 2);
    }
}
