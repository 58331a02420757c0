//! The plugin door: load, pool, call, limit, contain.
