//! What the end-to-end tests stand on: a gateway as a process, a caller of its API, deliveries signed for real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

pub mod delivery;
pub mod gateway;
pub mod wait;

pub use delivery::Push;
pub use gateway::{Answer, Gateway};
