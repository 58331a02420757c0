//! Pull requests and refs that are over or gone, and the evaluations that end with them.

use std::collections::BTreeSet;

use crate::evaluation::{Evaluation, State};
use crate::event::{Detail, Event, PullRequestState};
use crate::ids::EvaluationId;

/// A pull request or ref that is over or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndedSubject {
    /// A pull request was closed or merged.
    PullRequest(u64),
    /// A branch, a tag or a merge queue's group was removed.
    Ref {
        /// The full ref.
        name: String,
        /// The repository's id.
        repository_id: Option<String>,
        /// The commit where it stood, where the forge names it.
        head: Option<String>,
    },
}

impl EndedSubject {
    /// The pull request or ref that an event says to be over or gone; none where it says no such thing.
    ///
    /// The `before` of a tag is the object that it named, which need not be a commit: for a tag no head is told.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let repository_id = event.repository.as_ref().and_then(|repository| repository.id.clone());
        let of_ref = |name: String, head: Option<String>| Self::Ref {
            name,
            repository_id,
            head,
        };
        match &event.detail {
            Detail::PullRequest(it) if it.state != PullRequestState::Open => Some(Self::PullRequest(it.number)),
            Detail::Push(it) if it.deleted => Some(of_ref(it.ref_name.clone(), it.before.clone())),
            Detail::Tag(it) if it.deleted => Some(of_ref(format!("refs/tags/{}", it.name), None)),
            Detail::MergeGroup(it) if it.destroyed => Some(of_ref(it.head_ref.clone(), Some(it.head_sha.clone()))),
            _ => None,
        }
    }

    /// The live evaluations of a project that end.
    ///
    /// With a pull request everything that it caused, held and running ones too. With a ref what waits for it, held or queued, and
    /// not what runs: of the commit at which it stood and of those that the evaluations name as the ones before, since the ref may
    /// stand again by now, at another. Where the forge names no commit, all that waits for the ref. What a pull request caused waits
    /// for that, not for its branch.
    #[must_use]
    pub fn ends(&self, live: &[Evaluation]) -> Vec<EvaluationId> {
        match self {
            Self::PullRequest(number) => ids(live.iter().filter(|it| it.work.cause.pull_request == Some(*number))),
            Self::Ref {
                name,
                repository_id,
                head,
            } => {
                let of_ref = |it: &&Evaluation| {
                    let work = &it.work;
                    work.cause.pull_request.is_none() && work.ref_name == *name && work.repository_id == *repository_id
                };
                let lane: Vec<&Evaluation> = live.iter().filter(of_ref).collect();
                let past = head.as_deref().map(|head| past(head, &lane));
                let stood = |it: &Evaluation| past.as_ref().is_none_or(|past| past.contains(it.work.sha.as_str()));
                let waits = |it: &Evaluation| matches!(it.state, State::Held | State::Queued);
                ids(lane.iter().copied().filter(|it| waits(it) && stood(it)))
            }
        }
    }

    /// The sentence of a cancelled evaluation.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::PullRequest(_) => "The pull request was closed",
            Self::Ref { name, .. } if name.starts_with("refs/tags/") => "The tag was deleted",
            Self::Ref { .. } => "The branch was deleted",
        }
    }
}

/// The commits at which a ref is known to have stood: its head, what stood before that, and so on, as far as evaluations tell.
fn past<'a>(head: &'a str, lane: &[&'a Evaluation]) -> BTreeSet<&'a str> {
    let mut past = BTreeSet::from([head]);
    let mut open = vec![head];
    while let Some(sha) = open.pop() {
        let before = lane.iter().filter(|it| it.work.sha == sha);
        let before = before.filter_map(|it| it.work.before.as_deref());
        open.extend(before.filter(|before| past.insert(before)));
    }
    past
}

fn ids<'a>(evaluations: impl Iterator<Item = &'a Evaluation>) -> Vec<EvaluationId> {
    evaluations.filter(|it| it.state.is_live()).map(|it| it.id).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::Work;
    use crate::event::{MergeGroup, PullRequest, Push, Tag};
    use crate::testing;

    const MAIN: &str = "refs/heads/main";

    fn evaluation(number: u128, state: State, ref_name: &str, sha: &str, before: Option<&str>) -> Evaluation {
        Evaluation {
            state,
            work: Work {
                fetch_ref: ref_name.into(),
                ref_name: ref_name.into(),
                before: before.map(str::to_owned),
                ..testing::work(sha)
            },
            ..testing::evaluation(number)
        }
    }

    fn of_request(number: u128, state: State, request: u64) -> Evaluation {
        let mut it = evaluation(number, state, MAIN, "b", None);
        it.work.cause.pull_request = Some(request);
        it
    }

    fn ended(gone: &EndedSubject, live: &[Evaluation]) -> Vec<u128> {
        gone.ends(live).iter().map(|id| id.0.as_u128()).collect()
    }

    fn branch(head: Option<&str>) -> EndedSubject {
        EndedSubject::Ref {
            name: MAIN.into(),
            repository_id: Some("42".into()),
            head: head.map(str::to_owned),
        }
    }

    #[test]
    fn closing_ends_all_that_the_pull_request_caused() {
        let live = [
            of_request(1, State::Held, 7),
            of_request(2, State::Running, 7),
            of_request(3, State::Queued, 8),
            evaluation(4, State::Queued, MAIN, "b", None),
            of_request(5, State::Succeeded, 7),
        ];
        assert_eq!(ended(&EndedSubject::PullRequest(7), &live), [1, 2]);
        assert_eq!(ended(&EndedSubject::PullRequest(9), &live), []);
    }

    #[test]
    fn a_branch_that_is_gone_ends_what_waits_for_it_and_not_what_runs() {
        let mut elsewhere = evaluation(7, State::Queued, MAIN, "b", None);
        elsewhere.work.repository_id = Some("43".into());
        let live = [
            evaluation(1, State::Held, MAIN, "b", None),
            evaluation(2, State::Queued, MAIN, "b", None),
            evaluation(3, State::Running, MAIN, "b", None),
            evaluation(4, State::Queued, "refs/heads/dev", "b", None),
            of_request(5, State::Queued, 7),
            evaluation(6, State::Succeeded, MAIN, "b", None),
            elsewhere,
        ];
        assert_eq!(ended(&branch(Some("b")), &live), [1, 2]);
        assert_eq!(ended(&branch(None), &live), [1, 2]);
    }

    #[test]
    fn where_the_head_is_told_only_what_stood_there_before_it_ends() {
        let live = [
            evaluation(1, State::Queued, MAIN, "a", None),
            evaluation(2, State::Running, MAIN, "b", Some("a")),
            evaluation(3, State::Queued, MAIN, "c", Some("b")),
            evaluation(4, State::Queued, MAIN, "d", None),
        ];
        assert_eq!(
            ended(&branch(Some("c")), &live),
            [1, 3],
            "the branch stands again, at d"
        );
        assert_eq!(ended(&branch(Some("a")), &live), [1]);
        assert_eq!(ended(&branch(Some("z")), &live), []);
        assert_eq!(ended(&branch(None), &live), [1, 3, 4]);
    }

    #[test]
    fn an_event_says_what_is_gone() {
        let gone = |detail| EndedSubject::of(&testing::event(detail));
        let of_ref = |name: &str, head: Option<String>| {
            Some(EndedSubject::Ref {
                name: name.into(),
                repository_id: Some("42".into()),
                head,
            })
        };
        let push = Push {
            deleted: true,
            after: None,
            ..testing::push(MAIN)
        };
        let tag = Tag {
            deleted: true,
            before: Some(testing::sha('a')),
            ..testing::tag("v1")
        };
        let group = MergeGroup {
            destroyed: true,
            ..testing::merge_group()
        };
        assert_eq!(gone(Detail::Push(push)), of_ref(MAIN, Some(testing::sha('a'))));
        assert_eq!(gone(Detail::Tag(tag)), of_ref("refs/tags/v1", None));
        assert_eq!(
            gone(Detail::MergeGroup(group.clone())),
            of_ref(&group.head_ref, Some(testing::sha('b')))
        );
        for state in [PullRequestState::Closed, PullRequestState::Merged] {
            let closed = PullRequest {
                state,
                ..testing::pull_request()
            };
            assert_eq!(gone(Detail::PullRequest(closed)), Some(EndedSubject::PullRequest(7)));
        }
        for there in [
            Detail::Push(testing::push(MAIN)),
            Detail::Tag(testing::tag("v1")),
            Detail::MergeGroup(testing::merge_group()),
            Detail::PullRequest(testing::pull_request()),
            Detail::Release(testing::release("v1")),
        ] {
            assert_eq!(gone(there.clone()), None, "{there:?}");
        }
    }

    proptest! {
        /// Whatever waits or runs: a branch ends nothing that runs and nothing of another ref, and knowing the head never ends more.
        #[test]
        fn a_branch_ends_no_more_than_what_waits_for_it(
            rows in proptest::collection::vec((0..4usize, 0..2usize, 0..4u8, proptest::option::of(0..4u8)), 0..10),
            head in 0..4u8,
        ) {
            let states = [State::Held, State::Queued, State::Running, State::Failed];
            let live: Vec<_> = rows.iter().zip(1..).map(|((state, name, sha, before), number)| {
                let before = before.map(|it| it.to_string());
                evaluation(number, states[*state], [MAIN, "refs/heads/dev"][*name], &sha.to_string(), before.as_deref())
            }).collect();
            let (named, all) = (branch(Some(&head.to_string())).ends(&live), branch(None).ends(&live));
            prop_assert!(named.iter().all(|id| all.contains(id)));
            for it in &live {
                let waits = matches!(it.state, State::Held | State::Queued);
                prop_assert_eq!(all.contains(&it.id), waits && it.work.ref_name == MAIN);
                if waits && it.work.ref_name == MAIN && it.work.sha == head.to_string() {
                    prop_assert!(named.contains(&it.id));
                }
            }
        }
    }
}
