//! Rows as bytes: tables, versions, encoding, and reading them whether inside a write or not.
//!
//! Every table maps bytes to bytes, so that the order of keys is the order of their bytes: ids and numbers go in big-endian. A value
//! is one byte of version and a postcard encoding: a third of JSON's size and a tenth of its time, and pages touched decide the rate.

use std::ops::{Bound, ControlFlow};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// A table, by its name in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub &'static str);

/// The bytes of a row: its version, then its postcard encoding.
///
/// # Errors
/// `Invalid` for a value that postcard cannot encode.
pub fn encode<T: Serialize>(version: u8, row: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(row, vec![version])
        .map_err(|error| StoreError::Invalid(format!("the row cannot be encoded: {error}")))
}

/// The row of some bytes. `table` is for the error; `older` reads what a version before this one wrote.
///
/// # Errors
/// `Unavailable` for bytes that are no such row.
pub fn decode<T: DeserializeOwned>(
    table: Table,
    version: u8,
    bytes: &[u8],
    older: impl FnOnce(u8, &[u8]) -> Option<T>,
) -> Result<T, StoreError> {
    let row = match bytes.split_first() {
        Some((found, rest)) if *found == version => postcard::from_bytes(rest).ok(),
        Some((found, rest)) => older(*found, rest),
        None => None,
    };
    row.ok_or_else(|| StoreError::Unavailable(format!("a row of `{}` cannot be decoded", table.0)))
}

/// A stretch of keys, walked up or down.
#[derive(Clone, Debug)]
pub struct Span {
    /// The smaller end.
    pub from: Bound<Vec<u8>>,
    /// The greater end.
    pub to: Bound<Vec<u8>>,
    /// The end that the walk begins at.
    pub direction: Direction,
}

/// The order in which keys are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest.
    Up,
    /// From the greatest.
    Down,
}

impl Span {
    /// Every key.
    #[must_use]
    pub const fn all(direction: Direction) -> Self {
        Self {
            from: Bound::Unbounded,
            to: Bound::Unbounded,
            direction,
        }
    }

    /// Every key that begins so.
    #[must_use]
    pub fn prefix(prefix: &[u8], direction: Direction) -> Self {
        Self {
            from: Bound::Included(prefix.to_vec()),
            to: after_prefix(prefix).map_or(Bound::Unbounded, Bound::Excluded),
            direction,
        }
    }

    /// Only the keys that come after this one, in the direction walked.
    #[must_use]
    pub fn beyond(mut self, key: &[u8]) -> Self {
        match self.direction {
            Direction::Up => self.from = Bound::Excluded(key.to_vec()),
            Direction::Down => self.to = Bound::Excluded(key.to_vec()),
        }
        self
    }

    /// True where no key can lie in it; such a span must not be handed to the engine or to a `BTreeMap`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let (from, to) = match (&self.from, &self.to) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => return false,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => (from, to),
        };
        let closed = matches!((&self.from, &self.to), (Bound::Included(_), Bound::Included(_)));
        if closed { from > to } else { from >= to }
    }

    pub(crate) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (
            self.from.as_ref().map(Vec::as_slice),
            self.to.as_ref().map(Vec::as_slice),
        )
    }
}

/// The smallest key that is greater than all that begin so; none where there is no such key.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// The callback for each key and value of a walk; it may break off.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError> + 'v;

/// Reading rows: of a write under way, with what it wrote; or of what is committed.
pub trait Rows {
    /// The value of a key.
    ///
    /// # Errors
    /// `Unavailable`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Walks a span of keys until `visit` breaks off.
    ///
    /// # Errors
    /// `Unavailable`, or what `visit` returns.
    fn walk(&self, table: Table, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_lies_after_all_that_begin_so() {
        assert_eq!(after_prefix(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(after_prefix(&[1, 255]), Some(vec![2]));
        assert_eq!(after_prefix(&[255, 255]), None);
        assert_eq!(after_prefix(&[]), None);
    }

    #[test]
    fn a_span_beyond_its_own_end_is_empty() {
        let span = Span::prefix(&[1], Direction::Up);
        assert!(!span.is_empty());
        assert!(span.clone().beyond(&[2]).is_empty());
        assert!(Span::prefix(&[1], Direction::Down).beyond(&[1]).is_empty());
    }
}
