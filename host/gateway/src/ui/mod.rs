//! Pages for people: one file a page. They show what the API shows, to the same tokens, and do what it does.
//!
//! The browser asks for the token as a password (HTTP Basic), so that nothing is stored for it here or there. It sends the token by itself with every
//! request to this host, whoever wrote the page that made it: what changes something is done only where the browser says that a page of
//! the gateway's own asked for it.

mod approvals;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::access::{self, Caller};
use crate::gateway::AppState;
use crate::html;
use crate::response::{Code, Problem};

/// The largest form.
const MOST_FORM_BYTES: usize = 16 << 10;

/// Every page.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/ui/approvals", get(approvals::show).post(approvals::approve))
        .route_layer(middleware::from_fn(access::audit_refusals))
        .layer(DefaultBodyLimit::max(MOST_FORM_BYTES))
}

/// Whoever reads a page.
pub struct Visitor(pub Caller);

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Caller::by_password(&state.0.core, parts) {
            Ok(caller) => Ok(Self(caller)),
            Err(problem) => Err(sign_in(&problem)),
        }
    }
}

impl Visitor {
    /// Goes on only where a page of the gateway's own asked for it.
    ///
    /// # Errors
    /// `forbidden` where another did, or where the browser does not say.
    pub fn asked_here(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let field = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
        let is_own = match field("sec-fetch-site") {
            Some(site) => site == b"same-origin",
            None => field("origin") == Some(self.0.origin.as_bytes()),
        };
        if is_own {
            Ok(())
        } else {
            let sentence = "this was not asked for by a page of the gateway's own";
            Err(Problem::new(Code::Forbidden, sentence))
        }
    }
}

/// A problem, for people.
fn problem(problem: &Problem) -> Response {
    let body = format!("<p>{}.</p>", html::escaped(&problem.message));
    html::page(problem.code.status(), "It was not done", &body)
}

/// Has the browser ask for a token.
fn sign_in(problem: &Problem) -> Response {
    let body = format!(
        "<p>{}.</p><p>The password is an access token; the name may be anything.</p>",
        html::escaped(&problem.message)
    );
    let mut response = html::page(StatusCode::UNAUTHORIZED, "A token is needed", &body).into_response();
    let wanted = HeaderValue::from_static("Basic realm=\"Forgegate\", charset=\"UTF-8\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, wanted);
    response
}
