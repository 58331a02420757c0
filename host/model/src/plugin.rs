//! Plugins, as far as the host knows them: the description and its samples, as in `wit/descriptor.wit` and `wit/samples.wit`.

use serde::{Deserialize, Serialize};

use crate::evidence::{Credential, Digest, Part};
use crate::header::Header;

/// The way by which deliveries find the integration or app whose credential proves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Each integration has a secret and a URL of its own.
    PerIntegration,
    /// One app, one secret, one URL for all its installations.
    PerApp,
}

/// A short spelling of clone URLs: `prefix:owner/repository`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shorthand {
    /// The text before the colon.
    pub prefix: String,
    /// The host that it means.
    pub host: String,
}

/// The method of a call to a forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the methods of HTTP")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// The API base of an instance, as the plugin declares it: the parts that differ from its web address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiBaseSpec {
    /// The host of the web address that this is for; none for every other.
    pub host: Option<String>,
    /// The API's own origin; none where it lies under the web address.
    pub origin: Option<String>,
    /// The prefix of every path; empty where there is none.
    pub path: String,
}

/// A call that a plugin may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathTemplate {
    /// The HTTP method.
    pub method: Method,
    /// The path under the API base; each `{}` stands for one segment.
    pub path: String,
}

/// The entries for the forge's webhook form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/descriptor.wit")]
pub struct HookForm {
    pub content_type: String,
    pub secret_field: String,
    pub signing_key_field: Option<String>,
    pub events: Vec<String>,
    pub warnings: Vec<String>,
}

/// The access token to make at the forge for reporting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/descriptor.wit")]
pub struct TokenForm {
    pub role: String,
    pub scopes: Vec<String>,
    pub sentence: String,
}

/// A plugin's own account of itself, checked by `sandbox` when it is loaded: the forge is a name, header names are in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/descriptor.wit")]
pub struct Description {
    pub forge: String,
    pub display_name: String,
    pub version: String,
    pub scope: Scope,
    pub shorthands: Vec<Shorthand>,
    pub public_hosts: Vec<String>,
    pub credential_headers: Vec<String>,
    pub kept_headers: Vec<String>,
    pub hook: HookForm,
    pub token: TokenForm,
    pub api: Vec<ApiBaseSpec>,
    pub paths: Vec<PathTemplate>,
}

/// The subject of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/samples.wit")]
pub struct Subject {
    pub full_name: String,
    pub repository_id: u64,
    pub origin: String,
    pub ref_name: String,
    pub before: String,
    pub after: String,
    pub delivery_id: String,
    pub sent_at: u64,
}

/// The encoding of bytes in a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal digits.
    Hex,
    /// Standard base64 with padding.
    Base64,
}

/// One thing that the host adds to a sample to make it authentic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seal {
    /// An HMAC, left out where its credential is not at hand.
    Mac {
        /// The key it is made with.
        credential: Credential,
        /// The hash function.
        digest: Digest,
        /// The parts of the message that the HMAC covers.
        message: Vec<Part>,
        /// The field that takes the tag.
        header: String,
        /// The prefix of the tag.
        prefix: String,
        /// The encoding of the tag.
        encoding: Encoding,
    },
    /// A field that takes the secret itself.
    Token(String),
}

/// A delivery as a forge would send it, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// All header fields but those that the seals add.
    pub headers: Vec<Header>,
    /// The body of the request.
    pub payload: Vec<u8>,
    /// The seals that the host adds.
    pub seals: Vec<Seal>,
}
