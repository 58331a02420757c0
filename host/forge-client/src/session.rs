//! One errand of a plugin: calls to one forge with one credential, each checked on the way out and cleaned on the way in.

use std::sync::Arc;

use forgegate_model::secret::Secret;
use forgegate_sandbox::outbound::{CredentialHeader, TokenExchange};
use forgegate_sandbox::{CallError, CallFuture, ForgeApi, ForgeRequest, ForgeResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;
use zeroize::Zeroizing;

use crate::blanking::{Blanker, take_out};
use crate::budget::Credential;
use crate::call_log::Party;
use crate::claims::AppKey;
use crate::client::ForgeClient;
use crate::outbound::Answer;
use crate::request::{Prepared, Slots, Terms};
use crate::single::{RatePolicy, Wire};
use crate::tokens::Reach;

/// The largest answer that a plugin gets.
const MOST_ANSWER_BYTES: usize = 4 << 20;

/// Redirects of one GET that are followed within the API's place.
const MOST_REDIRECTS: usize = 3;

/// How calls carry their credential.
pub(super) enum Carried {
    /// A stored token, as it is.
    Stored { header: CredentialHeader, token: Secret },
    /// The app's signed claims.
    Claims { header: CredentialHeader, app: Arc<AppKey> },
    /// A token that the claims are exchanged for.
    Minted(Box<Minting>),
}

pub(super) struct Minting {
    pub exchange: TokenExchange,
    pub request: ForgeRequest,
    pub app: Arc<AppKey>,
    pub reach: Reach,
}

pub(super) struct ForgeSession {
    pub client: Arc<ForgeClient>,
    pub party: Party,
    pub credential: Credential,
    pub carried: Carried,
    pub terms: Terms,
    pub slots: Slots,
    pub patience: RatePolicy,
}

impl ForgeApi for ForgeSession {
    fn send(&self, request: ForgeRequest) -> CallFuture<'_> {
        Box::pin(self.run(request))
    }
}

impl ForgeSession {
    async fn run(&self, request: ForgeRequest) -> Result<ForgeResponse, CallError> {
        let prepared = self.terms.prepare(request, &self.slots)?;
        let (field, token) = self.bearer().await?;
        let answer = self.call(&prepared, field, &token).await?;
        let mut seen = vec![token];
        seen.extend(self.slots.secret.clone());
        let answer = match &self.carried {
            // A minted token may have been revoked before its time; a 401 says that nothing was done.
            Carried::Minted(minting) if answer.status == StatusCode::UNAUTHORIZED => {
                if let Some(token) = seen.first() {
                    self.client.tokens.forget(&minting.reach, token).await;
                }
                let (field, token) = self.bearer().await?;
                let again = self.call(&prepared, field, &token).await;
                seen.push(token);
                again?
            }
            _ => answer,
        };
        Ok(shown(answer, &prepared.secrets, &seen))
    }

    /// The field that carries the credential, and the credential.
    async fn bearer(&self) -> Result<(&CredentialHeader, Secret), CallError> {
        match &self.carried {
            Carried::Stored { header, token } => Ok((header, token.clone())),
            Carried::Claims { header, app } => Ok((header, self.client.sign(app)?)),
            Carried::Minted(minting) => {
                let now = self.client.call_log.clock.now();
                let mint = async || self.mint(minting).await;
                let token = self.client.tokens.get(&minting.reach, now, mint).await?;
                Ok((&minting.exchange.token_header, token))
            }
        }
    }

    /// One call with the credential, and the redirects of a GET within the API's place. Elsewhere nothing follows: the 3xx is the answer.
    async fn call(&self, prepared: &Prepared, field: &CredentialHeader, token: &Secret) -> Result<Answer, CallError> {
        let headers = with_credential(&prepared.headers, field, token)?;
        let mut url = prepared.url.clone();
        for left in (0..=MOST_REDIRECTS).rev() {
            let answer = self
                .client
                .single(Wire {
                    party: &self.party,
                    credential: Some(&self.credential),
                    patience: self.patience,
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
                next(&prepared.method, &url, &answer)
            };
            match next.filter(|next| self.terms.place.holds(next)) {
                Some(next) => url = next,
                None => return Ok(answer),
            }
        }
        Err(CallError::Other("the redirects have no end".to_owned()))
    }

    /// Exchanges the app's claims for a token.
    async fn mint(&self, minting: &Minting) -> Result<crate::tokens::Minted, CallError> {
        let prepared = self.terms.prepare(minting.request.clone(), &self.slots)?;
        let claims = self.client.sign(&minting.app)?;
        let headers = with_credential(&prepared.headers, &minting.exchange.header, &claims)?;
        let app = Credential::App(self.party.forge.clone());
        let answer = self
            .client
            .single(Wire {
                party: &self.party,
                credential: Some(&app),
                patience: self.patience,
                method: prepared.method,
                path: prepared.url.path(),
                url: prepared.url.clone(),
                headers,
                body: prepared.body,
                most: Some(MOST_ANSWER_BYTES),
            })
            .await?;
        crate::exchange::read(answer, &minting.exchange)
    }
}

/// The answer as the plugin may see it.
fn shown(answer: Answer, pointers: &[String], seen: &[Secret]) -> ForgeResponse {
    let blanker = Blanker::new(seen);
    ForgeResponse {
        status: answer.status,
        headers: blanker.fields(&answer.headers),
        body: blanker.blank(take_out(answer.body, pointers)),
    }
}

/// Where a GET is sent on to.
fn next(method: &Method, from: &Url, answer: &Answer) -> Option<Url> {
    if *method != Method::GET || !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(answer.headers.get(header::LOCATION)?.to_str().ok()?).ok()
}

fn with_credential(headers: &HeaderMap, field: &CredentialHeader, token: &Secret) -> Result<HeaderMap, CallError> {
    let cannot = || CallError::Refused("the credential cannot stand in a header field".to_owned());
    let mut value = Zeroizing::new(field.prefix.clone().into_bytes());
    value.extend_from_slice(token.expose());
    let mut value = HeaderValue::from_bytes(&value).map_err(|_| cannot())?;
    value.set_sensitive(true);
    let mut headers = headers.clone();
    headers.insert(HeaderName::try_from(&field.name).map_err(|_| cannot())?, value);
    Ok(headers)
}
