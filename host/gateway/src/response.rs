//! Answers: the envelope, and the status code of each machine-readable code. A recorded delivery has that of its outcome (`record`).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use forgegate_storage::StoreError;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

/// The codes of the contract: stable words for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    BadRequest,
    InvalidName,
    InvalidAllowedIp,
    InvalidRepository,
    WeakSecret,
    MalformedPayload,
    UnknownInstallation,
    AppManaged,
    Unauthorized,
    SignatureMissing,
    SignatureStale,
    SignatureMismatch,
    Forbidden,
    ForbiddenSourceIp,
    NotFound,
    MethodNotAllowed,
    PayloadTooLarge,
    UnsupportedContentType,
    AlreadyExists,
    Conflict,
    LeaseLost,
    NoSecret,
    Overloaded,
    TooSlow,
    Draining,
    AppNotConfigured,
    PluginUnavailable,
    StorageUnavailable,
    Internal,
}

impl Code {
    /// The word and the status.
    const fn code_and_status(self) -> (&'static str, StatusCode) {
        match self {
            Self::BadRequest => ("bad_request", StatusCode::BAD_REQUEST),
            Self::InvalidName => ("invalid_name", StatusCode::BAD_REQUEST),
            Self::InvalidAllowedIp => ("invalid_allowed_ip", StatusCode::BAD_REQUEST),
            Self::InvalidRepository => ("invalid_repository", StatusCode::BAD_REQUEST),
            Self::WeakSecret => ("weak_secret", StatusCode::BAD_REQUEST),
            Self::MalformedPayload => ("malformed_payload", StatusCode::BAD_REQUEST),
            Self::UnknownInstallation => ("unknown_installation", StatusCode::BAD_REQUEST),
            Self::AppManaged => ("app_managed", StatusCode::BAD_REQUEST),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED),
            Self::SignatureMissing => ("signature_missing", StatusCode::UNAUTHORIZED),
            Self::SignatureStale => ("signature_stale", StatusCode::UNAUTHORIZED),
            Self::SignatureMismatch => ("signature_mismatch", StatusCode::UNAUTHORIZED),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN),
            Self::ForbiddenSourceIp => ("forbidden_source_ip", StatusCode::FORBIDDEN),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::PayloadTooLarge => ("payload_too_large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnsupportedContentType => ("unsupported_content_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::AlreadyExists => ("already_exists", StatusCode::CONFLICT),
            Self::Conflict => ("conflict", StatusCode::CONFLICT),
            Self::LeaseLost => ("lease_lost", StatusCode::CONFLICT),
            Self::NoSecret => ("no_secret", StatusCode::SERVICE_UNAVAILABLE),
            Self::Overloaded => ("overloaded", StatusCode::SERVICE_UNAVAILABLE),
            Self::TooSlow => ("too_slow", StatusCode::SERVICE_UNAVAILABLE),
            Self::Draining => ("draining", StatusCode::SERVICE_UNAVAILABLE),
            Self::AppNotConfigured => ("app_not_configured", StatusCode::SERVICE_UNAVAILABLE),
            Self::PluginUnavailable => ("plugin_unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::StorageUnavailable => ("storage_unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        self.code_and_status().0
    }

    /// The status.
    pub const fn status(self) -> StatusCode {
        self.code_and_status().1
    }

    /// Whether the same request may succeed a moment later.
    const fn asks_to_retry(self) -> bool {
        matches!(
            self,
            Self::Overloaded | Self::TooSlow | Self::Draining | Self::StorageUnavailable | Self::PluginUnavailable
        )
    }
}

/// A request that is not done, with one plain sentence for whoever sent it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The code.
    pub code: Code,
    /// The sentence.
    pub message: String,
}

impl Problem {
    /// A problem.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// Something that is not there, or that the caller may not know of.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// A request that says what cannot be.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// The body of its answer.
    pub fn envelope(&self) -> String {
        json!({ "error": true, "code": self.code.as_str(), "message": self.message }).to_string()
    }

    /// A failure of ours. The cause goes to the log, under the request's id; the answer tells nothing of it.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "a request failed inside: {cause}");
        Self::new(
            Code::Internal,
            "something failed inside; the log has the cause under this request's id",
        )
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists(what) => Self::new(Code::AlreadyExists, format!("there is already the {what}")),
            StoreError::NotFound(what) => Self::new(Code::NotFound, format!("there is no {what}")),
            StoreError::Conflict(sentence) => Self::new(Code::Conflict, sentence),
            StoreError::LeaseLost => Self::new(
                Code::LeaseLost,
                "the lease is lost: another worker may have the evaluation",
            ),
            StoreError::Invalid(sentence) => Self::new(Code::BadRequest, sentence),
            StoreError::Expired | StoreError::Busy => {
                Self::new(Code::Overloaded, "too much is waiting to be written; send it again")
            }
            StoreError::Unavailable(cause) => {
                tracing::error!(error = %cause, "the storage is not available: {cause}");
                Self::new(
                    Code::StorageUnavailable,
                    "the storage is not available; the log has the cause",
                )
            }
            StoreError::Sealed(cause) => Self::internal(cause),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = with_json(self.code.status(), self.envelope());
        if self.code.asks_to_retry() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// 200 with a message in the envelope.
pub fn ok(message: impl Serialize) -> Response {
    enveloped(StatusCode::OK, message)
}

/// 201 with a message in the envelope.
pub fn created(message: impl Serialize) -> Response {
    enveloped(StatusCode::CREATED, message)
}

/// 202 with a message in the envelope.
pub fn accepted(message: impl Serialize) -> Response {
    enveloped(StatusCode::ACCEPTED, message)
}

/// 204.
pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// An answer whose envelope is there already.
pub fn with_json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn enveloped(status: StatusCode, message: impl Serialize) -> Response {
    match serde_json::to_value(message) {
        Ok(message) => with_json(status, json!({ "error": false, "message": message }).to_string()),
        Err(error) => Problem::internal(error).into_response(),
    }
}
