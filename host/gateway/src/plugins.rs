//! The plugins that are loaded, by forge. The only list of forges the gateway has.

use std::collections::BTreeMap;
use std::path::Path;

use forgegate_model::plugin::{Scope, Shorthand};
use forgegate_sandbox::{Plugin, Sandbox, Source};

/// All loaded plugins.
pub struct Plugins {
    loaded: BTreeMap<String, Plugin>,
}

impl Plugins {
    /// Loads the bundled plugins, then those of the folder. What cannot be loaded is named in the log and left out; the rest serve.
    ///
    /// A plugin of the folder never takes the place of a bundled one.
    pub async fn load(sandbox: &Sandbox, directory: Option<&Path>) -> Self {
        let mut loaded = BTreeMap::new();
        for component in forgegate_bundled::components() {
            match sandbox.load(component.wasm, Source::Bundled).await {
                Ok(plugin) => insert(&mut loaded, plugin),
                Err(error) => {
                    tracing::error!(plugin.forge = component.forge, %error, "the bundled plugin `{}` cannot be loaded: {error}", component.forge)
                }
            }
        }
        for file in directory.map(wasm_files).unwrap_or_default() {
            match load_file(sandbox, &file).await {
                Ok(plugin) => insert(&mut loaded, plugin),
                Err(error) => {
                    tracing::error!(%error, "the plugin `{}` cannot be loaded: {error}", file.display())
                }
            }
        }
        Self { loaded }
    }

    /// The plugin of a forge.
    pub fn get(&self, forge: &str) -> Option<&Plugin> {
        self.loaded.get(forge)
    }

    /// All plugins, by forge.
    pub fn all(&self) -> impl Iterator<Item = &Plugin> {
        self.loaded.values()
    }

    /// The forges that an inbound row answers to where it names none: the bundled ones with a secret per integration.
    pub fn usual_forges(&self) -> Vec<String> {
        let usual = self.all().filter(|plugin| {
            plugin.source() == &Source::Bundled
                && plugin.description().scope == Scope::PerIntegration
        });
        usual.map(|plugin| plugin.forge().to_owned()).collect()
    }

    /// The short spellings of clone URLs that the plugins know.
    pub fn shorthands(&self) -> Vec<Shorthand> {
        self.all()
            .flat_map(|plugin| plugin.description().shorthands.iter().cloned())
            .collect()
    }
}

fn insert(loaded: &mut BTreeMap<String, Plugin>, plugin: Plugin) {
    let forge = plugin.forge().to_owned();
    if loaded.contains_key(&forge) {
        tracing::error!(plugin.forge = %forge, "a second plugin for `{forge}` is refused: {}", plugin.digest());
        return;
    }
    tracing::info!(plugin.forge = %forge, plugin.digest = plugin.digest(), "loaded the plugin `{forge}`");
    loaded.insert(forge, plugin);
}

async fn load_file(sandbox: &Sandbox, file: &Path) -> Result<Plugin, String> {
    let wasm = tokio::fs::read(file)
        .await
        .map_err(|error| error.to_string())?;
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
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    files.sort();
    files
}
