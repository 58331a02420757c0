//! Deliveries made on purpose, as GitHub would send them to an App: header fields and seal here, the words beside.
//!
//! A subject names no installation, so the number of the repository stands in for that of the installation.

mod automation;
mod body;
mod code;
mod people;

use forgegate_sdk::samples::{Encoding, MacSeal, Seal, Subject, Unsealed};
use forgegate_sdk::{Credential, Digest, Header, Part};

/// The App's number in samples.
const APP: u64 = 1;

pub fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
    let (name, body) = body::delivery(event, about)?;
    Some(Unsealed {
        headers: headers(name, about),
        payload: body.to_string().into_bytes(),
        seals: vec![seal()],
    })
}

fn headers(event: &str, about: &Subject) -> Vec<Header> {
    let app = APP.to_string();
    let fields = [
        ("accept", "*/*"),
        ("content-type", "application/json"),
        ("user-agent", "GitHub-Hookshot/0000000"),
        ("x-github-delivery", &about.delivery_id),
        ("x-github-event", event),
        ("x-github-hook-id", "1"),
        ("x-github-hook-installation-target-id", &app),
        ("x-github-hook-installation-target-type", "integration"),
    ];
    let header = |(name, value): (&str, &str)| Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    fields.map(header).into()
}

fn seal() -> Seal {
    Seal::Mac(MacSeal {
        credential: Credential::Secret,
        digest: Digest::Sha256,
        message: vec![Part::RawBody],
        header: "x-hub-signature-256".into(),
        prefix: "sha256=".into(),
        encoding: Encoding::Hex,
    })
}

#[cfg(test)]
mod tests;
