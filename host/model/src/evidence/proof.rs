//! One proof under check: an HMAC fed while the body arrives, or a token compared.

use super::{Digest, Keys, LiveKey, MOST_PARTS, MOST_SKEW_SECONDS, MOST_TAGS, MacProof, Part};
use crate::crypto::{self, MacState};
use crate::header::Headers;
use crate::secret::Secret;
use crate::timestamp::Timestamp;

/// An HMAC under check, once for each live key.
pub(super) struct MacCheck {
    tags: Vec<Vec<u8>>,
    states: Vec<(usize, MacState)>,
    body: BodyPart,
    after: Vec<u8>,
    skew: Option<i64>,
}

/// The form of the body in the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BodyPart {
    Raw,
    Payload,
}

/// A proof that held.
pub(super) struct Held {
    /// The index of the key among the live ones of its kind.
    pub key: usize,
    /// True if its time of sending is too far away.
    pub stale: bool,
}

impl MacCheck {
    /// Begins the check: everything before the body is taken in. The error says why this proof can never hold.
    pub(super) fn begin(proof: &MacProof, headers: &Headers, keys: &Keys, at: Timestamp) -> Result<Self, String> {
        well_formed(proof)?;
        let place = body_place(&proof.message)?;
        let (before, rest) = proof.message.split_at(place);
        let body = if matches!(rest.first(), Some(Part::RawBody)) {
            BodyPart::Raw
        } else {
            BodyPart::Payload
        };
        let before = render(before, headers)?;
        let after = render(rest.get(1..).unwrap_or_default(), headers)?;
        let covers: Vec<String> = proof.message.iter().filter_map(covered).collect();
        let skew = proof
            .sent_at
            .as_deref()
            .map(|field| skew(field, &covers, headers, at))
            .transpose()?;
        let states = keys
            .of(proof.credential)
            .iter()
            .filter_map(|live| start(proof.digest, live, &before))
            .collect();
        Ok(Self {
            tags: proof.tags.clone(),
            states,
            body,
            after,
            skew,
        })
    }

    /// Takes in more of the body, where the message holds it as it is.
    pub(super) fn update(&mut self, chunk: &[u8]) {
        if self.body == BodyPart::Raw {
            for (_, state) in &mut self.states {
                state.update(chunk);
            }
        }
    }

    /// Ends the check. Every key and every tag is tried, whichever held before.
    pub(super) fn finish(mut self, payload: &[u8]) -> Option<Held> {
        let mut held = None;
        for (key, state) in &mut self.states {
            if self.body == BodyPart::Payload {
                state.update(payload);
            }
            state.update(&self.after);
            for tag in &self.tags {
                if state.has_tag(tag) && held.is_none() {
                    held = Some(*key);
                }
            }
        }
        let stale = self.skew.is_some_and(|skew| skew > MOST_SKEW_SECONDS);
        held.map(|key| Held { key, stale })
    }
}

/// The index of the live secret that equals the token, if one does. Every secret is tried.
pub(super) fn token(value: &[u8], secrets: &[LiveKey]) -> Option<usize> {
    let mut held = None;
    for live in secrets {
        if !live.key.is_empty() && crypto::equal(value, live.key.expose()) && held.is_none() {
            held = Some(live.index);
        }
    }
    held
}

fn well_formed(proof: &MacProof) -> Result<(), String> {
    if proof.message.len() > MOST_PARTS {
        return Err(format!("a proof's message has more than {MOST_PARTS} parts"));
    }
    if proof.tags.is_empty() || proof.tags.len() > MOST_TAGS {
        return Err(format!("a proof has not 1 to {MOST_TAGS} tags"));
    }
    if proof.tags.iter().any(|tag| tag.len() != proof.digest.tag_bytes()) {
        return Err("a tag has not the length of its digest".to_owned());
    }
    Ok(())
}

/// The place of the body in the message, which it must hold exactly once: a proof that covers no body proves nothing.
fn body_place(message: &[Part]) -> Result<usize, String> {
    let mut places = message
        .iter()
        .enumerate()
        .filter(|(_, part)| matches!(part, Part::RawBody | Part::Payload))
        .map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        _ => Err("a proof's message does not hold the body exactly once".to_owned()),
    }
}

fn render(parts: &[Part], headers: &Headers) -> Result<Vec<u8>, String> {
    let mut message = Vec::new();
    for part in parts {
        match part {
            Part::Header(name) => message.extend_from_slice(needed(headers, name)?.as_bytes()),
            Part::Text(text) => message.extend_from_slice(text.as_bytes()),
            Part::RawBody | Part::Payload => {}
        }
    }
    Ok(message)
}

fn needed<'a>(headers: &'a Headers, name: &str) -> Result<&'a str, String> {
    match headers.single(name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(format!("the header `{name}` is missing")),
        Err(error) => Err(error.to_string()),
    }
}

fn covered(part: &Part) -> Option<String> {
    if let Part::Header(name) = part {
        Some(name.clone())
    } else {
        None
    }
}

/// The seconds between the time of sending and now. A time that the message does not cover could be anybody's.
fn skew(field: &str, covers: &[String], headers: &Headers, at: Timestamp) -> Result<i64, String> {
    if !covers.iter().any(|name| name == field) {
        return Err(format!("the proof does not cover its time of sending, `{field}`"));
    }
    let sent: i64 = needed(headers, field)?
        .parse()
        .map_err(|_| format!("the header `{field}` is no number of seconds"))?;
    Ok(sent.saturating_sub(at.seconds()).saturating_abs())
}

fn start(digest: Digest, live: &LiveKey, before: &[u8]) -> Option<(usize, MacState)> {
    let key: &Secret = &live.key;
    let mut state = MacState::new(digest, key.expose())?;
    state.update(before);
    Some((live.index, state))
}
