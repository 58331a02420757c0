//! Credentials of calls: which one a call carries, and how it is added to the request.
//!
//! Here, in `add_credential`, and nowhere else, a token is added to a request.

use std::sync::Arc;

use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::{Authorization, CredentialHeader, TokenExchange};
use forgegate_sandbox::{CallError, ForgeRequest};
use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::app_key::AppKey;
use crate::client::{ForgeClient, refused};
use crate::minted_tokens::TokenScope;
use crate::principal::Principal;
use crate::request;

/// Credential of calls, and the header field that carries it.
pub(crate) enum CallCredential {
    /// A stored token, as it is.
    Stored { header: CredentialHeader, token: Secret },
    /// The app's signed claims.
    Claims { header: CredentialHeader, app: Arc<AppKey> },
    /// A token that the claims are exchanged for.
    Exchanged(Box<Exchange>),
}

/// Exchange of an app's claims for a token of an installation.
pub(crate) struct Exchange {
    pub rules: TokenExchange,
    pub request: ForgeRequest,
    pub app: Arc<AppKey>,
    pub scope: TokenScope,
}

impl ForgeClient {
    /// The credential of a principal, as the plugin says that calls carry it. `scope` is what a token would be minted for: none where the
    /// principal is no installation.
    pub(crate) fn call_credential(
        &self,
        forge: &str,
        principal: Principal<'_>,
        authorization: Authorization,
        scope: Option<TokenScope>,
    ) -> Result<CallCredential, CallError> {
        match (authorization, scope) {
            (Authorization::Header(header), None) => Ok(CallCredential::Stored {
                token: self.stored_token(principal)?,
                header,
            }),
            (Authorization::Header(_), Some(_)) => {
                Err(refused("the plugin does not say how an installation's token is got"))
            }
            (Authorization::Exchange(rules), scope) => exchanged(*rules, self.app_key(forge)?, scope),
        }
    }

    fn stored_token(&self, principal: Principal<'_>) -> Result<Secret, CallError> {
        let Principal::Integration(integration) = principal else {
            return Err(refused("only an integration has a stored token"));
        };
        let token = self.credentials.access_token(integration);
        let token = token.map_err(|error| CallError::Other(format!("the token cannot be opened: {error}")))?;
        token.ok_or_else(|| refused("no access token is stored"))
    }
}

/// The credential by a token exchange: with a call for the token it is minted for an installation; without one the claims themselves are
/// the credential.
fn exchanged(rules: TokenExchange, app: Arc<AppKey>, scope: Option<TokenScope>) -> Result<CallCredential, CallError> {
    match (rules.request.clone(), scope) {
        (None, _) => Ok(CallCredential::Claims {
            header: rules.header,
            app,
        }),
        (Some(mut request), Some(mut scope)) => {
            if !request::narrow(&mut request, scope.repository.as_deref()) {
                scope.repository = None;
            }
            Ok(CallCredential::Exchanged(Box::new(Exchange {
                rules,
                request,
                app,
                scope,
            })))
        }
        (Some(_), None) => Err(refused("a token is exchanged for an installation only")),
    }
}

/// The header fields that carry a credential; none of them is the plugin's.
pub(crate) fn credential_fields(authorization: &Authorization) -> Vec<&str> {
    match authorization {
        Authorization::Header(header) => vec![&header.name],
        Authorization::Exchange(exchange) => vec![&exchange.header.name, &exchange.token_header.name],
    }
}

/// The header fields with the credential's: the prefix and the token, marked as sensitive.
pub(crate) fn add_credential(
    headers: &HeaderMap,
    field: &CredentialHeader,
    token: &Secret,
) -> Result<HeaderMap, CallError> {
    let cannot = || CallError::Refused("the credential cannot stand in a header field".to_owned());
    let mut value = Zeroizing::new(field.prefix.clone().into_bytes());
    value.extend_from_slice(token.expose());
    let mut value = HeaderValue::from_bytes(&value).map_err(|_| cannot())?;
    value.set_sensitive(true);
    let mut headers = headers.clone();
    headers.insert(HeaderName::try_from(&field.name).map_err(|_| cannot())?, value);
    Ok(headers)
}
