//! The app: its keys, its settings, and the tokens that it was given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::seconds;

/// The settings of an app.
#[derive(Clone, Debug)]
pub struct AppSettings {
    /// Its number.
    pub id: u64,
    /// Its other name in claims.
    pub client_id: String,
    /// Its name in URLs.
    pub slug: String,
    /// The secret of its hook.
    pub webhook_secret: String,
    /// The URL that its hook posts to.
    pub hook_url: String,
    /// The lifetime of an installation's token, in whole seconds.
    pub token_lifetime: Duration,
    /// Its permissions: level by name.
    pub permissions: BTreeMap<String, String>,
}

impl Default for AppSettings {
    /// Tokens live for an hour; it may all that reporting takes.
    fn default() -> Self {
        let write = ["checks", "statuses", "pull_requests", "issues"].map(|name| (name, "write"));
        let read = ["metadata", "contents", "members", "merge_queues"].map(|name| (name, "read"));
        let all = write.into_iter().chain(read);
        Self {
            id: 4711,
            client_id: "Iv23liA1B2C3D4E5F6G7".to_owned(),
            slug: "gate".to_owned(),
            webhook_secret: "the secret of the app's own hook".to_owned(),
            hook_url: String::new(),
            token_lifetime: Duration::from_secs(3600),
            permissions: all.map(|(name, level)| (name.to_owned(), level.to_owned())).collect(),
        }
    }
}

/// A token of an installation.
#[derive(Clone, Debug)]
pub(super) struct Minted {
    pub installation: u64,
    /// Seconds since 1970.
    pub expires_at: u64,
    /// The repositories that it is narrowed to.
    pub repositories: Option<Vec<u64>>,
    pub permissions: BTreeMap<String, String>,
}

/// The app. Clones are the same app.
#[derive(Clone)]
pub struct App(Arc<Mutex<State>>);

struct State {
    settings: AppSettings,
    key: KeyPair,
    /// Codes of manifests that were accepted, with their forms.
    codes: BTreeMap<String, serde_json::Value>,
    minted: BTreeMap<String, Minted>,
    numbers: u64,
}

impl App {
    /// One with a fresh key.
    pub(in crate::forges) fn new(settings: AppSettings) -> Self {
        Self(Arc::new(Mutex::new(State {
            settings,
            key: KeyPair::generate(KeySize::Rsa2048).expect("a key"),
            codes: BTreeMap::new(),
            minted: BTreeMap::new(),
            numbers: 0,
        })))
    }

    /// A copy of its settings.
    pub fn settings(&self) -> AppSettings {
        self.state().settings.clone()
    }

    /// Changes its settings.
    pub fn set(&self, change: impl FnOnce(&mut AppSettings)) {
        change(&mut self.state().settings);
    }

    /// Its private key as GitHub hands it out: PKCS #1, PEM.
    pub fn private_key(&self) -> String {
        let wrapped = AsDer::<Pkcs8V1Der<'static>>::as_der(&self.state().key).expect("a key that can be written");
        // What wraps a PKCS #1 key of this size in PKCS #8 has 26 bytes.
        let text = STANDARD.encode(&wrapped.as_ref()[26..]);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
            lines.join("\n")
        )
    }

    /// All tokens that were ever minted.
    pub fn tokens(&self) -> Vec<String> {
        self.state().minted.keys().cloned().collect()
    }

    pub(super) fn public_key(&self) -> Vec<u8> {
        self.state().key.public_key().as_ref().to_vec()
    }

    pub(super) fn minted(&self, token: &str) -> Option<Minted> {
        self.state().minted.get(token).cloned()
    }

    /// A token as they are since 2026: the app's number and something long.
    pub(super) fn mint(
        &self,
        installation: u64,
        repositories: Option<Vec<u64>>,
        permissions: BTreeMap<String, String>,
    ) -> (String, Minted) {
        let mut state = self.state();
        state.numbers += 1;
        let minted = Minted {
            installation,
            expires_at: seconds() + state.settings.token_lifetime.as_secs(),
            repositories,
            permissions,
        };
        let claims = format!(
            r#"{{"installation":{installation},"number":{},"padding":"{}"}}"#,
            state.numbers,
            "0".repeat(300)
        );
        let signature = URL_SAFE_NO_PAD.encode(forgegate_model::crypto::sha256(claims.as_bytes()));
        let token = format!(
            "ghs_{}_eyJhbGciOiJFUzI1NiJ9.{}.{signature}",
            state.settings.id,
            URL_SAFE_NO_PAD.encode(&claims)
        );
        state.minted.insert(token.clone(), minted.clone());
        (token, minted)
    }

    pub(super) fn revoke(&self, token: &str) {
        if let Some(minted) = self.state().minted.get_mut(token) {
            minted.expires_at = 0;
        }
    }

    /// A code that is good for one conversion.
    pub(super) fn accept(&self, manifest: serde_json::Value) -> String {
        let mut state = self.state();
        state.numbers += 1;
        let code = format!("c0de{:036x}", state.numbers);
        state.codes.insert(code.clone(), manifest);
        code
    }

    pub(super) fn redeem(&self, code: &str) -> Option<serde_json::Value> {
        self.state().codes.remove(code)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("the app")
    }
}
