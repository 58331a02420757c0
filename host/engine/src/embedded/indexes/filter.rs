//! A Bloom filter in memory over the keys that are asked for one by one: it tells that a key was surely never seen, without the disk.
//!
//! Nearly every key that is asked for is new, and without this each would be looked for on the disk. A key that went stays
//! in the filter until the next start; more keys than it was made for only make it say "perhaps" more often.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::schema::Index;

/// Four MiB, twice: of two million keys, one question in five hundred is answered "perhaps" in vain.
const WORDS: usize = 1 << 19;

/// The filter.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<AtomicU64>,
    /// Of indexes whose keys are kept for long: so many must not have every other key looked up in vain.
    long_kept: Vec<AtomicU64>,
    /// Set once every key of the file is in it.
    whole: AtomicBool,
    /// Set once the file was made anew while its keys may still have been read.
    spoilt: AtomicBool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            words: std::iter::repeat_with(AtomicU64::default).take(WORDS).collect(),
            long_kept: std::iter::repeat_with(AtomicU64::default).take(WORDS).collect(),
            whole: AtomicBool::new(false),
            spoilt: AtomicBool::new(false),
        }
    }
}

impl Filter {
    /// Enters a key, before anybody can ask for it.
    pub(super) fn enter(&self, index: Index, key: &[u8]) {
        let words = self.words_of(index);
        for (word, bit) in places(index, key) {
            if let Some(word) = words.get(word) {
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
    }

    /// Every key of the file is in it: from then on it answers.
    pub(super) fn set_whole(&self) {
        if !self.spoilt.load(Ordering::Acquire) {
            self.whole.store(true, Ordering::Release);
        }
    }

    /// The file fails and is to be made anew: who reads its keys meanwhile may miss some. A filter that is whole stays so.
    pub(super) fn spoil(&self) {
        self.spoilt.store(true, Ordering::Release);
    }

    /// True for a key that was surely never entered.
    pub(super) fn surely_lacks(&self, index: Index, key: &[u8]) -> bool {
        let words = self.words_of(index);
        let lacks = |(word, bit)| {
            let word = words.get(word);
            word.is_some_and(|word: &AtomicU64| word.load(Ordering::Relaxed) & bit == 0)
        };
        index.is_lookup && self.whole.load(Ordering::Acquire) && places(index, key).any(lacks)
    }

    fn words_of(&self, index: Index) -> &[AtomicU64] {
        if index.is_long_kept {
            &self.long_kept
        } else {
            &self.words
        }
    }
}

/// The four bits of a key. Keys are halves of SHA-256, so that their own bytes do for hashes.
fn places(index: Index, key: &[u8]) -> impl Iterator<Item = (usize, u64)> {
    key.chunks_exact(4).take(4).filter_map(move |part| {
        let number = u32::from_be_bytes(part.try_into().ok()?).wrapping_add(u32::from(index.number));
        let bit = number as usize % (WORDS * 64);
        Some((bit / 64, 1 << (bit % 64)))
    })
}

#[cfg(test)]
mod tests {
    use forgegate_model::crypto::sha256;

    use super::*;

    const SEEN: Index = Index::lookup(0, "seen");

    fn key(number: u64) -> [u8; 16] {
        sha256(&number.to_be_bytes()).first_chunk().copied().unwrap()
    }

    #[test]
    fn a_key_that_was_entered_is_never_lacking_and_others_nearly_always_are() {
        let filter = Filter::default();
        filter.set_whole();
        for number in 0..20_000 {
            filter.enter(SEEN, &key(number));
        }
        assert!((0..20_000).all(|number| !filter.surely_lacks(SEEN, &key(number))));
        let others = (20_000..40_000).filter(|number| !filter.surely_lacks(SEEN, &key(*number)));
        assert!(others.count() < 20);
    }

    #[test]
    fn before_it_is_whole_it_tells_nothing() {
        let filter = Filter::default();
        assert!(!filter.surely_lacks(SEEN, &key(1)));
        filter.set_whole();
        assert!(filter.surely_lacks(SEEN, &key(1)));
    }

    #[test]
    fn filled_from_a_file_that_failed_it_tells_nothing() {
        let filter = Filter::default();
        filter.spoil();
        filter.set_whole();
        assert!(!filter.surely_lacks(SEEN, &key(1)));
    }

    #[test]
    fn of_lists_it_tells_nothing() {
        let filter = Filter::default();
        filter.set_whole();
        assert!(!filter.surely_lacks(Index::list(4, "list"), &key(1)));
    }
}
