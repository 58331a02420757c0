//! The client against a real HTTP server on loopback.

pub mod clocks;
pub mod forge;
pub mod harness;

mod apps;
mod calls;
mod limits;
mod sessions;
