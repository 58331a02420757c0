//! The answer to a token exchange. It never leaves this file: only the token and its end do.

use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;
use forgegate_sandbox::outbound::TokenExchange;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::http_client::HttpResponse;
use crate::minted_tokens::MintedToken;

/// Reads the token and its end where the plugin says they are.
///
/// # Errors
/// When the forge gave none. The text names its status, never its words.
pub(super) fn read(answer: HttpResponse, exchange: &TokenExchange) -> Result<MintedToken, CallError> {
    let status = answer.status;
    if !(200..300).contains(&status) {
        return Err(CallError::Other(format!(
            "the forge gave no token for the app: it answered {status}"
        )));
    }
    let body = Zeroizing::new(answer.body);
    let bad = || CallError::Other("the forge's answer holds no token with its end".to_owned());
    let mut value: Value = serde_json::from_slice(&body).map_err(|_| bad())?;
    let expires_at = value.pointer(&exchange.expires_at).and_then(end).ok_or_else(bad)?;
    match value.pointer_mut(&exchange.token).map(Value::take) {
        Some(Value::String(token)) if !token.is_empty() => Ok(MintedToken {
            token: Secret::new(token),
            expires_at,
        }),
        _ => Err(bad()),
    }
}

/// A time in RFC 3339, or in seconds since 1970.
fn end(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::parse(text),
        Value::Number(number) => number.as_i64().map(Timestamp::from_seconds),
        _ => None,
    }
}
