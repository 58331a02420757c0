//! Slots in requests of plugins: the host fills in what a plugin never sees, or does not know.

use forgegate_model::secret::Secret;
use forgegate_sandbox::{CallError, ForgeRequest};

/// A slot stands alone in a segment or a query's value, and in a body as a JSON string of its own: text that people wrote and that
/// happens to hold its name is left as it is.
const INSTALLATION: &str = "{installation}";
const WEBHOOK_SECRET: &str = "\"{webhook-secret}\"";
const REPOSITORY: &str = "\"{repository-id}\"";

/// Values of the slots.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// The installation that calls are made for.
    pub installation: Option<String>,
    /// The webhook secret, where this session is to write one.
    pub webhook_secret: Option<Secret>,
}

impl Slots {
    /// A segment or a query's value, filled where it is a slot.
    pub fn fill_text(&self, text: String) -> String {
        match &self.installation {
            Some(id) if text == INSTALLATION => id.clone(),
            _ => text,
        }
    }

    /// Fills the slots of a body.
    ///
    /// # Errors
    /// `Refused` for a secret that is no text.
    pub fn fill_body(&self, body: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let quoted = |text: &str| serde_json::to_vec(text).map_err(|error| CallError::Other(error.to_string()));
        let mut body = body;
        if let Some(id) = &self.installation {
            let slot = format!("\"{INSTALLATION}\"");
            body = replace(&body, slot.as_bytes(), &quoted(id)?);
        }
        if let Some(secret) = &self.webhook_secret {
            let text = std::str::from_utf8(secret.expose());
            let text = text.map_err(|_| CallError::Refused("the webhook secret is no text".to_owned()))?;
            body = replace(&body, WEBHOOK_SECRET.as_bytes(), &quoted(text)?);
        }
        Ok(body)
    }
}

/// Fills the repository's slot in the body by which a token is asked for. Where the session is for no repository, or its number is none,
/// nothing narrows: the body is left out. Answers whether the token is for that repository alone.
pub fn narrow(request: &mut ForgeRequest, repository: Option<&str>) -> bool {
    let Some(body) = request.body.take_if(|body| find(body, REPOSITORY.as_bytes()).is_some()) else {
        return false;
    };
    let number = repository.filter(|id| !id.is_empty() && id.len() <= 20 && id.bytes().all(|it| it.is_ascii_digit()));
    request.body = number.map(|id| replace(&body, REPOSITORY.as_bytes(), id.as_bytes()));
    request.body.is_some()
}

fn replace(body: &[u8], slot: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) =
        find(rest, slot).and_then(|at| Some((rest.get(..at)?, rest.get(at + slot.len()..)?)))
    {
        out.extend_from_slice(before);
        out.extend_from_slice(value);
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

fn find(body: &[u8], slot: &[u8]) -> Option<usize> {
    body.windows(slot.len()).position(|window| window == slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::forge::post;

    #[test]
    fn a_token_is_narrowed_to_a_repository_or_the_body_is_left_out() {
        let narrowed = |repository: Option<&str>| {
            let mut request = post(&["x"], r#"{"repository_ids":["{repository-id}"]}"#);
            narrow(&mut request, repository);
            request.body.map(|body| String::from_utf8(body).unwrap())
        };
        assert_eq!(narrowed(Some("7")).as_deref(), Some(r#"{"repository_ids":[7]}"#));
        assert_eq!(narrowed(None), None);
        assert_eq!(narrowed(Some("7],\"x\":[1")), None);
        let mut plain = post(&["x"], r#"{"permissions":{}}"#);
        narrow(&mut plain, None);
        assert!(plain.body.is_some());
    }
}
