//! Teaches Forgegate the forge `gitea`.
//!
//! Headers, signatures and payloads are its family's (`forgegate-gitea-family`); here stands what is Gitea's own.

use forgegate_gitea_family::{self as family, Automation, Forge, Lineage};
use forgegate_sdk::events::Event;
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{Description, Descriptor, Evidence, Headers, Inbound, ParseError, Refusal, Samples};

/// The plugin.
pub struct Gitea;

forgegate_sdk::export!(Gitea);
forgegate_gitea_family::outbound!(Gitea, FORGE);

const FORGE: Forge = Forge {
    id: "gitea",
    name: "Gitea",
    version: env!("CARGO_PKG_VERSION"),
    public_hosts: &["gitea.com"],
};

const LINEAGE: Lineage = Lineage {
    families: &["x-gitea", "x-gogs", "x-github"],
    signing_families: &["x-gitea", "x-gogs"],
    constant: &[
        ("x-gitea-hook-installation-target-type", "repository"),
        ("x-github-hook-installation-target-type", "repository"),
    ],
    automation: Automation::Gitea,
};

impl Descriptor for Gitea {
    fn describe() -> Description {
        family::describe(&FORGE)
    }
}

impl Inbound for Gitea {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        family::verify(headers)
    }

    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        family::parse(event, headers, payload)
    }
}

impl Samples for Gitea {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        family::sample(event, about, &LINEAGE)
    }
}

#[cfg(test)]
mod tests;
