//! Connections that prove themselves: what a token may do, whether deliveries come in, the hook at the forge and how it fares.
//!
//! `outbound` tests a token, `inbound` tests the way in: `sample_delivery` sends a sample down the request path, and `forge_delivery` asks
//! the forge for a delivery of its own. `hook` makes and repairs the hook and rotates its secret, `watch` reads regularly how hooks fare
//! and `hook_statuses` remembers it. `finding` is what a test says. Requests are read and status codes chosen in `api`.

mod finding;
mod forge_delivery;
mod hook;
mod hook_statuses;
mod inbound;
mod outbound;
mod sample_delivery;
mod service;
mod watch;

pub use finding::Finding;
pub use hook::{HookRequest, HookTarget, Mode, ensure_hook};
pub use hook_statuses::{HookHealth, HookStatus};
pub use inbound::test_inbound;
pub use outbound::test_outbound;
pub use sample_delivery::DeliveryTest;
pub use service::Connections;
pub use watch::run as watch;
