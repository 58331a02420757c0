//! The exchange of a new app's code for its keys: the one call that carries no credential and whose answer the host keeps.

use forgegate_model::plugin::Description;
use forgegate_sandbox::{CallError, ForgeRequest, ForgeResponse, Plugin};

use crate::call::Call;
use crate::client::{ForgeClient, refused};
use crate::http_client::HttpRequest;
use crate::options::RatePolicy;
use crate::principal::{app_party, public_address};
use crate::redaction::Redactor;
use crate::request::{RequestRules, Slots};

/// The largest answer that is read by the host itself.
const MOST_OWN_BYTES: usize = 1 << 20;

impl ForgeClient {
    /// Exchanges a code: makes the call without a credential and answers it whole, secrets and all. The answer is for the host alone. The audit log names the
    /// template, since the path carries a code.
    ///
    /// # Errors
    /// When the request is refused, or there is no answer.
    pub async fn exchange_code(
        &self,
        plugin: &Plugin,
        base_url: Option<&str>,
        request: ForgeRequest,
    ) -> Result<ForgeResponse, CallError> {
        let description = plugin.description();
        let base_url = base_url.map(str::to_owned).or_else(|| public_address(description));
        let base_url = base_url.ok_or_else(|| refused("the forge has no public address; name its base URL"))?;
        self.exchange_code_at(description, &base_url, request).await
    }

    pub(crate) async fn exchange_code_at(
        &self,
        description: &Description,
        base_url: &str,
        request: ForgeRequest,
    ) -> Result<ForgeResponse, CallError> {
        let prepared = RequestRules::new(description, base_url, &[])?.prepare(request, &Slots::default())?;
        let call = Call {
            party: &app_party(&description.forge),
            budget_key: None,
            rate_policy: RatePolicy::Probe,
            logged_path: prepared.template,
            request: HttpRequest {
                method: prepared.method,
                url: prepared.url,
                headers: prepared.headers,
                body: prepared.body,
                most: Some(MOST_OWN_BYTES),
            },
        };
        let answer = self.call(call).await?;
        let headers = Redactor::new([]).fields(&answer.headers);
        Ok(ForgeResponse {
            status: answer.status,
            headers,
            body: answer.body,
        })
    }
}
