//! The promises of this crate, one test each.

mod clocks;
mod deciding;
mod deliveries;
pub(crate) mod fixtures;
mod follow_ups;
mod golden;
mod heads;
mod installations;
mod keys;
mod refusals;
mod retention;
mod views;
mod writer;
