//! Follow-up work: begun with its delivery, settled with what a forge said.

mod begin;
mod effects;
mod settle;

pub(crate) use begin::begin;
pub use effects::Effect;
pub use settle::{Ending, Settlement};
