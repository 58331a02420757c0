//! Teaches Forgegate the forge `forgejo`.
//!
//! Headers, signatures and payloads are its family's (`forgegate-gitea-family`); here stands what is Forgejo's own.

use forgegate_gitea_family::{self as family, Automation, Forge, Lineage};
use forgegate_sdk::events::Event;
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct Forgejo;

forgegate_sdk::export!(Forgejo);
forgegate_gitea_family::outbound!(Forgejo, FORGE);

const FORGE: Forge = Forge {
    id: "forgejo",
    name: "Forgejo",
    version: env!("CARGO_PKG_VERSION"),
    public_hosts: &["codeberg.org"],
};

const LINEAGE: Lineage = Lineage {
    families: &["x-forgejo", "x-gitea", "x-gogs", "x-github"],
    signing_families: &["x-forgejo", "x-gitea", "x-gogs"],
    constant: &[],
    automation: Automation::Forgejo,
};

impl Descriptor for Forgejo {
    fn describe() -> Description {
        family::describe(&FORGE)
    }
}

impl Inbound for Forgejo {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        family::verify(headers)
    }

    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        family::parse(event, headers, payload)
    }
}

impl Samples for Forgejo {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        family::sample(event, about, &LINEAGE)
    }
}

#[cfg(test)]
mod tests;
