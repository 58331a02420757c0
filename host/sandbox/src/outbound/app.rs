//! Credentials: how calls carry one, and how an app comes to its keys.

use crate::ForgeRequest;

/// The account that calls are made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// A stored access token.
    Token,
    /// An installation of the app, by the forge's number of it.
    Installation(String),
    /// The app itself.
    App,
}

/// A header field that carries a credential: the host writes `prefix` and the credential into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialHeader {
    /// The field, in lower case.
    pub name: String,
    /// The text before the credential: visible signs and spaces only.
    pub prefix: String,
}

/// The way in which an app signs for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenExchange {
    /// The field that carries the signed claims.
    pub header: CredentialHeader,
    /// The call that exchanges them, where calls are not made with the claims themselves.
    pub request: Option<ForgeRequest>,
    /// A JSON pointer to the token in the answer.
    pub token: String,
    /// A JSON pointer to the time at which it expires.
    pub expires_at: String,
    /// The field that carries the token afterwards.
    pub token_header: CredentialHeader,
}

/// The form in which calls carry the credential, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// A header field.
    Header(CredentialHeader),
    /// An exchange for a token.
    Exchange(Box<TokenExchange>),
}

/// The app that an operator wants to have at the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/outbound.wit")]
pub struct AppSpec {
    pub name: String,
    pub owner: Option<String>,
    pub home: String,
    pub hook_url: String,
    pub callback_url: String,
    pub state: String,
}

/// A form that the operator's browser posts to the forge's web address, to make an app there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppForm {
    /// The segments of the path under the web address, not percent-encoded; none is empty or a way up.
    pub path: Vec<String>,
    /// The query's pairs, not percent-encoded.
    pub query: Vec<(String, String)>,
    /// The form's fields.
    pub fields: Vec<(String, String)>,
}

/// The exchange of the code for an app's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppExchange {
    /// The call, made without a credential.
    pub request: ForgeRequest,
    /// A JSON pointer to the app's id.
    pub id: String,
    /// A JSON pointer to the app's page.
    pub page: String,
    /// A JSON pointer to its private key, PEM.
    pub private_key: String,
    /// A JSON pointer to its webhook secret.
    pub webhook_secret: String,
}
