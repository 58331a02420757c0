//! What the end-to-end tests stand on: a gateway as a process, a caller of its API, deliveries signed for real, workers as processes,
//! stand-in forges, and a stage with all of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

pub mod corpus;
pub mod delivery;
pub mod forges;
pub mod gateway;
pub mod people;
pub mod stage;
pub mod wait;
pub mod worker;

pub use delivery::{PullRequest, Push};
pub use gateway::{Answer, Gateway};
pub use stage::{Side, Stage};
pub use worker::Worker;
