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
pub(crate) struct Table(pub(crate) &'static str);

impl Table {
    pub(crate) const fn definition(self) -> redb::TableDefinition<'static, &'static [u8], &'static [u8]> {
        redb::TableDefinition::new(self.0)
    }
}

/// What is kept in a table. A type whose fields change gets the next version, and `decode` of the older ones beside it.
pub(crate) trait Row: Serialize + DeserializeOwned {
    /// The version of the encoding, its first byte.
    const VERSION: u8;

    /// Decodes what an older version wrote; `None` where there is none such.
    fn decode_older(_version: u8, _bytes: &[u8]) -> Option<Self> {
        None
    }
}

/// The bytes of a row.
pub(crate) fn encode<R: Row>(row: &R) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(row, vec![R::VERSION])
        .map_err(|error| StoreError::Invalid(format!("the row cannot be encoded: {error}")))
}

/// The row of some bytes. `table` is for the error.
pub(crate) fn decode<R: Row>(table: Table, bytes: &[u8]) -> Result<R, StoreError> {
    let row = match bytes.split_first() {
        Some((version, rest)) if *version == R::VERSION => postcard::from_bytes(rest).ok(),
        Some((version, rest)) => R::decode_older(*version, rest),
        None => None,
    };
    row.ok_or_else(|| StoreError::Unavailable(format!("a row of `{}` cannot be decoded", table.0)))
}

/// A stretch of keys, walked up or down.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) from: Bound<Vec<u8>>,
    pub(crate) to: Bound<Vec<u8>>,
    pub(crate) direction: Direction,
}

/// Which way keys are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the smallest.
    Up,
    /// From the greatest.
    Down,
}

impl Span {
    /// Every key.
    pub(crate) const fn all(direction: Direction) -> Self {
        Self {
            from: Bound::Unbounded,
            to: Bound::Unbounded,
            direction,
        }
    }

    /// Every key that begins so.
    pub(crate) fn prefix(prefix: &[u8], direction: Direction) -> Self {
        Self {
            from: Bound::Included(prefix.to_vec()),
            to: after_prefix(prefix).map_or(Bound::Unbounded, Bound::Excluded),
            direction,
        }
    }

    /// Only the keys that come after this one, in the direction walked.
    pub(crate) fn beyond(mut self, key: &[u8]) -> Self {
        match self.direction {
            Direction::Up => self.from = Bound::Excluded(key.to_vec()),
            Direction::Down => self.to = Bound::Excluded(key.to_vec()),
        }
        self
    }

    /// Whether no key can lie in it; such a span must not be handed to the engine or to a `BTreeMap`.
    pub(crate) fn is_empty(&self) -> bool {
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

/// What is called for each key and value of a walk; it may break off.
pub(crate) type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError> + 'v;

/// Reading rows: of a write under way, with what it wrote; or of what is committed.
pub(crate) trait Rows {
    /// The value of a key.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Walks a stretch of keys until `visit` breaks off.
    fn walk(&self, table: Table, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// The row of a key.
    fn row<R: Row>(&self, table: Table, key: &[u8]) -> Result<Option<R>, StoreError>
    where
        Self: Sized,
    {
        match self.get(table, key)? {
            Some(bytes) => decode(table, &bytes).map(Some),
            None => Ok(None),
        }
    }
}

/// Walks a table that was opened, whichever way it was.
pub(crate) fn walk_table<T>(table: &T, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError>
where
    T: redb::ReadableTable<&'static [u8], &'static [u8]>,
{
    if span.is_empty() {
        return Ok(());
    }
    let mut range = table.range::<&[u8]>(span.bounds()).map_err(StoreError::engine)?;
    loop {
        let item = match span.direction {
            Direction::Up => range.next(),
            Direction::Down => range.next_back(),
        };
        let Some(item) = item else { return Ok(()) };
        let (key, value) = item.map_err(StoreError::engine)?;
        if visit(key.value(), value.value())?.is_break() {
            return Ok(());
        }
    }
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
