//! The one call that carries no credential and whose answer the host keeps: an app's code for its keys.

use forgegate_model::plugin::Description;
use forgegate_sandbox::{CallError, ForgeRequest, ForgeResponse, Plugin};

use crate::blanking::Blanker;
use crate::client::{ForgeClient, refused};
use crate::principal::{app_party, public_address};
use crate::request::{Slots, Terms};
use crate::single::{RatePolicy, Wire};

/// The largest answer that is read by the host itself.
const MOST_OWN_BYTES: usize = 1 << 20;

impl ForgeClient {
    /// Makes a call without a credential and answers it whole, secrets and all: it is for the host alone. The audit log names the
    /// template, since the path carries a code.
    ///
    /// # Errors
    /// When the request is refused, or there is no answer.
    pub async fn redeem(
        &self,
        plugin: &Plugin,
        base_url: Option<&str>,
        request: ForgeRequest,
    ) -> Result<ForgeResponse, CallError> {
        let description = plugin.description();
        let base_url = base_url.map(str::to_owned).or_else(|| public_address(description));
        let base_url = base_url.ok_or_else(|| refused("the forge has no public address; name its base URL"))?;
        self.redeem_at(description, &base_url, request).await
    }

    pub(super) async fn redeem_at(
        &self,
        description: &Description,
        base_url: &str,
        request: ForgeRequest,
    ) -> Result<ForgeResponse, CallError> {
        let prepared = Terms::new(description, base_url, &[])?.prepare(request, &Slots::default())?;
        let wire = Wire {
            party: &app_party(&description.forge),
            credential: None,
            patience: RatePolicy::Probe,
            method: prepared.method,
            url: prepared.url,
            path: &prepared.template,
            headers: prepared.headers,
            body: prepared.body,
            most: Some(MOST_OWN_BYTES),
        };
        let answer = self.single(wire).await?;
        let headers = Blanker::new([]).fields(&answer.headers);
        Ok(ForgeResponse {
            status: answer.status,
            headers,
            body: answer.body,
        })
    }
}
