//! Integrations. Nothing secret is ever shown.

use std::collections::BTreeMap;

use forgegate_model::integration::{IntegrationKind, IntegrationMode, SecretFacts};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::present;

/// The fields of an integration to make. With `installation_id` it is the pair of an app's installation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntegration {
    /// The integration's name, unique in the organization and kind; part of its hooks' URLs.
    #[serde(default)]
    pub name: Option<String>,
    /// `inbound` or `outbound`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub kind: Option<IntegrationKind>,
    /// The forge's name, such as `gitea`.
    #[serde(alias = "forge_type")]
    pub forge: String,
    /// A path segment that it answers to.
    #[serde(default)]
    pub forges: Option<Vec<String>>,
    /// `push` or `pull`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mode: Option<IntegrationMode>,
    /// The forge's web address.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The webhook secret, at least 16 bytes.
    #[serde(default)]
    #[schema(format = Password)]
    pub secret: Option<String>,
    /// The signing key, `whsec_` and base64.
    #[serde(default)]
    #[schema(format = Password)]
    pub signing_key: Option<String>,
    /// The forge's token.
    #[serde(default)]
    #[schema(format = Password)]
    pub token: Option<String>,
    /// An address or network that may deliver.
    #[serde(default)]
    pub allowed_ips: Option<Vec<String>>,
    /// A repository that it is for.
    #[serde(default)]
    pub repositories: Option<Vec<String>>,
    /// The installation of the forge's app: makes its pair of integrations.
    #[serde(default)]
    pub installation_id: Option<String>,
    /// The account of that installation.
    #[serde(default)]
    pub account: Option<String>,
}

/// Changes of an integration. An empty text clears a credential; a field that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationChanges {
    /// Another name: its hooks' URLs change with it.
    #[serde(default)]
    pub name: Option<String>,
    /// A path segment that it answers to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub forges: Option<Option<Vec<String>>>,
    /// `push` or `pull`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mode: Option<IntegrationMode>,
    /// The forge's web address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub base_url: Option<Option<String>>,
    /// The webhook secret, at least 16 bytes.
    #[serde(default)]
    #[schema(format = Password)]
    pub secret: Option<String>,
    /// The time for which the older secret still counts, such as `24h`; at most 90 days.
    #[serde(default)]
    pub keep_previous: Option<String>,
    /// The signing key, `whsec_` and base64.
    #[serde(default)]
    #[schema(format = Password)]
    pub signing_key: Option<String>,
    /// The forge's token.
    #[serde(default)]
    #[schema(format = Password)]
    pub token: Option<String>,
    /// An address or network that may deliver.
    #[serde(default)]
    pub allowed_ips: Option<Vec<String>>,
    /// A repository that it is for.
    #[serde(default)]
    pub repositories: Option<Vec<String>>,
}

/// An integration, which connects an organization to a forge.
#[derive(Serialize, ToSchema)]
pub struct IntegrationView {
    /// The integration's id.
    pub id: String,
    /// The name of its organization.
    pub organization: String,
    /// The integration's name.
    pub name: String,
    /// `inbound` or `outbound`.
    #[schema(value_type = String)]
    pub kind: IntegrationKind,
    /// The forge's name, such as `gitea`.
    pub forge: String,
    /// The path segments that an inbound one answers to.
    pub forges: Vec<String>,
    /// `push` or `pull`; null for an outbound one.
    #[schema(value_type = Option<String>)]
    pub mode: Option<IntegrationMode>,
    /// The forge's web address.
    pub base_url: Option<String>,
    /// True if it has a webhook secret.
    pub has_secret: bool,
    /// True if it has a signing key.
    pub has_signing_key: bool,
    /// True if it has a token.
    pub has_token: bool,
    /// Its live webhook secrets, each with `created_at`, `last_used_at` and `expires_at`; never their values.
    #[schema(value_type = Vec<Object>)]
    pub secrets: Vec<SecretFacts>,
    /// The addresses and networks that may deliver; empty means all.
    #[schema(value_type = Vec<String>)]
    pub allowed_ips: Vec<String>,
    /// The repositories that it is narrowed to; empty means all.
    pub repositories: Vec<String>,
    /// The installation of an app's pair.
    pub installation_id: Option<String>,
    /// The account of that installation.
    pub account: Option<String>,
    /// The URLs that forges post to, by forge.
    pub hook_urls: BTreeMap<String, String>,
    /// The states of its hooks at the forges.
    pub hooks: Vec<HookStatusView>,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

/// The state of a hook at the forge, as it was last read.
#[derive(Serialize, ToSchema)]
#[schema(as = HookStatus)]
pub struct HookStatusView {
    /// The forge's name, such as `gitea`.
    pub forge: String,
    /// The repository whose hook it is, by its path at the forge; null for an app's.
    pub repository: Option<String>,
    /// The organization or group, where the hook stands there.
    pub organization: Option<String>,
    /// The forge's number of it.
    pub hook_id: Option<String>,
    /// `enabled`, `temporarily_disabled`, `disabled`, `missing` or `unknown`.
    #[schema(value_type = String)]
    pub state: Value,
    /// The time when the forge will post again.
    #[schema(value_type = Option<String>)]
    pub disabled_until: Option<Timestamp>,
    /// The last failures, a sentence each, newest first; the reason why it may not be read, where that is so.
    pub failures: Vec<String>,
    /// The time when the state was read.
    #[schema(value_type = String)]
    pub checked_at: Timestamp,
}

/// The result of the test of an outbound integration.
#[derive(Serialize, ToSchema)]
#[schema(as = OutboundTest)]
pub struct OutboundTestResponse {
    /// True if nothing was found to be wrong.
    pub ok: bool,
    /// The account that the token belongs to.
    pub account: Option<HolderView>,
    /// The repository that the token was tried on.
    pub tried_on: Option<String>,
    /// The findings, one by one.
    pub findings: Vec<TestFinding>,
}

/// The account that a credential belongs to.
#[derive(Serialize, ToSchema)]
pub struct HolderView {
    /// The account's number at the forge.
    pub id: Option<String>,
    /// The account's name at the forge.
    pub login: String,
}

/// One finding of a test.
#[derive(Serialize, ToSchema)]
pub struct TestFinding {
    /// The subject of the check, in a word such as `token`.
    pub check: String,
    /// True if the subject is in order; null where the check could not decide.
    #[schema(required)]
    pub ok: Option<bool>,
    /// One sentence for people.
    pub sentence: String,
}

/// The delivery that a test of an integration tries. An outbound test takes none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestDeliveryRequest {
    /// The forge whose delivery is tried, inbound; the integration's own unless given.
    #[serde(default)]
    pub forge: Option<String>,
    /// The kind of event of the sample, inbound; `push` unless given.
    #[serde(default)]
    pub event: Option<String>,
}

/// The result of the test of an inbound integration.
#[derive(Serialize, ToSchema)]
#[schema(as = InboundTest)]
pub struct InboundTestResponse {
    /// True if nothing was found to be wrong.
    pub ok: bool,
    /// The id of the sample's record.
    pub delivery_id: Option<String>,
    /// The answer to the sample.
    pub answer: Option<AnswerView>,
    /// True if the forge's own test delivery arrived; null where none was asked for.
    pub arrived: Option<bool>,
    /// The findings, one by one.
    pub findings: Vec<TestFinding>,
}

/// The answer to a sample.
#[derive(Serialize, ToSchema)]
pub struct AnswerView {
    /// The answer's HTTP status.
    pub status: u16,
    /// The answer's body.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// The hook that is wanted at the forge: of a `repository` or of an `organization`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HookRequest {
    /// The forge; the integration's own unless given.
    #[serde(default)]
    pub forge: Option<String>,
    /// The repository: its URL, or its path at the forge.
    #[serde(default)]
    pub repository: Option<String>,
    /// The organization or group at the forge.
    #[serde(default)]
    pub organization: Option<String>,
    /// `ensure`, or `rotate` for a fresh secret; `ensure` unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mode: HookMode,
}

/// The treatment of a hook's secret.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookMode {
    /// The secret stays.
    #[default]
    Ensure,
    /// A fresh secret is written.
    Rotate,
}

/// The hook at the forge.
#[derive(Serialize, ToSchema)]
pub struct HookView {
    /// The forge's number of it.
    pub hook_id: String,
    /// True if the hook was made, false if it was there before.
    pub created: bool,
    /// The fields that were repaired.
    pub changed: Vec<String>,
}

/// The values to enter in the forge's webhook form. Never the secret.
#[derive(Serialize, ToSchema)]
#[schema(as = HookGuide)]
pub struct HookGuideView {
    /// The URL to post to.
    pub url: String,
    /// The content type.
    pub content_type: String,
    /// The name of the form's field for the secret.
    pub secret_field: String,
    /// True if the integration has a secret.
    pub has_secret: bool,
    /// The time when the secret was stored.
    #[schema(value_type = Option<String>)]
    pub secret_created_at: Option<Timestamp>,
    /// The events to choose.
    pub events: Vec<String>,
    /// Sentences about what may go wrong.
    pub warnings: Vec<String>,
    /// The access token to make.
    pub token: TokenGuide,
}

/// The access token to make at the forge for reporting.
#[derive(Serialize, ToSchema)]
pub struct TokenGuide {
    /// The role that its owner needs.
    pub role: String,
    /// The token's scopes.
    pub scopes: Vec<String>,
    /// One sentence for people.
    pub sentence: String,
}
