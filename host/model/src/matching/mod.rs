//! Matching: the projects that want an event, and the work that each of them is to evaluate.
//!
//! [`match_delivery`] is the whole of a delivery's step `match`. It decides by what was read before the transaction; what others
//! commit meanwhile (duplicates, work in progress, pins) the writer decides again, by `queueing` and `trust`.
//!
//! Comments and reviews queue nothing here: the commands in them are obeyed elsewhere, after the forge was asked about the person.

mod delivery;
mod drafting;
mod filters;
mod paths;
mod patterns;
mod skip;
mod trigger;

pub use delivery::{Candidate, LinkedProject, Links, MatchInput, Matched, Verdict, match_delivery};
pub use filters::{Filter, FilterResult, TriggerPatterns};
pub use paths::PathsVerdict;
pub use patterns::{InvalidPattern, Patterns};
pub use trigger::{CompiledTrigger, listens_to};

#[cfg(test)]
mod tests;
