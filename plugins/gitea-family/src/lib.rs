//! What Gitea and Forgejo share by ancestry: the form of their headers, signatures and payloads.
//!
//! What is one forge's alone (its name, its hosts, the headers of its samples) lives in its plugin. No plugin depends on another.

mod authorize;
mod describe;
mod parse;
mod sample;
mod template;
mod verify;

pub use authorize::authorize;
pub use describe::{Forge, describe};
pub use parse::parse;
pub use sample::{Automation, Lineage, sample};
pub use verify::verify;
