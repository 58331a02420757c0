use super::*;
use crate::translate::BadOutput;

const BEFORE: &str = "1111111111111111111111111111111111111111";
const AFTER: &str = "2222222222222222222222222222222222222222";

fn a_push() -> wit::Push {
    wit::Push {
        ref_: "refs/heads/main".into(),
        before: Some(BEFORE.into()),
        after: Some(AFTER.into()),
        created: false,
        deleted: false,
        forced: Some(false),
        commits: vec![],
        commits_total: Some(0),
        changed_paths: vec!["src/lib.rs".into()],
        paths_complete: true,
    }
}

fn a_commit() -> wit::Commit {
    wit::Commit {
        id: AFTER.into(),
        title: "t".into(),
        message: "t\n".into(),
        author: wit::Author {
            name: "ann".into(),
            email: None,
        },
        time: None,
        url: None,
        added: vec![],
        modified: vec![],
        removed: vec![],
    }
}

fn an_event(detail: wit::Detail) -> wit::Event {
    wit::Event {
        repository: None,
        actor: None,
        time: None,
        installation: None,
        detail,
    }
}

fn refused(change: impl FnOnce(&mut wit::Push)) -> String {
    let mut push = a_push();
    change(&mut push);
    let BadOutput(sentence) = event(an_event(wit::Detail::Push(push)), None).unwrap_err();
    sentence
}

#[test]
fn a_good_push_passes_and_gets_the_id_of_its_delivery() {
    let event = event(an_event(wit::Detail::Push(a_push())), Some("d-1")).unwrap();
    assert_eq!(event.delivery_id.as_deref(), Some("d-1"));
    let Detail::Push(push) = event.detail else {
        panic!("a push is a push");
    };
    assert_eq!(push.ref_name, "refs/heads/main");
    assert_eq!(push.after.as_deref(), Some(AFTER));
}

#[test]
fn a_push_against_the_contract_is_refused_by_its_field() {
    for (sentence, place) in [
        (refused(|it| it.ref_ = "main".into()), "`push.ref`"),
        (refused(|it| it.ref_ = "refs/tags/v1".into()), "`push.ref`"),
        (refused(|it| it.before = Some("0".repeat(40))), "`push.before`"),
        (refused(|it| it.after = Some("abc".into())), "`push.after`"),
        (refused(|it| it.after = None), "`push.after`"),
        (refused(|it| it.deleted = true), "`push.after`"),
        (refused(|it| it.commits = vec![a_commit(); 21]), "`push.commits`"),
        (
            refused(|it| it.changed_paths = vec![String::new(); 3001]),
            "`push.changed-paths`",
        ),
        (
            refused(|it| {
                it.commits = vec![wit::Commit {
                    id: "A".repeat(40),
                    ..a_commit()
                }];
            }),
            "`push.commits.id`",
        ),
    ] {
        assert!(sentence.contains(place), "{sentence}");
    }
}

#[test]
fn what_the_vocabulary_does_not_know_stays_unknown() {
    let event = event(an_event(wit::Detail::Unknown("star".into())), None).unwrap();
    assert_eq!(event.detail, Detail::Unknown("star".into()));
}

#[test]
fn a_tag_that_git_would_not_take_is_refused() {
    let tag = |name: &str| {
        event(
            an_event(wit::Detail::Tag(wit::Tag {
                name: name.into(),
                before: None,
                object: Some(AFTER.into()),
                commit: None,
                created: true,
                deleted: false,
                message: None,
            })),
            None,
        )
    };
    assert!(tag("v1.0").is_ok());
    for bad in ["", "a b", "-\n", "a..b", "/"] {
        assert!(tag(bad).is_err(), "{bad:?}");
    }
}
