//! What an act is recognised by: the same, whether a webhook tells it, a second webhook, a replay, or a list that the forge was asked for.

use super::Origin;
use crate::event::Review;
use crate::timestamp::Timestamp;

/// How far two tellings of one act may be apart in time, in seconds, where nothing but the time tells it from the next of its kind.
const APART: i64 = 30;

/// What an act is recognised by, within one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// It was told before if any of these was noted.
    pub asked: Vec<String>,
    /// What is noted once it is kept.
    pub noted: Vec<String>,
}

impl Identity {
    /// An act that happens once, of this name.
    pub(super) fn once(parts: &[&str]) -> Self {
        Self::of(vec![name(parts)])
    }

    /// An act that may happen again: then its time tells. Two tellings up to half a minute apart are one act; so is what is done, undone
    /// and done again within that time.
    pub(super) fn at(parts: &[&str], at: Timestamp) -> Self {
        Self::of(moments(parts, at))
    }

    /// A ref that was made. A list tells only that it is there, wherever it stands by then; so a ref whose making is known is not made
    /// again by a list.
    pub(super) fn made(kind: &str, ref_name: &str, commit: &str, origin: Origin) -> Self {
        let there = name(&[kind, "made", ref_name]);
        let exact = name(&[kind, "made", ref_name, commit]);
        let asked = match origin {
            Origin::Sent => exact.clone(),
            Origin::Recovered => there.clone(),
        };
        Self {
            asked: vec![asked],
            noted: vec![exact, there],
        }
    }

    /// A ref that is gone: where it stood tells one removal from the next, or else the time does.
    pub(super) fn gone(kind: &str, ref_name: &str, before: Option<&str>, at: Timestamp) -> Self {
        match before {
            Some(before) => Self::once(&[kind, "gone", ref_name, before]),
            None => Self::at(&[kind, "gone", ref_name], at),
        }
    }

    /// A review. Some forges' webhooks leave out the number that their lists have: then who, what and when have to do, but only between
    /// one telling with the number and one without, since two reviews may well be given within a minute.
    pub(super) fn review(review: &Review, state: &str, at: Timestamp, origin: Origin) -> Self {
        let number = review.number.to_string();
        let author = review.author.id.as_ref().unwrap_or(&review.author.login);
        let numbered = moments(&["review", "numbered", &number, author, state], at);
        let plain = moments(&["review", "plain", &number, author, state], at);
        let Some(id) = &review.id else {
            return Self {
                asked: [plain.clone(), numbered].concat(),
                noted: plain,
            };
        };
        let own = vec![name(&["review", id, state])];
        Self {
            asked: match origin {
                Origin::Sent => own.clone(),
                Origin::Recovered => [own.clone(), plain].concat(),
            },
            noted: [own, numbered].concat(),
        }
    }

    fn of(names: Vec<String>) -> Self {
        Self {
            asked: names.clone(),
            noted: names,
        }
    }
}

/// Parts as one name. What a forge's names may hold, a line break is not in it.
fn name(parts: &[&str]) -> String {
    parts.join("\n")
}

/// Two names for a moment, each of a minute, the second half a minute later: moments up to half a minute apart share one.
fn moments(parts: &[&str], at: Timestamp) -> Vec<String> {
    let minute = |shift: i64, which: &str| {
        let minute = (at.seconds() + shift).div_euclid(2 * APART).to_string();
        name(&[parts, &[which, &minute]].concat())
    };
    vec![minute(0, "whole"), minute(APART, "half")]
}
