//! An app's key and the claims it signs: JSON Web Tokens by RS256 (RFC 7519, RFC 7518 §3.3). The claims are the host's; no plugin sees or shapes them.

use std::path::Path;
use std::time::Duration;

use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use zeroize::Zeroizing;

/// The start of claims before the present time: the forge's clock may be behind.
const BEFORE: Duration = Duration::from_secs(60);
/// The life of signed claims. Forges take at most ten minutes, by their own clock.
const AFTER: Duration = Duration::from_secs(8 * 60);

/// Private key of an app, with the app's id. It does not print.
pub struct AppKey {
    app_id: String,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

impl AppKey {
    /// Reads the key from a file, and tries it.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn read(app_id: &str, file: &Path) -> Result<Self, String> {
        let shown = file.display();
        let pem = std::fs::read(file).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
        Self::new(app_id, &Zeroizing::new(pem)).ok_or_else(|| format!("`{shown}` holds no RSA private key in PEM"))
    }

    /// Takes a key in PEM; none where it is no RSA key that can sign.
    #[must_use]
    pub fn new(app_id: &str, pem: &[u8]) -> Option<Self> {
        let app = Self {
            app_id: app_id.to_owned(),
            key: EncodingKey::from_rsa_pem(pem).ok()?,
        };
        app.sign(Timestamp::from_seconds(0)).ok()?;
        Some(app)
    }

    /// Signs claims that count from this moment on for a few minutes.
    ///
    /// # Errors
    /// What the signing says.
    pub fn sign(&self, now: Timestamp) -> Result<Secret, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iat: now.minus(BEFORE).seconds(),
            exp: now.plus(AFTER).seconds(),
            iss: &self.app_id,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::forge::{PRIVATE_KEY, claims_of};

    #[test]
    fn claims_begin_a_minute_ago_and_end_within_nine() {
        let app = AppKey::new("4711", PRIVATE_KEY.as_bytes()).unwrap();
        let signed = app.sign(Timestamp::from_seconds(1_000_000)).unwrap();
        let claims = claims_of(std::str::from_utf8(signed.expose()).unwrap());
        assert_eq!(claims["iss"], "4711");
        assert_eq!(claims["iat"], 1_000_000 - 60);
        let end = claims["exp"].as_i64().unwrap() - 1_000_000;
        assert!((60..=9 * 60).contains(&end), "{end}");
    }

    #[test]
    fn what_is_no_rsa_key_is_refused_with_its_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(
            &mut file,
            b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        )
        .unwrap();
        let error = AppKey::read("1", file.path()).err().unwrap();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
        assert!(AppKey::read("1", Path::new("/nowhere")).is_err());
    }
}
