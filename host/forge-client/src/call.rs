//! One HTTP call: breaker, budget, the call itself, the log, and what its answer says about the next.

use std::time::Duration;

use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;
use http::header;
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::breaker::{CallHealth, CallPermit};
use crate::budget::BudgetKey;
use crate::call_log::Party;
use crate::client::ForgeClient;
use crate::http_client::{HttpRequest, HttpResponse};
use crate::options::RatePolicy;

/// An HTTP request, with what the call of it is charged to and logged as.
pub(crate) struct Call<'a> {
    pub party: &'a Party,
    /// The budget that pays; none where there is no credential.
    pub budget_key: Option<&'a BudgetKey>,
    pub rate_policy: RatePolicy,
    /// The path as the audit log shows it.
    pub logged_path: String,
    pub request: HttpRequest,
}

impl ForgeClient {
    /// Makes one call. A redirect is an answer.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<HttpResponse, CallError> {
        let origin = call.request.url.origin().ascii_serialization();
        let permit = self.permit(&call, &origin)?;
        let record = self.call_log.begin(call.party, &call.request.method, &call.logged_path);
        let answer = self.http.send(call.request).await;
        record.end(answer.as_ref().map(|it| it.status));
        permit.report(health(&answer));
        if let (Ok(answer), Some(key)) = (&answer, call.budget_key)
            && let Some(span) = asked_to_wait(answer, self.call_log.clock.now())
        {
            self.budgets.hold(key, span);
        }
        answer
    }

    /// The breaker's permit, and a call of the budget.
    fn permit(&self, call: &Call<'_>, origin: &str) -> Result<CallPermit, CallError> {
        if call.rate_policy == RatePolicy::Probe {
            return Ok(self.breakers.bypass(origin));
        }
        let permit = self.breakers.acquire(origin).map_err(|rest| {
            let seconds = whole_seconds(rest);
            CallError::Unreachable(format!(
                "`{origin}` did not answer before and is left alone for {seconds} s"
            ))
        })?;
        if let Some(key) = call.budget_key {
            let spent = self.budgets.spend(key);
            spent.map_err(|wait| CallError::RateLimited(Some(whole_seconds(wait))))?;
        }
        Ok(permit)
    }
}

/// The forge's health by a call: it is up where it answers, and not with a 5xx.
const fn health(answer: &Result<HttpResponse, CallError>) -> CallHealth {
    match answer {
        Ok(answer) if answer.status >= 500 => CallHealth::Down,
        Ok(_) | Err(CallError::TooLarge) => CallHealth::Up,
        Err(CallError::Unreachable(_) | CallError::TimedOut) => CallHealth::Down,
        Err(_) => CallHealth::Unknown,
    }
}

/// The wait that an answer asks for: `Retry-After` (RFC 9110 §10.2.3) of a 429 or 503. What a forge says elsewhere its plugin reads.
pub(crate) fn asked_to_wait(answer: &HttpResponse, now: Timestamp) -> Option<Duration> {
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

fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, retry_after: &str) -> HttpResponse {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after.parse().unwrap());
        HttpResponse {
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
