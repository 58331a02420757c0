//! The changes of an update of a merge request, where its head stayed.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::PullRequestAction;
use forgegate_sdk::json::Part;

/// The direction in which a list changed. One that gained something and lost something gained.
enum Way {
    Gained,
    Lost,
}

/// The one action that an update stands for, by the block `changes`, in which a field is there when it changed. What may start
/// an evaluation goes first.
pub fn action(changes: Part) -> Result<PullRequestAction, ParseError> {
    let by_list = |name, action: fn(Part) -> Read| changes.at_or_none(name).map(action);
    let readings = [
        draft(changes),
        by_list("labels", labels).unwrap_or(Ok(None)),
        Ok(edited(changes)),
        by_list("reviewers", reviewers).unwrap_or(Ok(None)),
        by_list("assignees", assignees).unwrap_or(Ok(None)),
    ];
    let read = readings.into_iter().collect::<Result<Vec<_>, _>>()?;
    let first = read.into_iter().flatten().next();
    Ok(first.unwrap_or(PullRequestAction::Other))
}

/// The action that one field of the block stands for.
type Read = Result<Option<PullRequestAction>, ParseError>;

/// `work_in_progress` is the word before GitLab 14.
fn draft(changes: Part) -> Read {
    let newer = changes.at_or_none("draft");
    let Some(change) = newer.or_else(|| changes.at_or_none("work_in_progress")) else {
        return Ok(None);
    };
    let (previous, current) = (change.flag("previous")?, change.flag("current")?);
    Ok(match (previous.unwrap_or(false), current.unwrap_or(false)) {
        (true, false) => Some(PullRequestAction::ReadyForReview),
        (false, true) => Some(PullRequestAction::ConvertedToDraft),
        _ => None,
    })
}

fn labels(change: Part) -> Read {
    Ok(way(change)?.map(|way| match way {
        Way::Gained => PullRequestAction::Labeled,
        Way::Lost => PullRequestAction::Unlabeled,
    }))
}

fn edited(changes: Part) -> Option<PullRequestAction> {
    let edited = ["title", "description", "target_branch"]
        .into_iter()
        .any(|name| changes.at_or_none(name).is_some());
    edited.then_some(PullRequestAction::Edited)
}

/// A reviewer who is asked once more is marked as such.
fn reviewers(change: Part) -> Read {
    let mut asked = matches!(way(change)?, Some(Way::Gained));
    for member in change.list("current")?.into_iter().flatten() {
        asked |= member.flag("re_requested")? == Some(true);
    }
    Ok(asked.then_some(PullRequestAction::ReviewRequested))
}

fn assignees(change: Part) -> Read {
    Ok(way(change)?.map(|way| match way {
        Way::Gained => PullRequestAction::Assigned,
        Way::Lost => PullRequestAction::Unassigned,
    }))
}

/// The direction in which a list of labels or people changed.
fn way(change: Part) -> Result<Option<Way>, ParseError> {
    let (previous, current) = (ids(change, "previous")?, ids(change, "current")?);
    if current.iter().any(|id| !previous.contains(id)) {
        return Ok(Some(Way::Gained));
    }
    let lost = previous.iter().any(|id| !current.contains(id));
    Ok(lost.then_some(Way::Lost))
}

fn ids(change: Part, path: &'static str) -> Result<Vec<u64>, ParseError> {
    let mut ids = Vec::new();
    for member in change.list(path)?.into_iter().flatten() {
        ids.extend(member.number_or_none("id")?);
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use forgegate_sdk::json::Tree;

    use super::super::fields::FIELDS;
    use super::*;

    fn action_of(changes: &str) -> PullRequestAction {
        let tree = Tree::read(changes.as_bytes(), FIELDS).unwrap();
        action(tree.root()).unwrap()
    }

    #[test]
    fn each_change_has_its_action() {
        for (changes, expected) in [
            (
                r#"{"draft":{"previous":true,"current":false}}"#,
                PullRequestAction::ReadyForReview,
            ),
            (
                r#"{"draft":{"previous":false,"current":true}}"#,
                PullRequestAction::ConvertedToDraft,
            ),
            (
                r#"{"work_in_progress":{"previous":true,"current":false}}"#,
                PullRequestAction::ReadyForReview,
            ),
            (
                r#"{"labels":{"previous":[],"current":[{"id":1}]}}"#,
                PullRequestAction::Labeled,
            ),
            (
                r#"{"labels":{"previous":[{"id":1}],"current":[]}}"#,
                PullRequestAction::Unlabeled,
            ),
            (
                r#"{"labels":{"previous":[{"id":1}],"current":[{"id":2}]}}"#,
                PullRequestAction::Labeled,
            ),
            (r#"{"title":{"previous":"a","current":"b"}}"#, PullRequestAction::Edited),
            (
                r#"{"description":{"previous":null,"current":"b"}}"#,
                PullRequestAction::Edited,
            ),
            (
                r#"{"target_branch":{"previous":"a","current":"b"}}"#,
                PullRequestAction::Edited,
            ),
            (
                r#"{"reviewers":{"previous":[],"current":[{"id":1}]}}"#,
                PullRequestAction::ReviewRequested,
            ),
            (
                r#"{"reviewers":{"previous":[{"id":1}],"current":[]}}"#,
                PullRequestAction::Other,
            ),
            (
                r#"{"reviewers":{"previous":[{"id":1}],"current":[{"id":1,"re_requested":true}]}}"#,
                PullRequestAction::ReviewRequested,
            ),
            (
                r#"{"assignees":{"previous":[],"current":[{"id":1}]}}"#,
                PullRequestAction::Assigned,
            ),
            (
                r#"{"assignees":{"previous":[{"id":1}],"current":null}}"#,
                PullRequestAction::Unassigned,
            ),
            (
                r#"{"updated_at":{"previous":"a","current":"b"}}"#,
                PullRequestAction::Other,
            ),
            ("{}", PullRequestAction::Other),
        ] {
            assert_eq!(action_of(changes), expected, "{changes}");
        }
    }

    #[test]
    fn a_draft_made_ready_under_a_new_title_is_ready() {
        let changes = r#"{"title":{"previous":"Draft: a","current":"a"},"draft":{"previous":true,"current":false}}"#;
        assert_eq!(action_of(changes), PullRequestAction::ReadyForReview);
    }
}
