//! Access to the API: bearer tokens, what they reach, and the audit of what is done with them.
//!
//! Without a live token: 401. With one that is not for this: 403. What belongs to an organization out of reach does not exist: 404.
//! A change is audited in its own transaction; what is refused, and payloads that are shown, by an entry of their own. What changes no row
//! is not audited: a heartbeat, a claim that finds nothing, an end that is told again.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use forgegate_model::audit::AuditEntry;
use forgegate_model::client_address;
use forgegate_model::ids::{AuditId, OrganizationId};
use forgegate_model::lock::Lock;
use forgegate_model::organization::Organization;
use forgegate_model::refusal::RefusalKey;
use forgegate_model::token::{AccessToken, TokenScope, token_hash};
use http::request::Parts;
use http::{HeaderMap, header};

use crate::clock::fresh_id;
use crate::core::Core;
use crate::response::{Code, Problem};
use crate::server::Peer;

/// The caller of the API, by a token that counts.
#[derive(Clone)]
pub struct Caller {
    /// The token, without its value.
    pub token: Arc<AccessToken>,
    /// The gateway's own address: the configured one, else the one that the request came to.
    pub origin: String,
    call: Call,
}

/// A call, as the audit log speaks of it.
#[derive(Clone)]
pub struct Call {
    source: Option<IpAddr>,
    action: String,
    path: String,
}

/// The slot in which the extractor leaves the caller for the audit of refusals.
#[derive(Clone, Default)]
struct Slot(Arc<Lock<Option<Known>>>);

type Known = (Arc<Core>, Caller);

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<Core>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let core = &Arc::<Core>::from_ref(state);
        let source = source(core, parts);
        let caller = Self::by_token(core, parts).inspect_err(|problem| count(core, source, problem))?;
        caller.enter(core, parts);
        Ok(caller)
    }
}

impl Caller {
    fn by_token(core: &Core, parts: &Parts) -> Result<Self, Problem> {
        let value =
            bearer(&parts.headers).ok_or_else(|| unauthorized("a token is needed: `Authorization: Bearer fgt_…`"))?;
        Self::with(core, parts, value)
    }

    /// The caller whose browser sends a token as a password. One that does not count is counted, as in the API; a visit begins without.
    ///
    /// # Errors
    /// `unauthorized`.
    pub fn by_password(core: &Arc<Core>, parts: &Parts) -> Result<Self, Problem> {
        let value = password(&parts.headers);
        let value = value.ok_or_else(|| unauthorized("a token is needed"))?;
        let caller =
            Self::with(core, parts, &value).inspect_err(|problem| count(core, source(core, parts), problem))?;
        caller.enter(core, parts);
        Ok(caller)
    }

    /// Leaves the caller for the audit of refusals.
    fn enter(&self, core: &Arc<Core>, parts: &Parts) {
        if let Some(slot) = parts.extensions.get::<Slot>() {
            *slot.0.lock() = Some((Arc::clone(core), self.clone()));
        }
    }

    fn with(core: &Core, parts: &Parts, value: &str) -> Result<Self, Problem> {
        let token = core.store.directory().token_by_hash(&token_hash(value));
        let token = token
            .filter(|token| token.is_live(core.clock.now()))
            .ok_or_else(|| unauthorized("the token is unknown or has expired"))?;
        Ok(Self {
            token,
            origin: origin(core, &parts.headers),
            call: Call::of(core, parts),
        })
    }

    /// Lets only an administrator go on.
    ///
    /// # Errors
    /// `forbidden` for everybody else.
    pub fn administrates(&self) -> Result<(), Problem> {
        match self.token.scope {
            TokenScope::Admin => Ok(()),
            TokenScope::Organization | TokenScope::Worker => Err(forbidden("this takes an administrator's token")),
        }
    }

    /// Lets only a worker or an administrator go on.
    ///
    /// # Errors
    /// `forbidden` for everybody else.
    pub fn works(&self) -> Result<(), Problem> {
        match self.token.scope {
            TokenScope::Admin | TokenScope::Worker => Ok(()),
            TokenScope::Organization => Err(forbidden("this takes a worker's token")),
        }
    }

    /// Lets everybody but a worker go on. Answers the organizations within reach; none means all.
    ///
    /// # Errors
    /// `forbidden` for workers.
    pub fn reach(&self) -> Result<Option<&[OrganizationId]>, Problem> {
        match self.token.scope {
            TokenScope::Worker => Err(forbidden("a worker's token can only claim and work leases")),
            TokenScope::Admin => Ok(None),
            TokenScope::Organization => Ok(Some(self.token.organizations.as_deref().unwrap_or_default())),
        }
    }

    /// Says that the caller may know of what belongs to the organization; none is what belongs to nobody.
    pub fn sees(&self, organization: Option<OrganizationId>) -> bool {
        match organization {
            Some(id) => self.token.reaches(id),
            None => self.token.scope == TokenScope::Admin,
        }
    }

    /// The address that the call came from, as far as it is known.
    pub const fn source(&self) -> Option<IpAddr> {
        self.call.source
    }

    /// The organization of that name.
    ///
    /// # Errors
    /// `forbidden` for workers; `not_found` where there is none, or it is out of reach.
    pub fn organization(&self, core: &Core, name: &str) -> Result<Arc<Organization>, Problem> {
        self.reach()?;
        let organization = core.store.directory().organization_by_name(name);
        organization
            .filter(|it| self.token.reaches(it.id))
            .ok_or_else(|| Problem::not_found("there is no such organization"))
    }

    /// The entry of the audit log for something made, once it is.
    pub fn made(&self, core: &Core, organization: Option<OrganizationId>, target: impl Into<String>) -> AuditEntry {
        self.entry(core, organization, target.into(), "201")
    }

    /// The entry of the audit log for something changed or gone, once it is.
    pub fn changed(&self, core: &Core, organization: Option<OrganizationId>, target: impl Into<String>) -> AuditEntry {
        self.entry(core, organization, target.into(), "200")
    }

    /// Puts an entry into the audit log for what changes nothing but must be on record.
    ///
    /// # Errors
    /// When the storage fails: what is not on record is not shown.
    pub async fn record(
        &self,
        core: &Core,
        organization: Option<OrganizationId>,
        target: String,
    ) -> Result<(), Problem> {
        let entry = self.entry(core, organization, target, "200");
        Ok(core.store.record_audit(entry).await?)
    }

    fn entry(&self, core: &Core, organization: Option<OrganizationId>, target: String, outcome: &str) -> AuditEntry {
        self.call.entry(core, organization, self.actor(), target, outcome)
    }

    /// The caller, as the audit log names it.
    pub fn actor(&self) -> String {
        format!("{} ({})", self.token.name, self.token.id)
    }

    /// The organization that a refused call was about, as far as its path names one within reach; else the token's own, where it has
    /// just one.
    fn concerns(&self, core: &Core) -> Option<OrganizationId> {
        let name = self
            .call
            .path
            .strip_prefix("/api/v1/orgs/")
            .and_then(|rest| rest.split('/').next());
        let named = name
            .and_then(|name| core.store.directory().organization_by_name(name))
            .map(|it| it.id);
        let only = || match self.token.organizations.as_deref() {
            Some(&[id]) => Some(id),
            _ => None,
        };
        named.filter(|&id| self.token.reaches(id)).or_else(only)
    }
}

impl Call {
    /// The call that a request makes.
    pub fn of(core: &Core, parts: &Parts) -> Self {
        let route = parts
            .extensions
            .get::<MatchedPath>()
            .map_or_else(|| parts.uri.path(), MatchedPath::as_str);
        Self {
            source: source(core, parts),
            action: format!("{} {route}", parts.method),
            path: parts.uri.path().to_owned(),
        }
    }

    /// The entry of the audit log for the call.
    pub fn entry(
        &self,
        core: &Core,
        organization: Option<OrganizationId>,
        actor: String,
        target: String,
        outcome: &str,
    ) -> AuditEntry {
        AuditEntry {
            id: AuditId(fresh_id()),
            at: core.clock.now(),
            organization,
            actor,
            action: self.action.clone(),
            target,
            outcome: outcome.to_owned(),
            source_ip: self.source,
        }
    }
}

/// Records calls with a valid token that were refused.
pub async fn audit_refusals(mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() {
        let taken = slot.0.lock().take();
        if let Some((core, caller)) = taken {
            let entry = caller.entry(&core, caller.concerns(&core), caller.call.path.clone(), status.as_str());
            if let Err(error) = core.store.record_audit(entry).await {
                tracing::warn!(%error, "a refused call could not be put into the audit log: {error}");
            }
        }
    }
    response
}

/// The bearer value of a request; none where there are two.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| rest.trim())
}

/// The password of a request by HTTP Basic (RFC 7617); the name beside it does not matter.
fn password(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, rest) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_basic = values.next().is_none() && scheme.eq_ignore_ascii_case("basic");
    let pair = BASE64_STANDARD.decode(rest.trim()).ok().filter(|_| is_basic)?;
    let pair = String::from_utf8(pair).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

/// The source address of a request: the peer, or the one that a trusted proxy names.
pub fn source(core: &Core, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>()?.0.ip();
    let lines = parts.headers.get_all("x-forwarded-for").iter();
    let lines: Vec<_> = lines.map(|line| line.to_str().unwrap_or_default()).collect();
    Some(client_address::resolve(
        peer,
        lines.into_iter(),
        &core.config.server.trusted_proxies,
    ))
}

fn origin(core: &Core, headers: &HeaderMap) -> String {
    let host = || {
        headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost")
    };
    core.config
        .server
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", host()))
}

/// Counts a call without a valid token, as refusals are.
pub fn count(core: &Core, source: Option<IpAddr>, problem: &Problem) {
    core.metrics.refused(problem.code.as_str());
    let key = RefusalKey {
        organization: None,
        integration: None,
        forge: None,
        code: problem.code.as_str().to_owned(),
    };
    core.store
        .count_refusal(key, core.clock.now(), source, Vec::new(), problem.message.clone());
}

fn unauthorized(sentence: &str) -> Problem {
    Problem::new(Code::Unauthorized, sentence)
}

fn forbidden(sentence: &str) -> Problem {
    Problem::new(Code::Forbidden, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for value in values {
            map.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_password_is_what_stands_behind_the_first_colon() {
        let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
        assert_eq!(password(&headers(&[&basic("me:fgt_1")])).as_deref(), Some("fgt_1"));
        assert_eq!(password(&headers(&[&basic(":fgt_1:2")])).as_deref(), Some("fgt_1:2"));
        let twice = basic("a:b");
        for bad in [
            &[][..],
            &["Bearer fgt_1"],
            &["Basic !"],
            &[twice.as_str(), twice.as_str()],
        ] {
            assert_eq!(password(&headers(bad)), None, "{bad:?}");
        }
        assert_eq!(password(&headers(&[&basic("no colon")])), None);
    }

    #[test]
    fn a_bearer_stands_alone() {
        assert_eq!(bearer(&headers(&["Bearer fgt_1"])), Some("fgt_1"));
        assert_eq!(bearer(&headers(&["bearer  fgt_1 "])), Some("fgt_1"));
        for bad in [&[][..], &["fgt_1"], &["Basic fgt_1"], &["Bearer a", "Bearer b"]] {
            assert_eq!(bearer(&headers(bad)), None, "{bad:?}");
        }
    }
}
