//! Follow-up work: what is asked of a forge after a delivery was answered, and what follows. Durable, retried, on record.
//!
//! `queue` takes what is due and carries it through. By its task, `command` carries out what a comment commands, `approval` finds the
//! commit that an approving review releases, `commit` resolves a tag, and `head` confirms who brought a head and that it is the last.
//! `authorization` is the one place that says who may command and approve. All ask by `question`, and each task ends in an `outcome`:
//! what follows is decided by the model and done by storage in one transaction. Then `reply` answers whoever gave a command. What a
//! delivery leaves to be asked is decided on the request path, in `follow_up_task`.

mod accounts;
mod approval;
mod authorization;
mod command;
mod commit;
mod head;
mod outcome;
mod question;
mod queue;
mod reply;
mod service;

pub use queue::run;
pub use service::FollowUps;
