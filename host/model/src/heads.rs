//! Heads: the commits that a branch or pull request is known to have stood at, and what follows from a delivery or a poll of the forge.
//!
//! Deliveries come late, twice, in any order, or not at all; a poll finds for certain where something stood when the forge was
//! asked. A commit that a delivery or a poll brought stays known until something is known to have moved away from it: so what stands
//! back at an older commit has moved, and a delivery that comes late has not.

use serde::{Deserialize, Serialize};

use crate::crypto::sha256;
use crate::event::{Detail, Event, PullRequestState};
use crate::timestamp::Timestamp;

/// The most commits that are known of one head. Those of synthesized deliveries are remembered longest.
const MOST_KNOWN: usize = 16;

/// A thing that has a head: a branch, by its full ref, or a pull request, by its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeadName {
    /// A branch, by its full ref.
    Branch(String),
    /// A pull request, by its number.
    PullRequest(u64),
}

/// The move of a head, as an event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadMove {
    /// The head that moved.
    pub head: HeadName,
    /// The commit from which, where the event tells.
    pub before: Option<String>,
    /// The commit to which; none where it is gone.
    pub after: Option<String>,
}

/// The way by which a commit came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum How {
    /// A poll found it, and nothing was to be done: it was there from the beginning, or nobody wanted it.
    Noted,
    /// A delivery of the forge's named it.
    Told,
    /// A poll found it, and a synthesized delivery was made of it.
    Stated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// 64 bits that tell the commit from others.
    mark: u64,
    how: How,
    /// True if the head is known to have moved on from it.
    left: bool,
}

/// All that is known of one head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The commit where it stands, as far as is known; none where it is gone.
    now: Option<String>,
    /// The commits that it stood at, the one that was last named last.
    known: Vec<Known>,
    /// The time of the last delivery that named it.
    told_at: Option<Timestamp>,
}

/// The comparison of a poll's answer with what is known of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadComparison {
    /// It is where it is known to be.
    Still,
    /// It stands at a commit that is known, and is no longer taken to stand elsewhere.
    Known,
    /// A delivery named it after the forge was asked: the next poll tells.
    Busy,
    /// It moved, and no delivery came. It stood at this commit before, where one is known.
    Missed(Option<String>),
}

impl HeadName {
    /// The head of a list that a forge gives: of a pull request, or of a branch.
    #[must_use]
    pub fn listed(ref_name: &str, pull_request: Option<u64>) -> Self {
        pull_request.map_or_else(|| Self::Branch(ref_name.to_owned()), Self::PullRequest)
    }
}

impl HeadMove {
    /// The move that an event tells of: a push to a branch, or what may have changed a pull request's head. None for other events.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.detail {
            Detail::Push(it) if it.ref_name.starts_with("refs/heads/") => Some(Self {
                head: HeadName::Branch(it.ref_name.clone()),
                before: it.before.clone(),
                after: it.after.clone().filter(|_| !it.deleted),
            }),
            Detail::PullRequest(it) => {
                let closed = it.state != PullRequestState::Open;
                (closed || it.new_code).then(|| Self {
                    head: HeadName::PullRequest(it.number),
                    before: it.before.clone(),
                    after: it.head.sha.clone().filter(|_| !closed),
                })
            }
            _ => None,
        }
    }
}

impl Watermark {
    /// The commit where the head stands, as far as is known; none where it is gone.
    #[must_use]
    pub fn now(&self) -> Option<&str> {
        self.now.as_deref()
    }

    /// The time of the last delivery that named it.
    #[must_use]
    pub const fn told_at(&self) -> Option<Timestamp> {
        self.told_at
    }

    /// True where a synthesized delivery brought the commit, so that a delivery of the forge's comes too late to make anything of it.
    #[must_use]
    pub fn was_synthesized(&self, sha: &str) -> bool {
        self.find(sha).is_some_and(|it| it.how == How::Stated)
    }

    /// Applies a delivery of the forge's that moved the head.
    pub fn apply(&mut self, moved: &HeadMove, at: Timestamp) {
        self.told_at = self.told_at.max(Some(at));
        if moved.before != moved.after {
            self.leave(moved.before.as_deref());
        }
        if let Some(sha) = &moved.after {
            let how = if self.was_synthesized(sha) {
                How::Stated
            } else {
                How::Told
            };
            self.enter(sha, how);
        }
        self.now.clone_from(&moved.after);
    }

    /// Compares with a poll, begun at `asked`, that found the head `there`, or nowhere.
    #[must_use]
    pub fn compare(&self, there: Option<&str>, asked: Timestamp) -> HeadComparison {
        if self.now() == there {
            HeadComparison::Still
        } else if self.told_at.is_some_and(|at| at >= asked) {
            HeadComparison::Busy
        } else if there.is_some_and(|sha| self.find(sha).is_some_and(|it| !it.left)) {
            HeadComparison::Known
        } else {
            HeadComparison::Missed(self.now.clone())
        }
    }

    /// Notes that a poll found it there, and that nothing is to be done.
    pub fn note(&mut self, there: Option<&str>) {
        self.observe(there, How::Noted);
    }

    /// Notes that a poll found it there, and that a synthesized delivery was made of it.
    pub fn note_synthesized(&mut self, there: Option<&str>) {
        self.observe(there, How::Stated);
    }

    fn observe(&mut self, there: Option<&str>, how: How) {
        if self.now() != there {
            let before = self.now.take();
            self.leave(before.as_deref());
        }
        if let Some(sha) = there {
            let how = match self.find(sha) {
                Some(known) if how == How::Noted => known.how,
                _ => how,
            };
            self.enter(sha, how);
        }
        self.now = there.map(str::to_owned);
    }

    fn find(&self, sha: &str) -> Option<&Known> {
        let mark = mark(sha);
        self.known.iter().find(|it| it.mark == mark)
    }

    fn leave(&mut self, sha: Option<&str>) {
        let mark = sha.map(mark);
        let known = self.known.iter_mut().find(|it| Some(it.mark) == mark);
        if let Some(known) = known {
            known.left = true;
        }
    }

    fn enter(&mut self, sha: &str, how: How) {
        let mark = mark(sha);
        self.known.retain(|it| it.mark != mark);
        if self.known.len() >= MOST_KNOWN {
            let oldest = self.known.iter().position(|it| it.how != How::Stated);
            self.known.remove(oldest.unwrap_or_default());
        }
        let left = false;
        self.known.push(Known { mark, how, left });
    }
}

/// Short, since it stands in every row; and of a hash, so that it is nobody's to choose.
fn mark(sha: &str) -> u64 {
    let hash = sha256(sha.as_bytes());
    hash.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;

    fn sha(letter: char) -> String {
        letter.to_string().repeat(40)
    }

    fn moved(before: Option<char>, after: Option<char>) -> HeadMove {
        HeadMove {
            head: HeadName::Branch("refs/heads/main".to_owned()),
            before: before.map(sha),
            after: after.map(sha),
        }
    }

    const fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    /// Standing at `a` from the beginning.
    fn first() -> Watermark {
        let mut it = Watermark::default();
        it.note(Some(&sha('a')));
        it
    }

    fn compared(it: &Watermark, there: char) -> HeadComparison {
        it.compare(Some(&sha(there)), at(1_000))
    }

    fn missed(before: char) -> HeadComparison {
        HeadComparison::Missed(Some(sha(before)))
    }

    #[test]
    fn what_nobody_told_was_missed_and_is_stated_once() {
        let mut it = first();
        assert_eq!(compared(&it, 'a'), HeadComparison::Still);
        assert_eq!(compared(&it, 'b'), missed('a'));
        it.note_synthesized(Some(&sha('b')));
        assert_eq!(compared(&it, 'b'), HeadComparison::Still);
        assert!(it.was_synthesized(&sha('b')) && !it.was_synthesized(&sha('a')));
        assert_eq!(
            Watermark::default().compare(Some(&sha('a')), at(1)),
            HeadComparison::Missed(None)
        );
    }

    #[test]
    fn what_was_told_is_never_stated_in_whatever_order_it_was_told() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let way = [('a', 'b'), ('b', 'c'), ('c', 'd')];
            let mut it = first();
            for step in order {
                let (before, after) = way[step];
                it.apply(&moved(Some(before), Some(after)), at(2));
            }
            assert!(
                matches!(compared(&it, 'd'), HeadComparison::Still | HeadComparison::Known),
                "{order:?}"
            );
        }
    }

    #[test]
    fn a_delivery_that_comes_late_moves_nothing_back() {
        let mut it = first();
        it.note_synthesized(Some(&sha('b')));
        it.note_synthesized(Some(&sha('c')));
        it.apply(&moved(Some('a'), Some('b')), at(2));
        assert!(it.was_synthesized(&sha('b')));
        assert_eq!(compared(&it, 'c'), HeadComparison::Known);
        it.note(Some(&sha('c')));
        assert_eq!(it.now(), Some(sha('c').as_str()));
        assert!(it.was_synthesized(&sha('c')), "a note takes nothing back");
    }

    #[test]
    fn what_stands_back_at_an_older_commit_has_moved() {
        let mut it = first();
        it.apply(&moved(Some('a'), Some('b')), at(2));
        assert_eq!(compared(&it, 'a'), missed('b'));
        it.note_synthesized(Some(&sha('a')));
        it.note_synthesized(Some(&sha('b')));
        assert_eq!(compared(&it, 'a'), missed('b'), "and again");
    }

    #[test]
    fn what_is_gone_and_comes_back_has_moved() {
        let mut it = first();
        it.apply(&moved(Some('a'), None), at(2));
        assert_eq!(it.compare(None, at(3)), HeadComparison::Still);
        assert_eq!(compared(&it, 'a'), HeadComparison::Missed(None));
        let mut it = first();
        assert_eq!(it.compare(None, at(3)), missed('a'));
        it.note(None);
        assert_eq!(compared(&it, 'a'), HeadComparison::Missed(None));
    }

    #[test]
    fn what_is_told_while_the_forge_is_asked_is_left_to_the_next_look() {
        let mut it = first();
        it.apply(&moved(Some('b'), Some('c')), at(5));
        assert_eq!(it.compare(Some(&sha('b')), at(5)), HeadComparison::Busy);
        assert_eq!(it.compare(Some(&sha('b')), at(6)), missed('c'));
        assert_eq!(it.compare(Some(&sha('c')), at(1)), HeadComparison::Still);
    }

    #[test]
    fn only_what_may_move_a_head_tells_of_one() {
        let push = |name: &str| HeadMove::of(&testing::event(Detail::Push(testing::push(name))));
        assert!(push("refs/heads/main").is_some());
        assert_eq!(push("refs/notes/commits"), None);
        let request = |new_code, state| {
            let it = crate::event::PullRequest {
                new_code,
                state,
                ..testing::pull_request()
            };
            HeadMove::of(&testing::event(Detail::PullRequest(it)))
        };
        assert_eq!(request(false, PullRequestState::Open), None, "a label moves nothing");
        assert!(request(true, PullRequestState::Open).unwrap().after.is_some());
        assert_eq!(request(false, PullRequestState::Merged).unwrap().after, None);
        assert_eq!(HeadMove::of(&testing::event(Detail::Ping)), None);
    }

    proptest! {
        /// A branch moves along commits that are all different. Whatever part of the deliveries comes, in order, however late each is,
        /// and whenever one looks: the head at the end is told or stated, and no commit is stated that was told, or twice.
        #[test]
        fn each_head_is_found_and_none_twice(steps in prop::collection::vec((any::<bool>(), any::<bool>(), 0..3_usize), 1..40)) {
            let name = |number: usize| format!("{:040x}", number + 1);
            let mut it = Watermark::default();
            it.note(Some(&name(0)));
            let (mut waiting, mut told, mut stated) = (Vec::new(), vec![0], Vec::new());
            let look = |it: &mut Watermark, number: usize, told: &[usize], stated: &mut Vec<usize>| {
                match it.compare(Some(&name(number)), at(1_000)) {
                    HeadComparison::Missed(_) => {
                        assert!(!told.contains(&number) && !stated.contains(&number), "{number} twice");
                        stated.push(number);
                        it.note_synthesized(Some(&name(number)));
                    }
                    HeadComparison::Known => it.note(Some(&name(number))),
                    HeadComparison::Still | HeadComparison::Busy => {}
                }
            };
            let mut number = 0;
            for (arrives, looks, late) in steps {
                number += 1;
                if arrives {
                    waiting.push((late, number));
                }
                let mut rest = Vec::new();
                for (late, number) in waiting {
                    if late > 0 {
                        rest.push((late - 1, number));
                        continue;
                    }
                    let moved = HeadMove { before: Some(name(number - 1)), after: Some(name(number)), ..moved(None, None) };
                    prop_assert_eq!(it.was_synthesized(&name(number)), stated.contains(&number));
                    it.apply(&moved, at(2));
                    told.push(number);
                }
                waiting = rest;
                if looks {
                    look(&mut it, number, &told, &mut stated);
                }
            }
            look(&mut it, number, &told, &mut stated);
            prop_assert!(told.contains(&number) || stated.contains(&number));
        }
    }
}
