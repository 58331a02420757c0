//! The work that an event asks to have evaluated.

use crate::evaluation::{Cause, Trust, Work};
use crate::event::{Detail, Event};
use crate::ids::DeliveryId;
use crate::repository::{clone_url_is_safe, ref_is_safe, sha_is_safe};

/// The facts of an event that its work is made of.
struct Moved {
    ref_name: String,
    fetch_ref: String,
    sha: Option<String>,
    before: Option<String>,
    repository_id: Option<String>,
    pull_request: Option<u64>,
}

/// The work that an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Draft {
    /// Work that is whole.
    Whole(Box<Work>),
    /// Work of the commit that its ref leads to: the forge has to be asked for it.
    WithoutCommit(Box<Work>),
    /// Nothing: the commit is gone, or a ref, commit id or URL must not reach a worker.
    None,
}

/// The work that an event asks for.
///
/// A push that moves nothing, as some forges send to try a webhook out, is a push to the head like any other.
pub(super) fn draft(event: &Event, delivery: DeliveryId, clone_url: String, trust: Trust) -> Draft {
    let Some(moved) = moved(event) else {
        return Draft::None;
    };
    let safe = clone_url_is_safe(&clone_url)
        && ref_is_safe(&moved.ref_name)
        && ref_is_safe(&moved.fetch_ref)
        && moved.sha.as_deref().is_none_or(sha_is_safe);
    if !safe {
        return Draft::None;
    }
    let cause = Cause {
        event: event.kind().as_str().to_owned(),
        delivery_id: Some(delivery),
        actor: event.actor.as_ref().map(|actor| actor.user.login.clone()),
        pull_request: moved.pull_request,
        argument: None,
    };
    let is_whole = moved.sha.is_some();
    let work = Box::new(Work {
        clone_url,
        fetch_ref: moved.fetch_ref,
        ref_name: moved.ref_name,
        sha: moved.sha.unwrap_or_default(),
        before: moved.before,
        trust,
        repository_id: moved.repository_id,
        cause,
    });
    if is_whole {
        Draft::Whole(work)
    } else {
        Draft::WithoutCommit(work)
    }
}

fn moved(event: &Event) -> Option<Moved> {
    let here = event.repository.as_ref().and_then(|repository| repository.id.clone());
    let own = |ref_name: String, sha: Option<&String>, before: Option<&String>| {
        Some(Moved {
            fetch_ref: ref_name.clone(),
            ref_name,
            sha: sha.cloned(),
            before: before.cloned(),
            repository_id: here,
            pull_request: None,
        })
    };
    match &event.detail {
        Detail::Push(it) => own(it.ref_name.clone(), Some(it.after.as_ref()?), it.before.as_ref()),
        Detail::Tag(it) => own(format!("refs/tags/{}", it.name), it.commit.as_ref(), it.before.as_ref()),
        Detail::Release(it) => own(format!("refs/tags/{}", it.tag), it.commit.as_ref(), None),
        Detail::PullRequest(it) => Some(Moved {
            ref_name: it.head.ref_name.clone(),
            fetch_ref: it.fetch_ref.clone(),
            sha: Some(it.head.sha.clone()?),
            before: it.before.clone(),
            repository_id: it.head.repository_id.clone(),
            pull_request: Some(it.number),
        }),
        // As its own push would be: the two are one work.
        Detail::MergeGroup(it) => own(it.head_ref.clone(), Some(&it.head_sha), None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing;

    fn drafted(event: &Event, url: &str) -> bool {
        let delivery = DeliveryId(Uuid::nil());
        draft(event, delivery, url.to_owned(), Trust::Untrusted) != Draft::None
    }

    #[test]
    fn what_must_not_reach_a_worker_is_no_work() {
        let request = |change: fn(&mut crate::event::PullRequest)| {
            let mut it = testing::fork();
            change(&mut it);
            testing::event(Detail::PullRequest(it))
        };
        let url = "https://h/a/b";
        assert!(drafted(&request(|_| ()), url));
        for (name, event, url) in [
            ("a URL", request(|_| ()), "ext::sh -c id"),
            ("a ref", request(|it| it.head.ref_name = "refs/heads/-x".into()), url),
            ("a short ref", request(|it| it.head.ref_name = "feature".into()), url),
            (
                "a ref to fetch",
                request(|it| it.fetch_ref = "--upload-pack=x".into()),
                url,
            ),
            ("a commit", request(|it| it.head.sha = Some("HEAD".into())), url),
            ("no commit", request(|it| it.head.sha = None), url),
        ] {
            assert!(!drafted(&event, url), "{name}");
        }
    }

    #[test]
    fn a_tag_and_a_release_are_work_whose_commit_may_have_to_be_asked_for() {
        let url = "https://h/a/b";
        for commit in [Some(testing::sha('b')), None] {
            let tag = crate::event::Tag {
                commit: commit.clone(),
                ..testing::tag("v1")
            };
            let release = crate::event::Release {
                commit: commit.clone(),
                ..testing::release("v1")
            };
            for event in [
                testing::event(Detail::Tag(tag)),
                testing::event(Detail::Release(release)),
            ] {
                let drafted = draft(&event, DeliveryId(Uuid::nil()), url.into(), Trust::Trusted);
                assert_eq!(matches!(drafted, Draft::Whole(_)), commit.is_some());
                assert_eq!(matches!(drafted, Draft::WithoutCommit(_)), commit.is_none());
            }
        }
        let drafted = draft(
            &testing::event(Detail::Tag(testing::tag("v1"))),
            DeliveryId(Uuid::nil()),
            url.into(),
            Trust::Trusted,
        );
        let Draft::Whole(work) = drafted else {
            panic!("{drafted:?}");
        };
        assert_eq!(
            (work.ref_name.as_str(), work.fetch_ref.as_str()),
            ("refs/tags/v1", "refs/tags/v1")
        );
    }
}
