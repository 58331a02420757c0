//! Approvals: who may give one, and which head it releases. This is the whole rule; the forge is asked elsewhere.
//!
//! An approval comes one of four ways, from somebody who may change the code:
//! - A command in a comment. [`command::said`](crate::command::said) takes it only from a new comment by its own author, no bot, that
//!   everybody may read; the forge is asked for the [`Permission`].
//! - A review that approves ([`approving_review`]) and that the forge still counts ([`is_counted`]), with the same [`Permission`].
//! - The forge's own button, which it shows only to people who may change the code. [`Press::on`](crate::button::Press::on) takes it
//!   from a person alone.
//! - The API, by a token of the organization's or an administrator's, which names evaluation and commit.
//!
//! A replay of any of them releases nothing. An approval releases one commit, and never one that whoever approved may not have seen.
//! A command with a commit, and a review that the forge binds to one, name what they approve ([`by_name`]). Anything else approves
//! what stood there when it was written, where that stood long enough to be what somebody looked at ([`by_standing`]). What was
//! released stays foreign code: [`Trust::Approved`](crate::evaluation::Trust::Approved).

use std::time::Duration;

use crate::evaluation::State;
use crate::event::{Detail, Event, ReviewState, User};
use crate::ids::EvaluationId;
use crate::timestamp::Timestamp;

/// The permission of somebody to command and approve, by the word of the forge about the project's own repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// They may write, and so may command and approve.
    Granted,
    /// It is the account of the gateway's own token, which commands and approves nothing, whatever it may write.
    OwnAccount,
    /// They may not write.
    NoWriteAccess,
}

impl Permission {
    /// The permission of somebody who is not the gateway's own account.
    #[must_use]
    pub const fn of_access(may_write: bool) -> Self {
        if may_write { Self::Granted } else { Self::NoWriteAccess }
    }
}

/// The number of the pull request that an event approves: by a review of a person with a number, who is no bot.
#[must_use]
pub fn approving_review(event: &Event) -> Option<u64> {
    let by_person = event.actor.as_ref().is_some_and(|actor| !actor.bot);
    match &event.detail {
        Detail::Review(it) if it.state == ReviewState::Approved && it.author.id.is_some() && by_person => {
            Some(it.number)
        }
        _ => None,
    }
}

/// True where a review on the forge's list is this person's standing approval: by the same number, approving, of no older head.
#[must_use]
pub fn is_counted(person: &User, reviewer: &User, state: ReviewState, is_stale: bool) -> bool {
    reviewer.id.is_some() && reviewer.id == person.id && state == ReviewState::Approved && !is_stale
}

/// The shortest time for which a head must have stood before an approval that does not name it was written.
pub const LEAST_STANDING: Duration = Duration::from_mins(1);

/// A head of a pull request that was put on record for a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedHead {
    /// The evaluation's id.
    pub evaluation: EvaluationId,
    /// The evaluation's commit.
    pub sha: String,
    /// The evaluation's state.
    pub state: State,
    /// The time when it was made.
    pub recorded_at: Timestamp,
}

/// The time at which an approval was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// As the forge says, but never later than it came.
    pub at: Timestamp,
}

/// The reason for which an approval releases nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No head on record before it is so named.
    Unknown,
    /// More than one is.
    Ambiguous,
    /// The evaluation that it names does not wait.
    NotHeld,
    /// The head stands there for too short a time, or moved since. This one stands there now.
    Fresh {
        /// The commit to be named.
        head: String,
    },
}

impl Written {
    /// The time at which something was written that came at `received_at`. A forge whose clock is ahead does not make heads old.
    #[must_use]
    pub fn of(told: Option<&str>, received_at: Timestamp) -> Self {
        let told = told.and_then(Timestamp::parse);
        Self {
            at: told.map_or(received_at, |told| told.min(received_at)),
        }
    }
}

/// The held head that an approval releases which names a commit, in full or by how it begins. A beginning is looked for only among
/// heads that were on record when it was written, and must be one's alone: whoever pushes later may have made a commit that begins
/// the same.
///
/// # Errors
/// The reason why it releases nothing.
pub fn by_name<'a>(named: &str, written: Written, recorded: &'a [RecordedHead]) -> Result<&'a RecordedHead, Refusal> {
    let is_whole = matches!(named.len(), 40 | 64);
    let mut meant = recorded
        .iter()
        .filter(|head| head.sha.starts_with(named) && (is_whole || head.recorded_at <= written.at));
    let first = meant.next().ok_or(Refusal::Unknown)?;
    if meant.any(|head| head.sha != first.sha) {
        return Err(Refusal::Ambiguous);
    }
    let held = held(&first.sha, recorded);
    held.filter(|head| is_whole || head.recorded_at <= written.at)
        .ok_or(Refusal::NotHeld)
}

/// The held head that an approval releases which names nothing: the head, as the forge has it now, where it is the last on record
/// and stood for a minute before the approval was written.
///
/// # Errors
/// The reason why it releases nothing.
pub fn by_standing<'a>(
    written: Written,
    recorded: &'a [RecordedHead],
    head_now: &str,
) -> Result<&'a RecordedHead, Refusal> {
    let last = recorded.iter().max_by_key(|head| (head.recorded_at, head.evaluation));
    let fresh = || Refusal::Fresh {
        head: head_now.to_owned(),
    };
    if !recorded.iter().any(|head| head.state == State::Held) {
        return Err(Refusal::NotHeld);
    }
    let last = last.filter(|last| last.sha == head_now).ok_or_else(fresh)?;
    let since = recorded
        .iter()
        .filter(|head| head.sha == last.sha)
        .map(|head| head.recorded_at)
        .min();
    // A head that was pushed away and came back stands since it came back.
    let moved_at = recorded
        .iter()
        .filter(|head| head.sha != last.sha)
        .map(|head| head.recorded_at)
        .max();
    let stands_since = since.max(moved_at).unwrap_or(last.recorded_at);
    if stands_since.plus(LEAST_STANDING) > written.at {
        return Err(fresh());
    }
    held(head_now, recorded).ok_or(Refusal::NotHeld)
}

fn held<'a>(sha: &str, recorded: &'a [RecordedHead]) -> Option<&'a RecordedHead> {
    let waiting = recorded
        .iter()
        .filter(|head| head.state == State::Held && head.sha == sha);
    waiting.max_by_key(|head| head.evaluation)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const MINUTE: i64 = 60;

    fn head(sha: &str, state: State, at: i64) -> RecordedHead {
        RecordedHead {
            evaluation: EvaluationId(Uuid::from_u128(u128::from(at.unsigned_abs()))),
            sha: sha.into(),
            state,
            recorded_at: Timestamp::from_seconds(at),
        }
    }

    fn at(seconds: i64) -> Written {
        Written {
            at: Timestamp::from_seconds(seconds),
        }
    }

    fn whole(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    #[test]
    fn a_named_commit_is_released_where_it_waits() {
        let (a, b) = (whole('a'), whole('b'));
        let recorded = [head(&a, State::Held, 1), head(&b, State::Held, 2)];
        for name in [a.as_str(), "aaaaaaa"] {
            assert_eq!(by_name(name, at(5), &recorded).unwrap().sha, a);
        }
        assert_eq!(by_name("ccccccc", at(5), &recorded), Err(Refusal::Unknown));
        let ended = [head(&a, State::Superseded, 1), head(&b, State::Held, 2)];
        assert_eq!(by_name(&a, at(5), &ended), Err(Refusal::NotHeld));
    }

    #[test]
    fn a_beginning_means_only_what_was_there_and_one_alone() {
        let (early, late) = (
            "abcdef0".to_owned() + &"1".repeat(33),
            "abcdef0".to_owned() + &"2".repeat(33),
        );
        let recorded = [head(&early, State::Superseded, 1), head(&late, State::Held, 10)];
        assert_eq!(
            by_name("abcdef0", at(5), &recorded),
            Err(Refusal::NotHeld),
            "what was pushed since is not meant"
        );
        assert_eq!(by_name("abcdef0", at(11), &recorded), Err(Refusal::Ambiguous));
        assert_eq!(
            by_name(&late, at(5), &recorded).unwrap().sha,
            late,
            "a whole id means one commit"
        );
    }

    #[test]
    fn an_approval_that_names_nothing_is_for_a_head_that_stood_a_minute() {
        let (a, b) = (whole('a'), whole('b'));
        let one = [head(&a, State::Held, 0)];
        let fresh = |head: &str| Err(Refusal::Fresh { head: head.into() });
        assert_eq!(by_standing(at(MINUTE), &one, &a).unwrap().sha, a);
        assert_eq!(by_standing(at(MINUTE - 1), &one, &a), fresh(&a));
        assert_eq!(
            by_standing(at(MINUTE), &one, &b),
            fresh(&b),
            "the forge has another head"
        );
        let moved = [head(&a, State::Held, 0), head(&b, State::Held, 30)];
        assert_eq!(by_standing(at(MINUTE), &moved, &b), fresh(&b));
        assert_eq!(by_standing(at(90), &moved, &b).unwrap().sha, b);
        assert_eq!(by_standing(at(90), &moved, &a), fresh(&a), "another head came since");
        let back = [
            head(&a, State::Held, 0),
            head(&b, State::Superseded, 80),
            head(&a, State::Held, 100),
        ];
        assert_eq!(
            by_standing(at(120), &back, &a),
            fresh(&a),
            "it stands since it came back"
        );
        let nothing = [head(&a, State::Succeeded, 0)];
        assert_eq!(by_standing(at(MINUTE), &nothing, &a), Err(Refusal::NotHeld));
    }

    #[test]
    fn a_clock_that_is_ahead_makes_no_head_old() {
        let received = Timestamp::from_seconds(100);
        let told = |text: &str| Written::of(Some(text), received).at;
        assert_eq!(told("1970-01-01T00:00:50Z"), Timestamp::from_seconds(50));
        assert_eq!(told("2999-01-01T00:00:00Z"), received);
        assert_eq!(told("yesterday"), received);
        assert_eq!(Written::of(None, received).at, received);
    }

    proptest! {
        /// Whoever approves at some time has seen at most what was on record then.
        #[test]
        fn nothing_that_was_pushed_after_the_approval_is_ever_released_unless_it_is_named_whole(
            heads in prop::collection::vec((0..4_u8, 0..200_i64), 1..8),
            written in 0..200_i64,
            now in 0..4_u8,
            named in 0..4_u8,
        ) {
            let sha = |it: u8| format!("abcdef0{}", it.to_string().repeat(33));
            let recorded: Vec<_> = heads.iter().map(|&(it, at)| head(&sha(it), State::Held, at)).collect();
            for released in [
                by_standing(at(written), &recorded, &sha(now)),
                by_name(&sha(named)[..9], at(written), &recorded),
            ].into_iter().flatten() {
                prop_assert!(recorded.iter().any(|it| it.sha == released.sha && it.recorded_at <= at(written).at));
            }
        }
    }
}
