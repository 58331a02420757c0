//! The arithmetic of the arena: which bytes are taken. Touches no memory.

use core::alloc::Layout;

/// A stretch of addresses, taken from the bottom.
#[derive(Debug)]
pub(super) struct Bump {
    /// The first address that is free.
    next: usize,
    /// The first address beyond the stretch.
    end: usize,
}

impl Bump {
    /// A stretch of which nothing is taken.
    pub(super) const fn new(start: usize, end: usize) -> Self {
        Self { next: start, end }
    }

    /// Takes a block; `None` where it does not fit.
    pub(super) fn take(&mut self, layout: Layout) -> Option<usize> {
        let at = self.next.checked_next_multiple_of(layout.align())?;
        let after = at.checked_add(layout.size())?;
        (after <= self.end).then(|| {
            self.next = after;
            at
        })
    }

    /// Changes the size of the last block where it lies. Says whether it could.
    pub(super) fn resize(&mut self, at: usize, size: usize, to: usize) -> bool {
        let fits = |after: &usize| *after <= self.end;
        match at.checked_add(to).filter(fits) {
            Some(after) if self.is_last(at, size) => {
                self.next = after;
                true
            }
            _ => false,
        }
    }

    /// Adds a stretch. One that begins elsewhere leaves what remains of the present one unused.
    pub(super) fn extend(&mut self, start: usize, end: usize) {
        if start != self.end {
            self.next = start;
        }
        self.end = end;
    }

    fn is_last(&self, at: usize, size: usize) -> bool {
        at.checked_add(size) == Some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn blocks_are_aligned_and_never_overlap() {
        let mut bump = Bump::new(1, 64);
        assert_eq!(bump.take(bytes(3, 1)), Some(1));
        assert_eq!(bump.take(bytes(8, 8)), Some(8));
        assert_eq!(bump.take(bytes(1, 1)), Some(16));
        assert_eq!(bump.take(bytes(4, 4)), Some(20));
    }

    #[test]
    fn the_last_byte_is_taken_and_no_further() {
        let mut bump = Bump::new(0, 8);
        assert_eq!(bump.take(bytes(9, 1)), None);
        assert_eq!(bump.take(bytes(8, 1)), Some(0));
        assert_eq!(bump.take(bytes(1, 1)), None);
        assert_eq!(bump.take(bytes(0, 1)), Some(8));
    }

    #[test]
    fn addresses_do_not_wrap() {
        let mut bump = Bump::new(usize::MAX - 8, usize::MAX);
        assert_eq!(bump.take(bytes(16, 1)), None);
        assert_eq!(bump.take(bytes(1, 16)), None);
        assert!(!bump.resize(usize::MAX - 8, 0, 16));
    }

    #[test]
    fn the_last_block_grows_and_shrinks_where_it_lies() {
        let mut bump = Bump::new(0, 64);
        let first = bump.take(bytes(8, 1)).unwrap();
        let last = bump.take(bytes(8, 1)).unwrap();
        assert!(!bump.resize(first, 8, 16));
        assert!(bump.resize(last, 8, 56));
        assert!(!bump.resize(last, 56, 57));
        assert!(bump.resize(last, 56, 4));
        assert_eq!(bump.take(bytes(1, 1)), Some(12));
    }

    #[test]
    fn a_stretch_that_follows_joins_and_another_does_not() {
        let mut bump = Bump::new(0, 8);
        let block = bump.take(bytes(4, 1)).unwrap();
        bump.extend(8, 16);
        assert!(bump.resize(block, 4, 12));
        bump.extend(32, 40);
        assert_eq!(bump.take(bytes(8, 1)), Some(32));
    }
}
