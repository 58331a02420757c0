//! Apps that were made here, on disk: a folder for each forge, beside the records. A folder comes whole or not at all, and nobody but
//! its owner can read it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forgegate_model::evidence::{Keys, LiveKey};
use forgegate_model::installation::Bind;
use forgegate_model::secret::Secret;
use serde::{Deserialize, Serialize};

use super::{App, LEAST_SECRET_BYTES, secret};
use forgegate_forge_client::AppKey;

const APP_FILE: &str = "app.toml";
const PRIVATE_KEY: &str = "private-key.pem";
const WEBHOOK_SECRET: &str = "webhook-secret";

/// An app that its forge has just made.
pub struct Made {
    /// The forge's number of it.
    pub id: String,
    /// The app's page at the forge.
    pub page: Option<String>,
    /// The forge's web address; none for the public one.
    pub base_url: Option<String>,
    /// The app's private key, PEM.
    pub private_key: Secret,
    /// The app's webhook secret.
    pub webhook_secret: Secret,
}

/// Files of an app that was made here. Nothing in it is secret.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The forge's number of it.
    pub id: String,
    /// The app's page at the forge.
    pub page: Option<String>,
    /// The forge's web address; none for the public one.
    pub base_url: Option<String>,
    /// The file that holds the private key.
    pub private_key_file: PathBuf,
    /// The file that holds the webhook secret.
    pub webhook_secret_file: PathBuf,
}

/// The file of an app beside its keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AppFile {
    app_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
}

impl Made {
    /// The app, ready to work.
    ///
    /// # Errors
    /// One sentence, where its key or secret cannot be used.
    pub(super) fn app(&self) -> Result<App, String> {
        if self.webhook_secret.len() < LEAST_SECRET_BYTES {
            return Err(format!("its webhook secret has fewer than {LEAST_SECRET_BYTES} bytes"));
        }
        let key = AppKey::new(&self.id, self.private_key.expose()).ok_or("its private key is no RSA key in PEM")?;
        Ok(app(&self.id, self.base_url.clone(), key, self.webhook_secret.clone()))
    }
}

impl Kept {
    /// The section of the configuration that names the same files.
    pub fn configuration(&self, forge: &str) -> String {
        let mut section = toml::Table::new();
        let mut set = |name: &str, text: String| section.insert(name.to_owned(), text.into());
        set("app_id", self.id.clone());
        set("private_key_file", self.private_key_file.display().to_string());
        set("webhook_secret_file", self.webhook_secret_file.display().to_string());
        if let Some(base_url) = &self.base_url {
            set("base_url", base_url.clone());
        }
        let apps = toml::Table::from_iter([(forge.to_owned(), section.into())]);
        toml::Table::from_iter([("apps".to_owned(), apps.into())]).to_string()
    }
}

/// The forges whose app is stored.
pub(super) fn forges(folder: &Path) -> Result<Vec<String>, String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("`{}` cannot be read: {error}", folder.display())),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    Ok(names)
}

/// Reads the app of a folder.
pub(super) fn read(folder: &Path) -> Result<App, String> {
    let file = folder.join(APP_FILE);
    let unread = |error: &dyn std::fmt::Display| format!("`{}` cannot be read: {error}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| unread(&error))?;
    let stored: AppFile = toml::from_str(&text).map_err(|error| unread(&error.message()))?;
    let key = AppKey::read(&stored.app_id, &folder.join(PRIVATE_KEY))?;
    let secret = secret(&folder.join(WEBHOOK_SECRET))?;
    Ok(app(&stored.app_id, stored.base_url, key, secret))
}

/// Stores an app, durably. An app that is there already stays as it is.
pub(super) fn write(folder: &Path, forge: &str, made: &Made) -> io::Result<Kept> {
    let (target, aside) = (folder.join(forge), folder.join(format!(".{forge}.new")));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => DirBuilder::new().mode(0o700).create(&aside)?,
    }
    let stored = AppFile {
        app_id: made.id.clone(),
        page: made.page.clone(),
        base_url: made.base_url.clone(),
    };
    let text = toml::to_string(&stored).map_err(io::Error::other)?;
    write_private(&aside.join(APP_FILE), text.as_bytes())?;
    write_private(&aside.join(PRIVATE_KEY), made.private_key.expose())?;
    write_private(&aside.join(WEBHOOK_SECRET), made.webhook_secret.expose())?;
    File::open(&aside)?.sync_all()?;
    fs::rename(&aside, &target)?;
    File::open(folder)?.sync_all()?;
    let target = std::path::absolute(target)?;
    Ok(Kept {
        id: made.id.clone(),
        page: made.page.clone(),
        base_url: made.base_url.clone(),
        private_key_file: target.join(PRIVATE_KEY),
        webhook_secret_file: target.join(WEBHOOK_SECRET),
    })
}

fn write_private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(bytes)?;
    out.sync_all()
}

/// An app that was made here. The accounts that are bound by themselves are for the configuration to say; without it, the usual ones.
fn app(id: &str, base_url: Option<String>, key: AppKey, secret: Secret) -> App {
    App {
        id: id.to_owned(),
        base_url,
        bind: Bind::default(),
        secrets: Keys {
            secrets: vec![LiveKey { index: 0, key: secret }],
            ..Keys::default()
        },
        key: Some(Arc::new(key)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::apps::Apps;
    use crate::config::Config;

    const KEY: &str = include_str!("../../../forge-client/src/tests/key.pem");

    fn made() -> Made {
        Made {
            id: "4711".to_owned(),
            page: Some("https://f.example.org/apps/gate".to_owned()),
            base_url: Some("https://f.example.org".to_owned()),
            private_key: Secret::new(KEY),
            webhook_secret: Secret::new("0123456789abcdef"),
        }
    }

    fn config(folder: &Path) -> Config {
        let mut config = Config::default();
        config.storage.path = folder.to_owned();
        config
    }

    #[test]
    fn what_is_kept_is_there_again_after_a_restart_and_nobody_elses_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let apps = Apps::open(&config(folder.path())).unwrap();
        assert!(apps.get("someforge").is_none());
        let kept = apps.keep("someforge", &made()).unwrap();
        assert!(apps.get("someforge").is_some(), "it works at once");
        for file in [&kept.private_key_file, &kept.webhook_secret_file] {
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        let again = Apps::open(&config(folder.path())).unwrap().get("someforge").unwrap();
        assert_eq!(
            (again.id.as_str(), again.base_url.as_deref()),
            ("4711", Some("https://f.example.org"))
        );
        assert!(again.key.is_some());
        assert!(apps.keep("someforge", &made()).is_err(), "one app a forge");
    }

    #[test]
    fn the_section_that_it_shows_is_one_that_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let kept = write(&folder.path().join("apps"), "someforge", &made()).unwrap();
        let section = kept.configuration("someforge");
        let config: Config = toml::from_str(&section).unwrap();
        let app = &config.apps["someforge"];
        assert_eq!(app.private_key_file.as_deref(), Some(kept.private_key_file.as_path()));
        assert!(
            !section.contains("0123456789abcdef") && !section.contains("BEGIN"),
            "{section}"
        );
    }

    #[test]
    fn what_a_crash_left_half_written_is_no_app_and_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let apps = folder.path().join("apps");
        fs::create_dir_all(apps.join(".someforge.new")).unwrap();
        fs::write(apps.join(".someforge.new").join(APP_FILE), "half").unwrap();
        assert!(Apps::open(&config(folder.path())).unwrap().all().is_empty());
        assert!(write(&apps, "someforge", &made()).is_ok());
    }

    #[test]
    fn keys_that_are_none_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let apps = Apps::open(&config(folder.path())).unwrap();
        for bad in [
            Made {
                private_key: Secret::new("-----BEGIN"),
                ..made()
            },
            Made {
                webhook_secret: Secret::new("short"),
                ..made()
            },
        ] {
            assert!(apps.keep("someforge", &bad).is_err());
        }
        assert!(!folder.path().join("apps").exists());
    }
}
