//! Operations: writes that touch several nouns, each in one transaction.

mod actions;
mod fire;
mod follow_ups;
mod installations;
mod integrations;
mod record;
mod settle;
mod sweeps;
mod triggers;

pub use fire::{Fired, Firing};
pub use follow_ups::{Effect, Ending as FollowUpEnding, Settlement};
pub use installations::{Bound, InstallationEvent, InstallationNotice, NewBinding};
pub use record::{Candidate, Committed, Consequences, HandedOver, NewDelivery, Pressed, Wanted};
pub use sweeps::{Retention, Swept};
