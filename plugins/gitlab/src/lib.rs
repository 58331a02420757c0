#![doc = include_str!("../README.md")]

mod describe;
mod outbound;
mod parse;
mod sample;
mod verify;

use forgegate_sdk::events::Event;
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct GitLab;

forgegate_sdk::export!(GitLab);

impl Descriptor for GitLab {
    fn describe() -> Description {
        describe::describe()
    }
}

impl Inbound for GitLab {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        verify::verify(headers)
    }

    fn parse(event: &str, _headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        parse::parse(event, payload)
    }
}

impl Samples for GitLab {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        sample::sample(event, about)
    }
}

#[cfg(test)]
mod tests;
