//! From the forge's payloads to the vocabulary of events: which reader reads which event.

mod common;
mod push;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::{Headers, ParseError, json};

use common::Envelope;

/// Translates a payload. `event` is what [`verify`](crate::verify()) named.
pub fn parse(event: &str, _headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
    match event {
        "push" => push::moved(payload),
        _ => Ok(unknown(event, payload)),
    }
}

/// An event by the forge's name, with as much of its surroundings as can be read.
fn unknown(event: &str, payload: &[u8]) -> Event {
    let envelope: Envelope = json::parse(payload).unwrap_or_default();
    envelope.event(None, Detail::Unknown(event.to_owned()))
}
