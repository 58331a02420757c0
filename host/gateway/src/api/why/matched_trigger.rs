//! The matched trigger of a delivery, in a sentence: which of its filters the event passed, or at which it ended.
//!
//! A record keeps the trigger that decided, not what it wanted then. The matcher holds the event against it again, as it is today; where
//! the two do not agree, or the trigger is gone, the sentence says that it was changed or deleted since.

use forgegate_model::command::Command;
use forgegate_model::delivery::{MatchedTrigger, Reason};
use forgegate_model::event::{Detail, Event};
use forgegate_model::matching::{CompiledTrigger, Filter, FilterResult};
use forgegate_model::trigger::Trigger;

use crate::metrics::word;

/// The most patterns of a list that are shown.
const MOST_PATTERNS: usize = 8;

/// The decision of the trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It let the event through, whatever became of it then.
    Through,
    /// It did not.
    Stopped(Reason),
}

/// The sentence. `event` is the normalised event, none where nothing is kept of it; `trigger` is as it is today, none where it is gone;
/// `prefix` is that of commands.
pub(super) fn sentence(
    matched: MatchedTrigger,
    trigger: Option<&Trigger>,
    event: Option<&Event>,
    prefix: &str,
    verdict: Verdict,
) -> String {
    let kind = word(matched.kind).replace('_', " ");
    let named = format!("the {kind} trigger {}", matched.trigger);
    match (trigger, verdict) {
        (None, Verdict::Through) => format!("{named}, deleted since, let it through"),
        (None, Verdict::Stopped(reason)) => format!("{named}, deleted since, stopped it: {}", super::sentence(reason)),
        (Some(trigger), Verdict::Through) => format!("{named} let it through{}", through(trigger, event)),
        (Some(trigger), Verdict::Stopped(reason)) => {
            format!("{named} stopped it{}", stopped(trigger, event, prefix, reason))
        }
    }
}

fn through(trigger: &Trigger, event: Option<&Event>) -> String {
    let Some(event) = event else { return String::new() };
    let compiled = CompiledTrigger::new(trigger.clone());
    let results: Vec<_> = compiled.results(event).into_iter().flatten().collect();
    if results.is_empty() || results.iter().any(|result| !result.passes) {
        return "; its filters have been changed since".to_owned();
    }
    let passed: Vec<_> = results.iter().filter_map(shown).collect();
    if passed.is_empty() {
        return String::new();
    }
    format!(": {}", passed.join("; "))
}

fn stopped(trigger: &Trigger, event: Option<&Event>, prefix: &str, reason: Reason) -> String {
    match (reason, event) {
        (Reason::Filtered, Some(event)) => filtered(trigger, event, prefix),
        (Reason::PathsUnchanged, _) if !trigger.paths.is_empty() => {
            format!(": no changed path passes {}", list(&trigger.paths))
        }
        (Reason::Inactive, _) => ": it is switched off".to_owned(),
        (reason, _) => format!(": {}", super::sentence(reason)),
    }
}

fn filtered(trigger: &Trigger, event: &Event, prefix: &str) -> String {
    let compiled = CompiledTrigger::new(trigger.clone());
    let failed = compiled
        .results(event)
        .into_iter()
        .flatten()
        .filter(|result| !result.passes);
    let failed: Vec<_> = failed
        .filter(|result| result.filter.reason() == Reason::Filtered)
        .collect();
    if failed.iter().any(|result| result.filter == Filter::Open) {
        return format!(": {} queues nothing", closed(&event.detail));
    }
    let sentences: Vec<_> = failed.iter().filter_map(shown).collect();
    if !sentences.is_empty() {
        return format!(": {}", sentences.join("; "));
    }
    no_command(&event.detail, prefix).map_or_else(
        || " by a filter that has been changed since".to_owned(),
        |sentence| format!(": {sentence}"),
    )
}

/// The reason for which a comment or review that passes all filters asks for nothing.
fn no_command(detail: &Detail, prefix: &str) -> Option<String> {
    match detail {
        Detail::Review(_) => {
            Some("a review queues nothing, and only an approving one releases what is held".to_owned())
        }
        Detail::Comment(comment) if Command::in_text(&comment.body, prefix).is_none() => Some(format!(
            "its text is no command, which would be the only line that is not quoted, and begin with `{prefix}`"
        )),
        Detail::Comment(comment) if !comment.on_pull_request => {
            Some("a command counts on a pull request only".to_owned())
        }
        _ => None,
    }
}

/// The words for what does not pass [`Filter::Open`].
const fn closed(detail: &Detail) -> &'static str {
    match detail {
        Detail::Tag(_) => "a tag that was deleted",
        Detail::MergeGroup(_) => "a merge queue's group that is gone",
        Detail::Release(_) => "a release that was deleted",
        Detail::PullRequest(_) => "a pull request that is closed or merged",
        _ => "a branch that was deleted",
    }
}

/// A filter's result in words; none of a filter that has nothing to show.
fn shown(result: &FilterResult<'_>) -> Option<String> {
    let what = match result.filter {
        Filter::Action => "action",
        Filter::Branch => "branch",
        Filter::HeadBranch => "head branch",
        Filter::TargetBranch => "target branch",
        Filter::Tag => "tag",
        Filter::Labels if !result.wanted().is_empty() => "labels",
        Filter::Prerelease if !result.passes => "pre-release",
        _ => return None,
    };
    let name = result.had()?;
    Some(match (result.wanted(), result.passes) {
        (_, false) if result.filter == Filter::Prerelease => {
            format!("{what} `{name}` does not pass `prereleases = false`")
        }
        ([], true) => format!("{what} `{name}`, of which it wants all"),
        ([], false) => format!("`{name}` is no {what}"),
        (wanted, true) => format!("{what} `{name}` passes {}", list(wanted)),
        (wanted, false) => format!("{what} `{name}` does not pass {}", list(wanted)),
    })
}

fn list(patterns: &[String]) -> String {
    let shown = patterns.iter().take(MOST_PATTERNS);
    let shown: Vec<_> = shown.map(|pattern| format!("`{pattern}`")).collect();
    match patterns.len() - shown.len() {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use forgegate_model::event::{
        Comment, CommentAction, MergeGroup, PullRequest, PullRequestAction, Push, Review, ReviewState,
    };
    use forgegate_model::testing::{self, matched_trigger};
    use forgegate_model::trigger::TriggerKind;

    use super::*;

    const FILTERED: Verdict = Verdict::Stopped(Reason::Filtered);

    fn said(kind: TriggerKind, change: fn(&mut Trigger), detail: Option<Detail>, verdict: Verdict) -> String {
        let mut trigger = testing::trigger(1, kind);
        change(&mut trigger);
        let event = detail.map(testing::event);
        let text = sentence(
            matched_trigger(kind),
            Some(&trigger),
            event.as_ref(),
            "/forgegate",
            verdict,
        );
        let beginning = format!("the {} trigger {} ", word(kind).replace('_', " "), trigger.id);
        text.strip_prefix(&beginning)
            .unwrap_or_else(|| panic!("{text}"))
            .to_owned()
    }

    fn main_and_releases(trigger: &mut Trigger) {
        trigger.branches = vec!["main".into(), "release/*".into()];
    }

    fn push(ref_name: &str) -> Detail {
        Detail::Push(testing::push(ref_name))
    }

    #[test]
    fn what_passed_and_what_did_not_is_named() {
        for (detail, verdict, expected) in [
            (
                Some(push("refs/heads/main")),
                Verdict::Through,
                "let it through: branch `main` passes `main`, `release/*`",
            ),
            (
                Some(push("refs/heads/dev")),
                FILTERED,
                "stopped it: branch `dev` does not pass `main`, `release/*`",
            ),
            (
                Some(push("refs/heads/dev")),
                Verdict::Through,
                "let it through; its filters have been changed since",
            ),
            (
                Some(push("refs/heads/main")),
                FILTERED,
                "stopped it by a filter that has been changed since",
            ),
            (None, Verdict::Through, "let it through"),
        ] {
            assert_eq!(said(TriggerKind::Push, main_and_releases, detail, verdict), expected);
        }
    }

    #[test]
    fn a_trigger_that_wants_all_says_so_and_what_is_gone_queues_nothing() {
        let through = said(
            TriggerKind::Push,
            |_| (),
            Some(push("refs/heads/main")),
            Verdict::Through,
        );
        assert_eq!(through, "let it through: branch `main`, of which it wants all");
        let deleted = Detail::Push(Push {
            deleted: true,
            ..testing::push("refs/heads/main")
        });
        let stopped = said(TriggerKind::Push, |_| (), Some(deleted), FILTERED);
        assert_eq!(stopped, "stopped it: a branch that was deleted queues nothing");
        let group = Detail::MergeGroup(MergeGroup {
            destroyed: true,
            ..testing::merge_group()
        });
        let stopped = said(TriggerKind::PullRequest, |_| (), Some(group), FILTERED);
        assert_eq!(stopped, "stopped it: a merge queue's group that is gone queues nothing");
        let notes = said(TriggerKind::Push, |_| (), Some(push("refs/notes/x")), FILTERED);
        assert_eq!(notes, "stopped it: `refs/notes/x` is no branch");
    }

    #[test]
    fn a_head_that_is_no_branch_is_no_reason_and_a_group_is_told_by_its_target() {
        let mut outsider = testing::pull_request();
        outsider.head.ref_name = "refs/pull/7/head".into();
        let outsider = Some(Detail::PullRequest(outsider));
        let through = said(TriggerKind::PullRequest, |_| (), outsider, Verdict::Through);
        assert!(
            through.contains("head branch `refs/pull/7/head`, of which it wants all"),
            "{through}"
        );
        let group = Some(Detail::MergeGroup(testing::merge_group()));
        let wants = |trigger: &mut Trigger| trigger.target_branches = vec!["dev".into()];
        let stopped = said(TriggerKind::PullRequest, wants, group, FILTERED);
        assert_eq!(stopped, "stopped it: target branch `main` does not pass `dev`");
    }

    #[test]
    fn of_a_pull_request_only_what_stopped_it_is_told() {
        let edited = Detail::PullRequest(PullRequest {
            action: PullRequestAction::Edited,
            labels: vec!["docs".into()],
            ..testing::pull_request()
        });
        let wants = |trigger: &mut Trigger| {
            trigger.target_branches = vec!["main".into()];
            trigger.labels = vec!["ci".into()];
        };
        let stopped = said(TriggerKind::PullRequest, wants, Some(edited), FILTERED);
        assert_eq!(
            stopped,
            "stopped it: action `edited` does not pass `opened`, `updated`, `reopened`, `ready_for_review`; \
             labels `docs` does not pass `ci`"
        );
    }

    #[test]
    fn what_somebody_only_said_is_told_to_be_talk() {
        let comment = |action, body: &str, on_pull_request| {
            Detail::Comment(Comment {
                action,
                on_pull_request,
                ..testing::comment(body, &testing::user("1"))
            })
        };
        let review = Detail::Review(Review {
            id: None,
            state: ReviewState::Approved,
            author: testing::user("1"),
            number: 7,
            commit: None,
        });
        for (detail, expected) in [
            (
                comment(CommentAction::Created, "looks good", true),
                "stopped it: its text is no command, which would be the only line that is not quoted, and begin with `/forgegate`",
            ),
            (
                comment(CommentAction::Created, "/forgegate run", false),
                "stopped it: a command counts on a pull request only",
            ),
            (
                comment(CommentAction::Edited, "/forgegate run", true),
                "stopped it: action `edited` does not pass `created`",
            ),
            (
                review,
                "stopped it: a review queues nothing, and only an approving one releases what is held",
            ),
        ] {
            assert_eq!(said(TriggerKind::Comment, |_| (), Some(detail), FILTERED), expected);
        }
        let off = said(TriggerKind::Comment, |_| (), None, Verdict::Stopped(Reason::Inactive));
        assert_eq!(off, "stopped it: it is switched off");
    }

    #[test]
    fn a_trigger_that_is_gone_is_said_to_be() {
        let matched = matched_trigger(TriggerKind::Tag);
        let verdict = Verdict::Stopped(Reason::SkipRequested);
        let text = sentence(matched, None, None, "/forgegate", verdict);
        let expected = ", deleted since, stopped it: the head commit, or the pull request's title, asks to be skipped";
        assert!(text.ends_with(expected), "{text}");
    }
}
