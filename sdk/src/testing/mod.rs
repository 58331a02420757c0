//! For a plugin's own tests: what the host would do with a delivery, natively and without a host.
//!
//! ```
//! # use forgegate_sdk::{Inbound, Samples, testing::*};
//! fn a_sample_is_proved<MyForge: Inbound + Samples>() {
//!     let keys = Keys { secret: Some("s3cret"), signing_key: None };
//!     let sample = MyForge::sample("push", &subject()).unwrap();
//!     let delivery = seal(&sample, &keys);
//!     let evidence = MyForge::verify(&delivery.headers).unwrap();
//!     assert!(proves(&evidence, &delivery, &keys));
//! }
//! ```

mod forge;
mod form;
pub mod golden;
mod proof;
mod seal;

pub use forge::{Forge, Step, answer, expect, forge, line, script};
pub use proof::{payload, proves};
pub use seal::{mac, seal};

use crate::samples::Subject;
use crate::{Credential, Headers, base64};

/// The keys that an integration holds.
#[derive(Clone, Copy, Default)]
pub struct Keys<'a> {
    /// The webhook secret.
    pub secret: Option<&'a str>,
    /// The signing key, beginning with `whsec_`.
    pub signing_key: Option<&'a str>,
}

/// A delivery as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// All its header fields.
    pub headers: Headers,
    /// Its body.
    pub body: Vec<u8>,
}

impl Delivery {
    /// A delivery with these header fields.
    pub fn new<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            headers: headers.into_iter().collect(),
            body: body.into(),
        }
    }
}

/// A push to `main` of `acme/widgets` at `git.example.com`.
pub fn subject() -> Subject {
    Subject {
        full_name: "acme/widgets".into(),
        repository_id: 42,
        origin: "https://git.example.com".into(),
        ref_: "refs/heads/main".into(),
        before: "1111111111111111111111111111111111111111".into(),
        after: "2222222222222222222222222222222222222222".into(),
        delivery_id: "01234567-89ab-4def-8123-456789abcdef".into(),
        sent_at: 1_700_000_000,
    }
}

impl Keys<'_> {
    /// The bytes of the key; `None` where the row has none, or one that is empty or not of its form.
    pub fn key(&self, credential: Credential) -> Option<Vec<u8>> {
        let key = match credential {
            Credential::Secret => self.secret?.as_bytes().to_vec(),
            Credential::SigningKey => base64::decode(self.signing_key?.strip_prefix("whsec_")?)?,
        };
        (!key.is_empty()).then_some(key)
    }
}
