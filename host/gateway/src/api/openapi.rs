//! The OpenAPI document.

use axum::response::Response;
use http::StatusCode;

use crate::response::{Problem, with_json};

/// Answers the document, which `forgegate-api` makes of the table of routes.
pub async fn document() -> Result<Response, Problem> {
    let document = forgegate_api::openapi::document().map_err(Problem::internal)?;
    Ok(with_json(StatusCode::OK, document.to_string()))
}
