//! The machinery of the end-to-end tests: the gateway and workers as processes, a caller of the API, deliveries signed for real, fake
//! forges on loopback, and a testbed that joins a gateway to them.

pub mod activity;
pub mod answer;
pub mod configuration;
pub mod corpus;
pub mod delivery;
pub mod fields;
pub mod forges;
pub mod gateway;
pub mod test_forge;
pub mod testbed;
pub mod wait;
pub mod worker;

pub use answer::Answer;
pub use delivery::{PullRequest, Push, SECRET};
pub use gateway::Gateway;
pub use test_forge::TestForge;
pub use testbed::Testbed;
pub use worker::Worker;
