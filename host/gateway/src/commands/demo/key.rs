//! A throw-away key for an app that lives as long as the demonstration.

use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Failure;

/// Letters of a line of PEM.
const LINE: usize = 64;

/// Writes a fresh RSA key into a file.
///
/// # Errors
/// When it cannot be made, or written.
pub fn write(file: &Path) -> Result<(), Failure> {
    let cannot = |_| Failure::new("a key cannot be made");
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(cannot)?;
    let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&key).map_err(cannot)?;
    let text = BASE64_STANDARD.encode(der.as_ref());
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(LINE) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    std::fs::write(file, pem).map_err(Failure::new)
}
