#![doc = include_str!("../README.md")]

mod describe;
mod outbound;
mod parse;
mod sample;
mod verify;

use std::marker::PhantomData;

use forgegate_sdk::events::Event;
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, ParseError, Refusal, Samples};

pub use sample::{Automation, Lineage};

/// Name, version and hosts of one forge of the family.
pub struct Forge {
    /// Its id, the path segment of its URLs.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The plugin's version.
    pub version: &'static str,
    /// Hosts that everybody knows to be this forge.
    pub public_hosts: &'static [&'static str],
}

/// A member of the family: what tells its plugin from the others'.
pub trait Member {
    /// Its name, version and hosts.
    const FORGE: Forge;

    /// The header fields that it sends.
    const LINEAGE: Lineage;
}

/// The plugin of a member.
pub struct Plugin<M>(PhantomData<M>);

impl<M: Member> Descriptor for Plugin<M> {
    fn describe() -> Description {
        describe::describe(&M::FORGE)
    }
}

impl<M: Member> Inbound for Plugin<M> {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        verify::verify(headers)
    }

    fn parse(event: &str, _headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        parse::parse(event, payload)
    }
}

impl<M: Member> Samples for Plugin<M> {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        sample::sample(event, about, &M::LINEAGE)
    }
}
