//! The import `forge-api`: hands the guest's request to whoever may make it, or refuses.

use forgegate_model::plugin::Method;

use super::{BadCall, Guest};
use crate::bindings::forgegate::plugin::{events, forge_api as wit, types};
use crate::translate::{self, BadOutput, headers};
use crate::{CallError, ForgeResponse};

impl types::Host for Guest {}
impl events::Host for Guest {}

impl wit::Host for Guest {
    async fn send(&mut self, request: wit::Request) -> wasmtime::Result<Result<wit::Response, wit::CallError>> {
        let Some(context) = self.context.clone() else {
            self.counters.refused_call();
            return Ok(Err(wit::CallError::Refused(
                "only the functions of outbound may call".to_owned(),
            )));
        };
        let request = translate::request(request).map_err(|BadOutput(what)| BadCall(what))?;
        let answer = context.send(request).await?;
        Ok(answer.map(Into::into).map_err(Into::into))
    }
}

impl From<types::Method> for Method {
    fn from(method: types::Method) -> Self {
        match method {
            types::Method::Get => Self::Get,
            types::Method::Post => Self::Post,
            types::Method::Put => Self::Put,
            types::Method::Patch => Self::Patch,
            types::Method::Delete => Self::Delete,
        }
    }
}

impl From<ForgeResponse> for wit::Response {
    fn from(response: ForgeResponse) -> Self {
        Self {
            status: response.status,
            headers: headers::to_guest(&response.headers, &[]),
            body: response.body,
        }
    }
}

impl From<CallError> for wit::CallError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(text) => Self::Refused(text),
            CallError::Unreachable(text) => Self::Unreachable(text),
            CallError::TimedOut => Self::TimedOut,
            CallError::TooLarge => Self::TooLarge,
            CallError::RateLimited(seconds) => Self::RateLimited(seconds),
            CallError::Other(text) => Self::Other(text),
        }
    }
}
