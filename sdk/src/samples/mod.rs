//! Deliveries made on purpose, as the forge would send them; the host computes the seals.

mod template;

pub use template::{Filling, Words, render, short_ref};

pub use crate::bindings::exports::forgegate::plugin::samples::{Encoding, MacSeal, Seal, Subject, Unsealed};
