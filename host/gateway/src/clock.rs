//! The time and fresh ids, from the model.

pub use forgegate_model::clock::{Clock, fresh_id};
