//! What the gateway answers: the API, by the table of routes in `forgegate-api`, and the pages of `ui`.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use http::{HeaderName, HeaderValue};

use crate::api;
use crate::clock::fresh_id;
use crate::gateway::AppState;
use crate::response::{Code, Problem};
use crate::ui;

/// The field that tells requests apart, in answers and in the log.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that the gateway answers.
pub fn router(state: AppState) -> Router {
    Router::new()
        .merge(api::routes())
        .merge(ui::routes())
        .fallback(async || Problem::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "this path does not take this method")
        })
        .layer(middleware::from_fn(request_id))
        .with_state(state)
}

/// Gives every answer an id: the client's own, where it is well-formed, else a fresh one.
async fn request_id(request: Request, next: Next) -> Response {
    let own = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| is_request_id(id.as_bytes()))
        .cloned();
    let id = own.or_else(|| HeaderValue::from_str(&fresh_id().to_string()).ok());
    let mut response = match &id {
        Some(id) => {
            let span = tracing::info_span!("request", request.id = id.to_str().unwrap_or_default());
            tracing::Instrument::instrument(next.run(request), span).await
        }
        None => next.run(request).await,
    };
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

fn is_request_id(id: &[u8]) -> bool {
    (1..=64).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_own_id_is_kept_only_where_it_is_well_formed() {
        assert!(is_request_id(b"Ab_9-z"));
        for bad in [&b""[..], b"a b", b"a\n", &[b'a'; 65]] {
            assert!(!is_request_id(bad));
        }
    }
}
