//! Teaches Forgegate the forge `gitlab`.
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

impl Outbound for GitLab {
    fn authorize(account: Account) -> Result<Authorization, OutboundError> {
        authorize::authorize(account)
    }
}
