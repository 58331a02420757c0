//! A single call over the wire: budget, breaker, the call, the books, and what its answer says about the next.

use std::time::Duration;

use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;
use http::{HeaderMap, Method, header};
use time::PrimitiveDateTime;
use time::macros::format_description;
use url::Url;

use crate::breaker::{Pass, Verdict};
use crate::budget::Credential;
use crate::call_log::Party;
use crate::client::ForgeClient;
use crate::outbound::{Answer, Call};

/// Whether a call keeps to budget and breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RatePolicy {
    /// It does.
    #[default]
    Usual,
    /// Somebody waits for it who wants to know: past both. What comes of it counts for the breaker.
    Probe,
}

/// One call, with all that it carries.
pub(super) struct Wire<'a> {
    pub party: &'a Party,
    /// Whose budget pays; none where there is no credential.
    pub credential: Option<&'a Credential>,
    pub patience: RatePolicy,
    pub method: Method,
    pub url: Url,
    /// The path as the audit log shows it.
    pub path: &'a str,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    pub most: Option<usize>,
}

impl ForgeClient {
    pub(super) async fn single(&self, wire: Wire<'_>) -> Result<Answer, CallError> {
        let origin = wire.url.origin().ascii_serialization();
        let pass = self.leave(&wire, &origin)?;
        let line = self.call_log.begin(wire.party, &wire.method, wire.path);
        let call = Call {
            method: wire.method,
            url: wire.url,
            headers: wire.headers,
            body: wire.body,
            most: wire.most,
        };
        let answer = self.outbound.send(call).await;
        line.end(answer.as_ref().map(|it| it.status));
        pass.tell(verdict(&answer));
        if let (Ok(answer), Some(credential)) = (&answer, wire.credential)
            && let Some(span) = asked_to_wait(answer, self.call_log.clock.now())
        {
            self.budgets.hold(credential, span);
        }
        answer
    }

    /// Leave of the budget and the breaker.
    fn leave(&self, wire: &Wire<'_>, origin: &str) -> Result<Pass, CallError> {
        if wire.patience == RatePolicy::Probe {
            return Ok(self.breakers.pass(origin));
        }
        let pass = self.breakers.enter(origin).map_err(|rest| {
            let seconds = whole_seconds(rest);
            CallError::Unreachable(format!(
                "`{origin}` did not answer before and is left alone for {seconds} s"
            ))
        })?;
        if let Some(credential) = wire.credential {
            let spent = self.budgets.spend(credential);
            spent.map_err(|wait| CallError::RateLimited(Some(whole_seconds(wait))))?;
        }
        Ok(pass)
    }
}

/// What a call says about the forge's health: whether it answers, and not with a 5xx.
const fn verdict(answer: &Result<Answer, CallError>) -> Verdict {
    match answer {
        Ok(answer) if answer.status >= 500 => Verdict::Ill,
        Ok(_) | Err(CallError::TooLarge) => Verdict::Well,
        Err(CallError::Unreachable(_) | CallError::TimedOut) => Verdict::Ill,
        Err(_) => Verdict::Unknown,
    }
}

/// How long an answer asks to wait: `Retry-After` of a 429 or 503. What a forge says elsewhere its plugin reads.
pub(super) fn asked_to_wait(answer: &Answer, now: Timestamp) -> Option<Duration> {
    if !matches!(answer.status, 429 | 503) {
        return None;
    }
    let text = answer.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let at = PrimitiveDateTime::parse(text, form).ok()?.assume_utc().unix_timestamp();
    u64::try_from(at.saturating_sub(now.seconds()))
        .ok()
        .map(Duration::from_secs)
}

pub(super) fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after.parse().unwrap());
        Answer {
            status,
            headers,
            body: Vec::new(),
        }
    }

    #[test]
    fn retry_after_counts_seconds_or_names_a_time() {
        let now = Timestamp::parse("2026-11-21T10:00:00Z").unwrap();
        for (status, text, span) in [
            (429, "30", Some(30)),
            (503, " 5 ", Some(5)),
            (429, "Sat, 21 Nov 2026 10:02:00 GMT", Some(120)),
            (429, "Sat, 21 Nov 2026 09:00:00 GMT", None),
            (429, "soon", None),
            (429, "-1", None),
            (200, "30", None),
            (403, "30", None),
        ] {
            assert_eq!(
                asked_to_wait(&answer(status, text), now),
                span.map(Duration::from_secs),
                "{status} {text}"
            );
        }
    }
}
