//! Lines of the gateway's configuration that several tests need, and the files that they name.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::forges::{App, FakeForge};

/// Lets the gateway call forges on loopback.
pub const LOOPBACK_ALLOWED: &str = "[outbound]\nallow = [\"127.0.0.0/8\"]\n";

/// A GitHub app that receives deliveries and has no key, so that it cannot call its forge. Further lines belong to the app.
pub fn app_without_key(folder: &TempDir, secret: &str) -> String {
    let secret = written(folder.path(), "app-secret", &format!("{secret}\n"));
    format!("[apps.github]\napp_id = 1\nwebhook_secret_file = {secret:?}\n")
}

/// A GitHub app with its key, at a fake forge. Further lines belong to the app.
pub fn app(folder: &TempDir, forge: &FakeForge, app: &App) -> String {
    let settings = app.settings();
    let key = written(folder.path(), "app-key.pem", &app.private_key());
    let secret = written(folder.path(), "app-secret", &settings.webhook_secret);
    format!(
        "[apps.github]\napp_id = {}\nbase_url = {:?}\nprivate_key_file = {key:?}\nwebhook_secret_file = {secret:?}\n",
        settings.id,
        forge.url()
    )
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("a file of the configuration");
    file
}
