//! The API of one forge with one credential: each call of a plugin is checked on the way out and cleaned on the way in.
//!
//! Here, in `add_credential`, and nowhere else, a token is added to a request.

use std::sync::Arc;

use forgegate_model::plugin::Description;
use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::{Account, Authorization, CredentialHeader, TokenExchange};
use forgegate_sandbox::{CallError, CallFuture, ForgeApi, ForgeRequest, ForgeResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;
use zeroize::Zeroizing;

use crate::app_key::AppKey;
use crate::budget::BudgetKey;
use crate::call::Call;
use crate::call_log::Party;
use crate::client::{ForgeClient, refused};
use crate::http_client::HttpResponse;
use crate::minted_tokens::{MintedToken, TokenScope};
use crate::options::{RatePolicy, SessionOptions};
use crate::principal::{Identity, Principal};
use crate::redaction::{Redactor, take_out};
use crate::request::{self, PreparedRequest, RequestRules, Slots};
use crate::token_response;

/// The largest answer that a plugin gets.
const MOST_ANSWER_BYTES: usize = 4 << 20;

/// Redirects of one GET that are followed under the API base.
const MOST_REDIRECTS: usize = 3;

/// Credential of calls, and the header field that carries it.
enum CallCredential {
    /// A stored token, as it is.
    Stored { header: CredentialHeader, token: Secret },
    /// The app's signed claims.
    Claims { header: CredentialHeader, app: Arc<AppKey> },
    /// A token that the claims are exchanged for.
    Exchanged(Box<Exchange>),
}

/// Exchange of an app's claims for a token of an installation.
struct Exchange {
    rules: TokenExchange,
    request: ForgeRequest,
    app: Arc<AppKey>,
    scope: TokenScope,
}

/// A forge's API in one principal's name.
pub(crate) struct AuthenticatedApi {
    client: Arc<ForgeClient>,
    party: Party,
    budget_key: BudgetKey,
    credential: CallCredential,
    rules: RequestRules,
    slots: Slots,
    rate_policy: RatePolicy,
}

impl ForgeClient {
    /// The API of a forge, by how its plugin says that calls carry the credential.
    pub(crate) fn authenticate(
        self: &Arc<Self>,
        description: &Description,
        principal: Principal<'_>,
        identity: Identity,
        authorization: Authorization,
        options: SessionOptions,
    ) -> Result<AuthenticatedApi, CallError> {
        let fields = credential_fields(&authorization);
        let rules = RequestRules::new(description, &identity.base_url, &fields)?;
        let installation = match &identity.account {
            Account::Installation(id) => Some(id.clone()),
            Account::Token | Account::App => None,
        };
        let credential = match (authorization, &installation) {
            (Authorization::Header(header), None) => CallCredential::Stored {
                token: self.stored_token(principal)?,
                header,
            },
            (Authorization::Exchange(exchange), installation) => {
                let app = self.app_key(&description.forge)?;
                let scope = installation.clone().map(|installation| TokenScope {
                    forge: description.forge.clone(),
                    origin: rules.base.origin(),
                    installation,
                    repository: options.repository,
                });
                exchanged(*exchange, app, scope)?
            }
            (Authorization::Header(_), Some(_)) => {
                return Err(refused("the plugin does not say how an installation's token is got"));
            }
        };
        Ok(AuthenticatedApi {
            client: Arc::clone(self),
            party: identity.party,
            budget_key: identity.budget_key,
            credential,
            rules,
            slots: Slots {
                installation,
                webhook_secret: options.webhook_secret,
            },
            rate_policy: options.rate_policy,
        })
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

impl ForgeApi for AuthenticatedApi {
    fn send(&self, request: ForgeRequest) -> CallFuture<'_> {
        Box::pin(self.run(request))
    }
}

impl AuthenticatedApi {
    async fn run(&self, request: ForgeRequest) -> Result<ForgeResponse, CallError> {
        let prepared = self.rules.prepare(request, &self.slots)?;
        let (field, token) = self.token().await?;
        let answer = self.call(&prepared, field, &token).await?;
        let mut seen = vec![token];
        seen.extend(self.slots.webhook_secret.clone());
        let answer = match &self.credential {
            // A minted token may have been revoked before its time; a 401 says that nothing was done.
            CallCredential::Exchanged(exchange) if answer.status == StatusCode::UNAUTHORIZED => {
                if let Some(token) = seen.first() {
                    self.client.tokens.forget(&exchange.scope, token).await;
                }
                let (field, token) = self.token().await?;
                let again = self.call(&prepared, field, &token).await;
                seen.push(token);
                again?
            }
            _ => answer,
        };
        Ok(redacted(answer, &prepared.secrets, &seen))
    }

    /// The field that carries the credential, and the credential.
    async fn token(&self) -> Result<(&CredentialHeader, Secret), CallError> {
        match &self.credential {
            CallCredential::Stored { header, token } => Ok((header, token.clone())),
            CallCredential::Claims { header, app } => Ok((header, self.client.sign(app)?)),
            CallCredential::Exchanged(exchange) => {
                let now = self.client.call_log.clock.now();
                let mint = async || self.exchange(exchange).await;
                let token = self.client.tokens.get(&exchange.scope, now, mint).await?;
                Ok((&exchange.rules.token_header, token))
            }
        }
    }

    /// One call with the credential, and the redirects of a GET under the API base. Elsewhere nothing follows: the 3xx is the answer.
    async fn call(
        &self,
        prepared: &PreparedRequest,
        field: &CredentialHeader,
        token: &Secret,
    ) -> Result<HttpResponse, CallError> {
        let headers = add_credential(&prepared.headers, field, token)?;
        let mut url = prepared.url.clone();
        for left in (0..=MOST_REDIRECTS).rev() {
            let answer = self
                .client
                .call(Call {
                    party: &self.party,
                    budget_key: Some(&self.budget_key),
                    rate_policy: self.rate_policy,
                    method: prepared.method.clone(),
                    url: url.clone(),
                    path: url.path(),
                    headers: headers.clone(),
                    body: prepared.body.clone(),
                    most: Some(MOST_ANSWER_BYTES),
                })
                .await?;
            let next = if left == 0 {
                None
            } else {
                redirect(&prepared.method, &url, &answer)
            };
            match next.filter(|next| self.rules.base.contains(next)) {
                Some(next) => url = next,
                None => return Ok(answer),
            }
        }
        Err(CallError::Other("the redirects have no end".to_owned()))
    }

    /// Exchanges the app's claims for a token.
    async fn exchange(&self, exchange: &Exchange) -> Result<MintedToken, CallError> {
        let prepared = self.rules.prepare(exchange.request.clone(), &self.slots)?;
        let claims = self.client.sign(&exchange.app)?;
        let headers = add_credential(&prepared.headers, &exchange.rules.header, &claims)?;
        let app = BudgetKey::App(self.party.forge.clone());
        let answer = self
            .client
            .call(Call {
                party: &self.party,
                budget_key: Some(&app),
                rate_policy: self.rate_policy,
                method: prepared.method,
                path: prepared.url.path(),
                url: prepared.url.clone(),
                headers,
                body: prepared.body,
                most: Some(MOST_ANSWER_BYTES),
            })
            .await?;
        token_response::read(answer, &exchange.rules)
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
fn credential_fields(authorization: &Authorization) -> Vec<&str> {
    match authorization {
        Authorization::Header(header) => vec![&header.name],
        Authorization::Exchange(exchange) => vec![&exchange.header.name, &exchange.token_header.name],
    }
}

/// The answer as the plugin may see it.
fn redacted(answer: HttpResponse, pointers: &[String], seen: &[Secret]) -> ForgeResponse {
    let redactor = Redactor::new(seen);
    ForgeResponse {
        status: answer.status,
        headers: redactor.fields(&answer.headers),
        body: redactor.redact(take_out(answer.body, pointers)),
    }
}

/// The URL that a GET is redirected to; none where the answer is no redirect.
fn redirect(method: &Method, from: &Url, answer: &HttpResponse) -> Option<Url> {
    if *method != Method::GET || !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(answer.headers.get(header::LOCATION)?.to_str().ok()?).ok()
}

/// The header fields with the credential's: the prefix and the token, marked as sensitive.
fn add_credential(headers: &HeaderMap, field: &CredentialHeader, token: &Secret) -> Result<HeaderMap, CallError> {
    let cannot = || CallError::Refused("the credential cannot stand in a header field".to_owned());
    let mut value = Zeroizing::new(field.prefix.clone().into_bytes());
    value.extend_from_slice(token.expose());
    let mut value = HeaderValue::from_bytes(&value).map_err(|_| cannot())?;
    value.set_sensitive(true);
    let mut headers = headers.clone();
    headers.insert(HeaderName::try_from(&field.name).map_err(|_| cannot())?, value);
    Ok(headers)
}
