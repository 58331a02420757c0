//! The questions that the forge has to answer first.

use super::*;
use crate::event::Release;
use crate::queueing::Gate;

#[test]
fn a_command_is_asked_about_where_a_comment_trigger_listens() {
    let said = |body: &str| {
        let author = testing::user("1");
        testing::event(Detail::Comment(testing::comment(body, &author)))
    };
    let listening = |event, kind| Given {
        event,
        triggers: vec![testing::trigger(1, kind)],
        ..given()
    };
    let verdict = |given: &Given| matched(given).1.unwrap();
    assert!(matches!(
        verdict(&listening(said("/forgegate run"), TriggerKind::Comment)),
        Verdict::AskPermission {
            strangers: Gate::Held,
            ..
        }
    ));
    assert_eq!(
        verdict(&listening(said("/forgegate run"), TriggerKind::PullRequest)),
        Verdict::Unconcerned
    );
    let talk = listening(said("what does `/forgegate run` do?"), TriggerKind::Comment);
    assert_eq!(skipped(&talk), Some(Reason::Filtered));
    let mut by_bot = said("/forgegate run");
    by_bot.actor.as_mut().unwrap().bot = true;
    assert_eq!(
        skipped(&listening(by_bot, TriggerKind::Comment)),
        Some(Reason::NotPermitted)
    );
}

#[test]
fn a_release_without_a_commit_is_asked_for_it() {
    let release = Release {
        commit: None,
        ..testing::release("v1")
    };
    let verdict = matched(&Given {
        event: testing::event(Detail::Release(release)),
        triggers: vec![testing::trigger(1, TriggerKind::Release)],
        ..given()
    });
    let Some(Verdict::AskCommit { work, gate, .. }) = verdict.1 else {
        panic!("{verdict:?}");
    };
    assert_eq!(
        (work.ref_name.as_str(), work.sha.as_str(), gate),
        ("refs/tags/v1", "", Gate::Open)
    );
}
