//! The API of one forge with one credential: each call of a plugin is checked on the way out and redacted on the way in.

use std::sync::Arc;

use forgegate_model::plugin::Description;
use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::{Account, Authorization, CredentialHeader};
use forgegate_sandbox::{CallError, CallFuture, ForgeApi, ForgeRequest, ForgeResponse};
use http::{Method, StatusCode, header};
use url::Url;

use crate::budget::BudgetKey;
use crate::call::Call;
use crate::call_credential::{CallCredential, Exchange, add_credential, credential_fields};
use crate::call_log::Party;
use crate::client::ForgeClient;
use crate::http_client::{HttpRequest, HttpResponse};
use crate::minted_tokens::{MintedToken, TokenScope};
use crate::options::{RatePolicy, SessionOptions};
use crate::principal::{Identity, Principal};
use crate::redaction::{Redactor, take_out};
use crate::request::{PreparedRequest, RequestRules, Slots};
use crate::token_response;

/// The largest answer that a plugin gets.
const MOST_ANSWER_BYTES: usize = 4 << 20;

/// Redirects of one GET that are followed under the API base.
const MOST_REDIRECTS: usize = 3;

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
        let scope = installation.clone().map(|installation| TokenScope {
            forge: description.forge.clone(),
            origin: rules.base.origin(),
            installation,
            repository: options.repository,
        });
        let credential = self.call_credential(&description.forge, principal, authorization, scope)?;
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
            let request = HttpRequest {
                method: prepared.method.clone(),
                url: url.clone(),
                headers: headers.clone(),
                body: prepared.body.clone(),
                most: Some(MOST_ANSWER_BYTES),
            };
            let answer = self.client.call(self.budgeted(&self.budget_key, request)).await?;
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

    /// A call that a budget pays.
    fn budgeted<'a>(&'a self, budget_key: &'a BudgetKey, request: HttpRequest) -> Call<'a> {
        Call {
            party: &self.party,
            budget_key: Some(budget_key),
            rate_policy: self.rate_policy,
            logged_path: request.url.path().to_owned(),
            request,
        }
    }

    /// Exchanges the app's claims for a token.
    async fn exchange(&self, exchange: &Exchange) -> Result<MintedToken, CallError> {
        let prepared = self.rules.prepare(exchange.request.clone(), &self.slots)?;
        let claims = self.client.sign(&exchange.app)?;
        let headers = add_credential(&prepared.headers, &exchange.rules.header, &claims)?;
        let app = BudgetKey::App(self.party.forge.clone());
        let request = HttpRequest {
            method: prepared.method,
            url: prepared.url,
            headers,
            body: prepared.body,
            most: Some(MOST_ANSWER_BYTES),
        };
        let answer = self.client.call(self.budgeted(&app, request)).await?;
        token_response::read(answer, &exchange.rules)
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
