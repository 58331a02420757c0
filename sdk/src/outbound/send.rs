//! One call to the forge: made by the host or, in a plugin's own tests, answered by a script.

use super::{CallError, Request, Response};

/// Makes one call to the forge, by way of the host, and waits for its answer. Refused outside of the functions of
/// [`Outbound`](crate::Outbound), and natively, where there is no host unless a test plays one (`testing::forge`).
pub fn send(request: &Request) -> Result<Response, CallError> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::forgegate::plugin::forge_api::send(request);
    #[cfg(all(not(target_family = "wasm"), feature = "testing"))]
    if let Some(answer) = script::answer(request) {
        return answer;
    }
    #[cfg(not(target_family = "wasm"))]
    return Err(CallError::Refused(format!(
        "no host to send {:?} /{} through",
        request.method,
        request.path.join("/")
    )));
}

/// The script that answers the calls of this thread.
#[cfg(all(not(target_family = "wasm"), feature = "testing"))]
pub(crate) mod script {
    use std::cell::RefCell;

    use super::{CallError, Request, Response};

    /// Answers a call in the forge's stead.
    pub(crate) type Script = Box<dyn FnMut(&Request) -> Result<Response, CallError>>;

    thread_local! {
        static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
    }

    /// Lets a script answer from now on, or nothing.
    pub(crate) fn set(script: Option<Script>) {
        SCRIPT.set(script);
    }

    /// The script's answer; `None` where there is no script.
    pub(super) fn answer(request: &Request) -> Option<Result<Response, CallError>> {
        // Taken out meanwhile, so that it may panic, or be dropped, without being borrowed.
        let mut script = SCRIPT.take()?;
        let answer = script(request);
        SCRIPT.set(Some(script));
        Some(answer)
    }
}
