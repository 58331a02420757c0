//! Helpers that the tests of the sandbox share.

use std::time::Duration;

use bytes::Bytes;
use forgegate_hostile::{Variant, component};
use forgegate_model::evidence::AuthenticDelivery;
use forgegate_model::header::Headers;
use forgegate_sandbox::{Plugin, Sandbox, Settings, Source};

/// Limits that a test need not wait for.
pub fn settings() -> Settings {
    Settings {
        memory_bytes: 64 << 20,
        deadline: Duration::from_millis(500),
        slot_timeout: Duration::from_millis(500),
        slots: 8,
        artefacts: None,
    }
}

pub fn sandbox(settings: Settings) -> Sandbox {
    Sandbox::new(settings).unwrap()
}

pub async fn hostile(sandbox: &Sandbox) -> Plugin {
    let source = Source::Directory("hostile.wasm".into());
    let bytes = component(Variant::Guest);
    sandbox.load(bytes, source).await.unwrap()
}

pub fn headers(fields: &[(&str, &str)]) -> Headers {
    Headers::new(
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())),
    )
}

/// A delivery that was proved, whose event tells the hostile plugin what to do.
pub fn delivery(event: &str) -> AuthenticDelivery {
    with_payload(event, Bytes::from_static(b"{}"))
}

pub fn with_payload(event: &str, payload: Bytes) -> AuthenticDelivery {
    let fields = headers(&[("x-event", event), ("x-delivery", "d-1")]);
    AuthenticDelivery::unproved(fields, event, payload, Some("d-1"))
}
