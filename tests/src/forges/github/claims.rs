//! The claims that an app signs for itself.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::app::App;
use super::seconds;

/// The longest time from now to a token's expiry.
const LONGEST_S: u64 = 600;

/// Checks the signature, `iat`, `exp` and `iss`, as GitHub does and in its words.
pub(super) fn check(app: &App, token: &str) -> Result<(), &'static str> {
    let unreadable = "A JSON web token could not be decoded";
    let header = decode_header(token).map_err(|_| unreadable)?;
    if header.alg != Algorithm::RS256 {
        return Err(unreadable);
    }
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let key = DecodingKey::from_rsa_der(&app.public_key());
    let claims: Value = decode(token, &key, &rules).map_err(|_| unreadable)?.claims;
    let issuer = match &claims["iss"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let settings = app.settings();
    if issuer != settings.id.to_string() && issuer != settings.client_id {
        return Err("'Issuer' claim ('iss') must be an Integer");
    }
    let now = seconds();
    match claims["iat"].as_u64() {
        Some(made) if made <= now => {}
        _ => {
            return Err(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            );
        }
    }
    match claims["exp"].as_u64() {
        Some(end) if end <= now => Err(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ),
        Some(end) if end > now + LONGEST_S => Err("'Expiration time' claim ('exp') is too far in the future"),
        Some(_) => Ok(()),
        None => Err("Missing 'expiration time' claim ('exp') in assertion"),
    }
}
