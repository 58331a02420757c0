//! Identities of acts: the same, whether a webhook tells it, a second webhook, a replay, or a list that the forge was asked for.

use crate::timestamp::Timestamp;

/// The greatest distance of two reports of one act in time, in seconds, where nothing but the time tells it from the next of its kind.
const APART: i64 = 30;

/// The identity of an act within one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// It was told before if any of these was noted.
    pub asked: Vec<String>,
    /// The names that are noted once it is kept.
    pub noted: Vec<String>,
}

impl Identity {
    /// An act that happens once, of this name.
    pub(super) fn once(parts: &[&str]) -> Self {
        Self::of(vec![name(parts)])
    }

    /// An act that may happen again: then its time tells. Two tellings up to half a minute apart are one act; so is what is done,
    /// undone and done again within that time.
    pub(super) fn at(parts: &[&str], at: Timestamp) -> Self {
        Self::of(moments(parts, at))
    }

    /// An act that something tells from all others, which one way of telling leaves out and another has: where a ref stood, the
    /// number of a review. Between one telling with it and one without, the time has to do; between two with it, two within a minute
    /// are two.
    pub(super) fn known_by(parts: &[&str], own: Option<&str>, at: Timestamp) -> Self {
        let with = moments(&[parts, &["with"]].concat(), at);
        let without = moments(&[parts, &["without"]].concat(), at);
        let Some(own) = own else {
            return Self {
                asked: [without.clone(), with].concat(),
                noted: without,
            };
        };
        let exact = vec![name(&[parts, &["is", own]].concat())];
        Self {
            asked: [exact.clone(), without].concat(),
            noted: [exact, with].concat(),
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
