#![doc = include_str!("../README.md")]

use forgegate_gitea_family::{Automation, Forge, Lineage, Member, Plugin};

/// The plugin.
pub type Gitea = Plugin<Server>;

forgegate_sdk::export!(Gitea);

/// Gitea among its family.
pub enum Server {}

impl Member for Server {
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
}

#[cfg(test)]
mod tests;
