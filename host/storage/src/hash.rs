//! Hashes that stand for keys of indexes.

use forgegate_model::crypto::Sha256State;

/// Half a SHA-256 over every part, each with its length.
pub(crate) fn half_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut state = Sha256State::default();
    for part in parts {
        state.update(&(part.len() as u64).to_be_bytes());
        state.update(part);
    }
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(state.finish()) {
        *to = from;
    }
    half
}
