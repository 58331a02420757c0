//! What Gitea and Forgejo share by ancestry: the form of their headers, signatures and payloads.
//!
//! What is one forge's alone (its name, its hosts, the headers of its samples) lives in its plugin. No plugin depends on another.

mod describe;
mod outbound;
mod parse;
mod sample;
mod template;
mod verify;

pub use describe::{Forge, describe};
pub use outbound::{
    access, approvals, authorize, comment, ensure_hook, find_pull_request, find_repository, heads, history,
    hook_health, probe, react, report, repositories, resolve, test_hook,
};
pub use parse::parse;
pub use sample::{Automation, Lineage, sample};
pub use verify::verify;
