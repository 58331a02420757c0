//! The component's allocator: a static arena, then fresh pages.
//!
//! An instance lives for one call, so nothing is freed before its end; and a `memory.grow` costs the host a system call under a lock that
//! all threads share. Ordinary payloads fit into the arena and never grow the memory. What is larger grows it by whole steps.

#[cfg(any(target_family = "wasm", test))]
mod bump;
#[cfg(target_family = "wasm")]
mod global;
