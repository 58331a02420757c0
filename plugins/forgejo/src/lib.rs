#![doc = include_str!("../README.md")]

use forgegate_gitea_family::{Automation, Forge, Lineage, Member, Plugin};

/// The plugin.
pub type Forgejo = Plugin<Server>;

forgegate_sdk::export!(Forgejo);

/// Forgejo among its family.
pub enum Server {}

impl Member for Server {
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
}

#[cfg(test)]
mod tests;
