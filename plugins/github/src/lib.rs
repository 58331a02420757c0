#![doc = include_str!("../README.md")]

mod describe;
mod outbound;
mod parse;
mod requirements;
mod sample;
mod verify;

use forgegate_sdk::events::Event;
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct GitHub;

forgegate_sdk::export!(GitHub);

impl Descriptor for GitHub {
    fn describe() -> Description {
        describe::describe()
    }
}

impl Inbound for GitHub {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        verify::verify(headers)
    }

    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        parse::parse(event, headers, payload)
    }
}

impl Samples for GitHub {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        sample::sample(event, about)
    }
}

#[cfg(test)]
mod tests;
