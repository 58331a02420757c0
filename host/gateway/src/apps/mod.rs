//! Apps: each forge has at most one, configured by the operator or made through its forge's form and stored beside the records.
//!
//! `stored` writes and reads the files of apps made here, `drafts` holds apps that are being made. Keys and secrets leave this folder
//! only to be computed with.

mod drafts;
mod stored;

use forgegate_model::lock::SharedLock;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forgegate_model::evidence::{Keys, LiveKey};
use forgegate_model::installation::Bind;
use forgegate_model::secret::Secret;

use crate::config::{self, Config, LEAST_SECRET_BYTES};
use forgegate_forge_client::AppKey;

pub use drafts::{Drafted, Drafts, Form, LIFE, Outcome, Pending};
pub use stored::{Kept, Made};

/// An app, with the secrets that prove its deliveries and the key that signs for it.
pub struct App {
    /// The forge's number of the app.
    pub id: String,
    /// The forge's web address; none for the public one.
    pub base_url: Option<String>,
    /// The accounts whose installations are bound without being asked for.
    pub bind: Bind,
    /// The live webhook secrets.
    pub secrets: Keys,
    /// The key that signs for the app; none where nothing can be asked of its forge.
    pub key: Option<Arc<AppKey>>,
}

/// All apps, by forge.
pub struct Apps {
    folder: PathBuf,
    all: SharedLock<BTreeMap<String, Arc<App>>>,
}

impl Apps {
    /// Reads the keys and secrets of the apps that are configured, and of those that were made here and are not.
    ///
    /// # Errors
    /// One sentence that names what the operator must see to.
    pub fn open(config: &Config) -> Result<Arc<Self>, String> {
        let folder = config.storage.path.join("apps");
        let mut all = BTreeMap::new();
        for (forge, app) in &config.apps {
            all.insert(forge.clone(), Arc::new(configured(forge, app)?));
        }
        let made = stored::forges(&folder)?;
        for forge in made.into_iter().filter(|forge| !config.apps.contains_key(forge)) {
            let app = stored::read(&folder.join(&forge))?;
            tracing::info!(
                forge,
                app = app.id,
                "the app of `{forge}` is the one that was made here"
            );
            all.insert(forge, Arc::new(app));
        }
        Ok(Arc::new(Self {
            folder,
            all: SharedLock::new(all),
        }))
    }

    /// The app of a forge.
    pub fn get(&self, forge: &str) -> Option<Arc<App>> {
        let all = self.all.read();
        all.get(forge).cloned()
    }

    /// All apps, by forge.
    pub fn all(&self) -> Vec<(String, Arc<App>)> {
        let all = self.all.read();
        all.iter()
            .map(|(forge, app)| (forge.clone(), Arc::clone(app)))
            .collect()
    }

    /// The folder of a forge's app that was made here.
    pub fn folder(&self, forge: &str) -> PathBuf {
        self.folder.join(forge)
    }

    /// Stores an app that was just made, durably, and lets it work from here on. Blocks.
    ///
    /// # Errors
    /// One sentence: there is one already, its keys are none, or they cannot be written.
    pub fn keep(&self, forge: &str, made: &Made) -> Result<Kept, String> {
        let app = made.app()?;
        // Held to the end: of two that come at once the second finds the first.
        let mut all = self.all.write();
        if all.contains_key(forge) {
            return Err(format!("there is an app for `{forge}` already"));
        }
        let kept = stored::write(&self.folder, forge, made)
            .map_err(|error| format!("`{}` cannot be written: {error}", self.folder.join(forge).display()))?;
        all.insert(forge.to_owned(), Arc::new(app));
        Ok(kept)
    }
}

fn configured(forge: &str, app: &config::App) -> Result<App, String> {
    let mut secrets = Keys::default();
    for (index, file) in app.webhook_secret_file.iter().enumerate() {
        let key = secret(file).map_err(|sentence| format!("`apps.{forge}.webhook_secret_file`: {sentence}"))?;
        secrets.secrets.push(LiveKey { index, key });
    }
    let key = app.private_key_file.as_ref();
    let key = key.map(|file| AppKey::read(&app.app_id, file)).transpose();
    let key = key.map_err(|sentence| format!("`apps.{forge}.private_key_file`: {sentence}"))?;
    Ok(App {
        id: app.app_id.clone(),
        base_url: app.base_url.clone(),
        bind: app.bind,
        secrets,
        key: key.map(Arc::new),
    })
}

/// The webhook secret that a file holds.
fn secret(file: &Path) -> Result<Secret, String> {
    let shown = file.display();
    let bytes = std::fs::read(file).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    let key = Secret::new(bytes.trim_ascii_end());
    if key.len() < LEAST_SECRET_BYTES {
        return Err(format!(
            "the secret in `{shown}` has fewer than {LEAST_SECRET_BYTES} bytes"
        ));
    }
    Ok(key)
}
