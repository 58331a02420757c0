//! What the deciding trigger made of an event, in a sentence: which of its filters the event passed, or at which it ended.
//!
//! A record keeps which trigger decided, not what it wanted then. What it wants today is held against the event again; where the two do
//! not agree, or the trigger is gone, the sentence says that it was changed or deleted since.

use forgegate_model::command::Command;
use forgegate_model::delivery::{MatchedTrigger, Reason};
use forgegate_model::matching::Patterns;
use forgegate_model::trigger::Trigger;
use serde_json::Value;

use crate::metrics::word;

/// How many patterns of a list are shown.
const MOST_PATTERNS: usize = 8;

/// What the trigger decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It let the event through, whatever became of it then.
    Through,
    /// It did not.
    Stopped(Reason),
}

/// One filter, held against the event.
struct Look {
    what: &'static str,
    name: String,
    wanted: Vec<String>,
    passes: bool,
}

/// The sentence. `event` is the normalised event, null where nothing is kept of it; `trigger` is as it is today, none where it is gone;
/// `prefix` is that of commands.
pub(super) fn sentence(
    decider: MatchedTrigger,
    trigger: Option<&Trigger>,
    event: &Value,
    prefix: &str,
    verdict: Verdict,
) -> String {
    let kind = word(decider.kind).replace('_', " ");
    let named = format!("the {kind} trigger {}", decider.trigger);
    let Some(trigger) = trigger else {
        return match verdict {
            Verdict::Through => format!("{named}, deleted since, let it through"),
            Verdict::Stopped(reason) => format!("{named}, deleted since, stopped it: {}", super::sentence(reason)),
        };
    };
    let looks = looks(trigger, event);
    match verdict {
        Verdict::Through if looks.iter().any(|look| !look.passes) => {
            format!("{named} let it through; its filters have been changed since")
        }
        Verdict::Through if looks.is_empty() => format!("{named} let it through"),
        Verdict::Through => format!("{named} let it through: {}", told(looks.iter())),
        Verdict::Stopped(Reason::Filtered) => match gone(event) {
            Some(gone) => format!("{named} stopped it: {gone} queues nothing"),
            None if looks.iter().all(|look| look.passes) && talk(event, prefix).is_some() => {
                format!("{named} stopped it: {}", talk(event, prefix).unwrap_or_default())
            }
            None if looks.iter().all(|look| look.passes) => {
                format!("{named} stopped it by a filter that has been changed since")
            }
            None => format!("{named} stopped it: {}", told(looks.iter().filter(|look| !look.passes))),
        },
        Verdict::Stopped(Reason::PathsUnchanged) if !trigger.paths.is_empty() => {
            let paths = list(&trigger.paths);
            format!("{named} stopped it: no changed path passes {paths}")
        }
        Verdict::Stopped(Reason::Inactive) => format!("{named} stopped it: it is switched off"),
        Verdict::Stopped(reason) => format!("{named} stopped it: {}", super::sentence(reason)),
    }
}

/// Why what somebody said queues nothing, where they asked for nothing.
fn talk(event: &Value, prefix: &str) -> Option<String> {
    if event.get("review").is_some() {
        return Some("a review queues nothing, and only an approving one releases what is held".to_owned());
    }
    let comment = event.get("comment")?;
    let body = comment.get("body").and_then(Value::as_str).unwrap_or_default();
    let is_on_pull_request = comment.get("on_pull_request").and_then(Value::as_bool) == Some(true);
    if Command::in_text(body, prefix).is_none() {
        return Some(format!(
            "its text is no command, which would be the only line that is not quoted, and begin with `{prefix}`"
        ));
    }
    (!is_on_pull_request).then(|| "a command counts on a pull request only".to_owned())
}

/// What queues nothing under any trigger.
fn gone(event: &Value) -> Option<&'static str> {
    let is = |pointer: &str, wanted: &str| event.pointer(pointer).and_then(Value::as_str) == Some(wanted);
    let deleted = |pointer: &str| event.pointer(pointer).and_then(Value::as_bool) == Some(true);
    if deleted("/push/deleted") {
        Some("a branch that was deleted")
    } else if deleted("/tag/deleted") {
        Some("a tag that was deleted")
    } else if is("/kind", "merge_group") && is("/action", "destroyed") {
        Some("a merge queue's group that is gone")
    } else if is("/kind", "release") && is("/action", "deleted") {
        Some("a release that was deleted")
    } else if is("/pull_request/state", "closed") || is("/pull_request/state", "merged") {
        Some("a pull request that is closed or merged")
    } else {
        None
    }
}

fn looks(trigger: &Trigger, event: &Value) -> Vec<Look> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let branch = |pointer: &str| text(pointer).map(|full| full.strip_prefix("refs/heads/").unwrap_or(full));
    let mut looks = Vec::new();
    if ["pull_request", "release", "comment"]
        .iter()
        .any(|kind| event.get(kind).is_some())
    {
        looks.extend(text("/action").map(|action| Look::word(action, &trigger.actions)));
    }
    let patterned = [
        ("branch", branch("/push/ref"), &trigger.branches),
        ("tag", text("/tag/name"), &trigger.tags),
        ("tag", text("/release/tag"), &trigger.tags),
        ("head branch", branch("/pull_request/head/ref"), &trigger.branches),
        (
            "target branch",
            branch("/pull_request/base/ref"),
            &trigger.target_branches,
        ),
        (
            "target branch",
            branch("/merge_group/base_ref"),
            &trigger.target_branches,
        ),
    ];
    looks.extend(
        patterned
            .into_iter()
            .filter_map(|(what, name, wanted)| name.map(|name| Look::pattern(what, name, wanted))),
    );
    if let Some(labels) = event.pointer("/pull_request/labels").and_then(Value::as_array) {
        looks.extend(Look::labels(labels, &trigger.labels));
    }
    let is_prerelease = event.pointer("/release/prerelease").and_then(Value::as_bool) == Some(true);
    if is_prerelease && !trigger.prereleases {
        looks.push(Look {
            what: "pre-release",
            name: text("/release/tag").unwrap_or_default().to_owned(),
            wanted: vec!["prereleases = false".to_owned()],
            passes: false,
        });
    }
    looks
}

impl Look {
    fn pattern(what: &'static str, name: &str, wanted: &[String]) -> Self {
        // A push to something that is no branch passes no list of branches, not even the empty one.
        let is_none = what == "branch" && name.starts_with("refs/");
        let passes = Patterns::compile(wanted).is_ok_and(|patterns| patterns.matches(name));
        Self {
            what,
            name: name.to_owned(),
            wanted: wanted.to_vec(),
            passes: passes && !is_none,
        }
    }

    fn word(action: &str, wanted: &[String]) -> Self {
        Self {
            what: "action",
            name: action.to_owned(),
            wanted: wanted.to_vec(),
            passes: wanted.is_empty() || wanted.iter().any(|word| word == action),
        }
    }

    /// Nothing where the trigger asks for no label.
    fn labels(labels: &[Value], wanted: &[String]) -> Option<Self> {
        let labels: Vec<_> = labels.iter().filter_map(Value::as_str).collect();
        (!wanted.is_empty()).then(|| Self {
            what: "labels",
            name: labels.join(", "),
            wanted: wanted.to_vec(),
            passes: labels.iter().any(|label| wanted.iter().any(|word| word == label)),
        })
    }

    fn told(&self) -> String {
        let Self { what, name, .. } = self;
        match (self.wanted.is_empty(), self.passes) {
            (true, true) => format!("{what} `{name}`, of which it wants all"),
            (true, false) => format!("`{name}` is no {what}"),
            (false, true) => format!("{what} `{name}` passes {}", list(&self.wanted)),
            (false, false) => format!("{what} `{name}` does not pass {}", list(&self.wanted)),
        }
    }
}

fn told<'l>(looks: impl Iterator<Item = &'l Look>) -> String {
    looks.map(Look::told).collect::<Vec<_>>().join("; ")
}

fn list(patterns: &[String]) -> String {
    let shown: Vec<_> = patterns
        .iter()
        .take(MOST_PATTERNS)
        .map(|pattern| format!("`{pattern}`"))
        .collect();
    let rest = patterns.len() - shown.len();
    let more = if rest == 0 {
        String::new()
    } else {
        format!(" and {rest} more")
    };
    shown.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use forgegate_model::ids::{ProjectId, TriggerId};
    use forgegate_model::timestamp::Timestamp;
    use forgegate_model::trigger::TriggerKind;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn said(kind: TriggerKind, change: fn(&mut Trigger), event: &Value, verdict: Verdict) -> String {
        let id = TriggerId(Uuid::nil());
        let mut trigger = Trigger::new(id, ProjectId(Uuid::nil()), kind, None, Timestamp::from_seconds(0));
        change(&mut trigger);
        let decider = MatchedTrigger { trigger: id, kind };
        let text = sentence(decider, Some(&trigger), event, "/forgegate", verdict);
        let word = word(kind).replace('_', " ");
        let beginning = format!("the {word} trigger {id} ");
        text.strip_prefix(&beginning)
            .unwrap_or_else(|| panic!("{text}"))
            .to_owned()
    }

    fn main_and_releases(trigger: &mut Trigger) {
        trigger.branches = vec!["main".into(), "release/*".into()];
    }

    fn push(ref_name: &str) -> Value {
        json!({ "kind": "push", "push": { "ref": ref_name, "deleted": false } })
    }

    #[test]
    fn what_passed_and_what_did_not_is_named() {
        let filtered = Verdict::Stopped(Reason::Filtered);
        for (event, verdict, expected) in [
            (
                push("refs/heads/main"),
                Verdict::Through,
                "let it through: branch `main` passes `main`, `release/*`",
            ),
            (
                push("refs/heads/dev"),
                filtered,
                "stopped it: branch `dev` does not pass `main`, `release/*`",
            ),
            (
                push("refs/heads/dev"),
                Verdict::Through,
                "let it through; its filters have been changed since",
            ),
            (
                push("refs/heads/main"),
                filtered,
                "stopped it by a filter that has been changed since",
            ),
            (Value::Null, Verdict::Through, "let it through"),
        ] {
            assert_eq!(said(TriggerKind::Push, main_and_releases, &event, verdict), expected);
        }
    }

    #[test]
    fn a_trigger_that_wants_all_says_so_and_what_is_gone_queues_nothing() {
        let through = said(TriggerKind::Push, |_| (), &push("refs/heads/main"), Verdict::Through);
        assert_eq!(through, "let it through: branch `main`, of which it wants all");
        let filtered = Verdict::Stopped(Reason::Filtered);
        let deleted = json!({ "kind": "push", "push": { "ref": "refs/heads/main", "deleted": true } });
        let stopped = said(TriggerKind::Push, |_| (), &deleted, filtered);
        assert_eq!(stopped, "stopped it: a branch that was deleted queues nothing");
        let group =
            json!({ "kind": "merge_group", "action": "destroyed", "merge_group": { "base_ref": "refs/heads/main" } });
        let stopped = said(TriggerKind::PullRequest, |_| (), &group, filtered);
        assert_eq!(stopped, "stopped it: a merge queue's group that is gone queues nothing");
        let notes = said(TriggerKind::Push, |_| (), &push("refs/notes/x"), filtered);
        assert_eq!(notes, "stopped it: `refs/notes/x` is no branch");
    }

    #[test]
    fn a_head_that_is_no_branch_is_no_reason_and_a_group_is_told_by_its_target() {
        let outsider = json!({ "kind": "pull_request", "action": "opened", "pull_request": { "state": "open",
            "head": { "ref": "refs/pull/7/head" }, "base": { "ref": "refs/heads/main" } } });
        let through = said(TriggerKind::PullRequest, |_| (), &outsider, Verdict::Through);
        assert!(
            through.contains("head branch `refs/pull/7/head`, of which it wants all"),
            "{through}"
        );
        let group = json!({ "kind": "merge_group", "action": "checks_requested",
            "merge_group": { "base_ref": "refs/heads/dev" } });
        let wants = |trigger: &mut Trigger| trigger.target_branches = vec!["main".into()];
        let stopped = said(
            TriggerKind::PullRequest,
            wants,
            &group,
            Verdict::Stopped(Reason::Filtered),
        );
        assert_eq!(stopped, "stopped it: target branch `dev` does not pass `main`");
    }

    #[test]
    fn of_a_pull_request_only_what_stopped_it_is_told() {
        let event = json!({
            "kind": "pull_request", "action": "edited",
            "pull_request": { "state": "open", "labels": ["docs"],
                "head": { "ref": "refs/heads/x" }, "base": { "ref": "refs/heads/main" } },
        });
        let wants = |trigger: &mut Trigger| {
            trigger.target_branches = vec!["main".into()];
            trigger.labels = vec!["ci".into()];
        };
        let stopped = said(
            TriggerKind::PullRequest,
            wants,
            &event,
            Verdict::Stopped(Reason::Filtered),
        );
        assert_eq!(
            stopped,
            "stopped it: action `edited` does not pass `opened`, `updated`, `reopened`, `ready_for_review`; \
             labels `docs` does not pass `ci`"
        );
    }

    #[test]
    fn what_somebody_only_said_is_told_to_be_talk() {
        let filtered = Verdict::Stopped(Reason::Filtered);
        let comment = |action: &str, body: &str, on_pull_request: bool| {
            json!({ "kind": "comment", "action": action,
                "comment": { "body": body, "on_pull_request": on_pull_request } })
        };
        let review = json!({ "kind": "review", "action": "approved", "review": { "number": 7 } });
        for (event, expected) in [
            (
                comment("created", "looks good", true),
                "stopped it: its text is no command, which would be the only line that is not quoted, and begin with `/forgegate`",
            ),
            (
                comment("created", "/forgegate run", false),
                "stopped it: a command counts on a pull request only",
            ),
            (
                comment("edited", "/forgegate run", true),
                "stopped it: action `edited` does not pass `created`",
            ),
            (
                review,
                "stopped it: a review queues nothing, and only an approving one releases what is held",
            ),
        ] {
            assert_eq!(said(TriggerKind::Comment, |_| (), &event, filtered), expected);
        }
        let off = said(
            TriggerKind::Comment,
            |_| (),
            &Value::Null,
            Verdict::Stopped(Reason::Inactive),
        );
        assert_eq!(off, "stopped it: it is switched off");
    }

    #[test]
    fn a_trigger_that_is_gone_is_said_to_be() {
        let decider = MatchedTrigger {
            trigger: TriggerId(Uuid::nil()),
            kind: TriggerKind::Tag,
        };
        let text = sentence(
            decider,
            None,
            &Value::Null,
            "/forgegate",
            Verdict::Stopped(Reason::SkipRequested),
        );
        assert!(
            text.ends_with(
                ", deleted since, stopped it: the head commit, or the pull request's title, asks to be skipped"
            ),
            "{text}"
        );
    }
}
