//! Operations: writes that touch several nouns, each in one transaction.

mod actions;
mod decide;
mod fire;
mod follow_ups;
mod installations;
mod integrations;
mod record;
mod settle;
mod sweeps;
mod triggers;

pub use decide::{Candidate, Wanted};
pub use fire::{Fired, Firing};
pub use follow_ups::{Effect, Ending as FollowUpEnding, Settlement};
pub use installations::{Bound, InstallationEvent, InstallationNotice, NewBinding};
pub use record::{Committed, Consequences, HandedOver, NewDelivery, Pressed};
pub use sweeps::{Retention, Swept};
