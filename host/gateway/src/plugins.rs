//! The plugins that are loaded, by forge. The only list of forges the gateway has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use forgegate_model::plugin::{Scope, Shorthand};
use forgegate_sandbox::{Plugin, Sandbox, Source};

/// All loaded plugins.
#[derive(Default)]
pub struct Plugins {
    loaded: BTreeMap<String, Plugin>,
    /// The forges that have a bundled plugin, whichever plugin serves them.
    bundled: BTreeSet<String>,
}

/// Digests that alone may stand for a forge, by forge.
pub type Pins = BTreeMap<String, [u8; 32]>;

impl Plugins {
    /// Loads the bundled plugins, then those of the folder. What cannot be loaded is named in the log and left out; the rest serve.
    ///
    /// A plugin of the folder takes the place of a bundled one, or one of its shorthands, only where its digest is pinned for that
    /// forge; and where a digest is pinned for a forge, no other file may stand for it.
    pub async fn load(sandbox: &Sandbox, directory: Option<&Path>, pins: &Pins) -> Self {
        let mut plugins = Self::default();
        for component in forgegate_bundled::components() {
            match sandbox.load(component.wasm, Source::Bundled).await {
                Ok(plugin) => plugins.insert(plugin),
                Err(error) => {
                    tracing::error!(plugin.forge = component.forge, %error, "the bundled plugin `{}` cannot be loaded: {error}", component.forge)
                }
            }
            plugins.bundled.insert(component.forge.to_owned());
        }
        for file in directory.map(wasm_files).unwrap_or_default() {
            let admitted = match load_file(sandbox, &file).await {
                Ok(plugin) => plugins.admit(plugin, pins),
                Err(error) => Err(error),
            };
            if let Err(error) = admitted {
                tracing::error!(%error, "the plugin `{}` is not loaded: {error}", file.display());
            }
        }
        plugins.warn_of_missing(pins);
        plugins
    }

    /// The plugin of a forge.
    pub fn get(&self, forge: &str) -> Option<&Plugin> {
        self.loaded.get(forge)
    }

    /// All plugins, by forge.
    pub fn all(&self) -> impl Iterator<Item = &Plugin> {
        self.loaded.values()
    }

    /// The forges that an inbound integration answers to where it names none: the bundled ones with a secret per integration.
    pub fn usual_forges(&self) -> Vec<String> {
        let usual = self.all().filter(|plugin| {
            self.bundled.contains(plugin.forge()) && plugin.description().scope == Scope::PerIntegration
        });
        usual.map(|plugin| plugin.forge().to_owned()).collect()
    }

    /// The short spellings of clone URLs that the plugins know.
    pub fn shorthands(&self) -> Vec<Shorthand> {
        self.all()
            .flat_map(|plugin| plugin.description().shorthands.iter().cloned())
            .collect()
    }

    /// Takes in a plugin of the folder, where nothing that it claims is another's.
    fn admit(&mut self, plugin: Plugin, pins: &Pins) -> Result<(), String> {
        let forge = plugin.forge();
        let pin = pins.get(forge).map(digest_text);
        if pin.as_deref().is_some_and(|pin| pin != plugin.digest()) {
            return Err(format!(
                "another digest than its {} is pinned for `{forge}`",
                plugin.digest()
            ));
        }
        if self.bundled.contains(forge) && pin.is_none() {
            return Err(format!(
                "the forge `{forge}` is a bundled plugin's; only a file whose digest `plugins.pinned` names may take its place (this one's is {})",
                plugin.digest()
            ));
        }
        if let Some(Source::Directory(first)) = self.get(forge).map(Plugin::source) {
            return Err(format!("the forge `{forge}` is that of `{}`", first.display()));
        }
        if let Some((prefix, owner)) = self.taken_shorthand(&plugin) {
            return Err(format!(
                "the shorthand `{prefix}:` that `{forge}` claims is that of `{owner}`"
            ));
        }
        self.insert(plugin);
        Ok(())
    }

    /// A shorthand of the plugin that is already another forge's, and that forge.
    fn taken_shorthand<'a>(&'a self, plugin: &'a Plugin) -> Option<(&'a str, &'a str)> {
        let others = || self.all().filter(|other| other.forge() != plugin.forge());
        let owner =
            |prefix: &str| others().find(|other| other.description().shorthands.iter().any(|it| it.prefix == prefix));
        let claimed = plugin.description().shorthands.iter();
        claimed
            .filter_map(|it| owner(&it.prefix).map(|owner| (it.prefix.as_str(), owner.forge())))
            .next()
    }

    fn insert(&mut self, plugin: Plugin) {
        let (forge, digest, source) = (plugin.forge(), plugin.digest(), plugin.source().as_str());
        tracing::info!(plugin.forge = %forge, plugin.digest = digest, plugin.source = source, "loaded the plugin `{forge}`");
        self.loaded.insert(forge.to_owned(), plugin);
    }

    /// Warns of pinned plugins that are not there. A bundled plugin serves nevertheless: it is as trusted as the program.
    fn warn_of_missing(&self, pins: &Pins) {
        for (forge, pin) in pins {
            let pin = digest_text(pin);
            if self.get(forge).is_none_or(|plugin| plugin.digest() != pin) {
                tracing::warn!(plugin.forge = %forge, "the plugin that is pinned for `{forge}` is not there: {pin}");
            }
        }
    }
}

fn digest_text(digest: &[u8; 32]) -> String {
    format!("sha256:{}", hex::encode(digest))
}

async fn load_file(sandbox: &Sandbox, file: &Path) -> Result<Plugin, String> {
    let wasm = tokio::fs::read(file).await.map_err(|error| error.to_string())?;
    sandbox
        .load(wasm, Source::Directory(file.to_owned()))
        .await
        .map_err(|error| error.to_string())
}

fn wasm_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::error!(%error, "the plugin folder `{}` cannot be read: {error}", directory.display());
            return Vec::new();
        }
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    files.sort();
    files
}
