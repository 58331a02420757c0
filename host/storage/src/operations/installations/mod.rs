//! Installations of apps: what deliveries say of them, and what people do with them.

mod apply_event;
mod bind;

pub(crate) use apply_event::apply_event;
pub use apply_event::{InstallationEvent, InstallationNotice};
pub use bind::{Bound, NewBinding};
