//! Reconciliation: forges are asked, at the start and regularly, for what the gateway should have heard of.
//!
//! A forge that keeps its deliveries (`missed`) is asked to send again what did not arrive; it comes as any delivery does. Beyond that
//! the branches and open pull requests of every project are polled (`poll`) and compared with what was last seen of them
//! (`comparison`), and what nobody sent becomes a `synthesized` delivery, for which storage decides again in its transaction. The rules
//! of both are the model's (`forgegate_model::heads`). Nothing here can say more than where a branch or pull request of a named project
//! is.

mod comparison;
mod missed;
mod poll;
mod rounds;
mod service;
mod subjects;
mod synthesized;

pub use poll::{PollError, RepositoryPoll};
pub use rounds::run;
pub use service::Reconciliation;
pub use subjects::projects;
pub use synthesized::Repository;
