//! The sandbox with real components: the bundled ones and hostile ones.
//!
//! `#[cfg(test)]` marks the modules as tests for clippy, which then lets them panic.

#[cfg(test)]
mod bundled;
#[cfg(test)]
mod common;
#[cfg(test)]
mod containment;
#[cfg(test)]
mod guest_log;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod outbound;
