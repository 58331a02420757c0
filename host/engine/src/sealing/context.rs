//! The context that a sealed value is bound to: it opens in no other.

/// The context of a sealed value, which becomes its associated data (AEAD).
#[derive(Clone, Copy, Debug)]
pub struct SealContext<'a> {
    /// The table.
    pub table: &'a str,
    /// The key of the row.
    pub row: &'a [u8],
    /// The column.
    pub column: &'a str,
    /// Whatever else it is bound to, as a token to a URL.
    pub extra: &'a [&'a [u8]],
}

impl<'a> SealContext<'a> {
    /// A context that needs nothing else.
    #[must_use]
    pub const fn new(table: &'a str, row: &'a [u8], column: &'a str) -> Self {
        Self {
            table,
            row,
            column,
            extra: &[],
        }
    }

    /// Every part with its length before it, so that no two contexts have the same bytes.
    pub(super) fn associated_data(&self) -> Vec<u8> {
        let parts = [self.table.as_bytes(), self.row, self.column.as_bytes()];
        let mut data = Vec::with_capacity(64);
        for part in parts.iter().chain(self.extra) {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part);
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_run_into_each_other_make_other_contexts() {
        let one = SealContext::new("ab", b"c", "d").associated_data();
        let other = SealContext::new("a", b"bc", "d").associated_data();
        assert_ne!(one, other);
        let with = SealContext {
            extra: &[b"x"],
            ..SealContext::new("ab", b"c", "d")
        };
        assert_ne!(one, with.associated_data());
    }
}
