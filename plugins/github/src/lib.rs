//! Teaches Forgegate GitHub, by way of a GitHub App: one webhook, one secret, one URL for all installations.
//!
//! A delivery travels through `verify`, then `parse`; `sample` makes one. `describe` and `authorize` are data. Nothing here
//! calls the forge: of the way out only `authorize` is answered.

mod describe;
mod verify;

mod parse;

mod authorize;
mod sample;

#[cfg(test)]
mod tests;

use forgegate_sdk::events::Event;
use forgegate_sdk::outbound::{Account, Authorization, OutboundError};
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, Outbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct GitHub;

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

impl Outbound for GitHub {
    fn authorize(account: Account) -> Result<Authorization, OutboundError> {
        Ok(authorize::authorize(account))
    }
}

forgegate_sdk::export!(GitHub);
