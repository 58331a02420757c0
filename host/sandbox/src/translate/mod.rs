//! From the contract's words to the model's, with every check on what a plugin hands over. A plugin is never believed: lists and
//! texts have caps, refs are full, commit ids are well-formed. What is against the contract is the plugin's fault and is said so.

mod caps;
mod description;
mod event;
mod evidence;
pub(crate) mod headers;
pub(crate) mod outbound;
mod request;
mod sample;

pub(crate) use caps::short;
pub(crate) use description::description;
pub(crate) use event::event;
pub(crate) use evidence::{evidence, refusal};
pub(crate) use headers::withheld;
pub(crate) use request::request;
pub(crate) use sample::{subject, unsealed};

/// Output of a plugin that is against the contract. The text names the item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadOutput(pub String);

pub(crate) type Checked<T> = Result<T, BadOutput>;
