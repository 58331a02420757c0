//! What an update of a merge request changed, where its head stayed.

use forgegate_sdk::events::PullRequestAction;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The block `changes`. A field is there when it changed.
#[derive(Deserialize, Default)]
pub struct Changes {
    draft: Option<Change<bool>>,
    /// `draft` before GitLab 14.
    work_in_progress: Option<Change<bool>>,
    labels: Option<Change<Vec<Member>>>,
    assignees: Option<Change<Vec<Member>>>,
    reviewers: Option<Change<Vec<Member>>>,
    title: Option<IgnoredAny>,
    description: Option<IgnoredAny>,
    target_branch: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Change<T> {
    previous: Option<T>,
    current: Option<T>,
}

/// A label or a person in a list.
#[derive(Deserialize)]
struct Member {
    id: Option<u64>,
    /// Set on the reviewer who is asked once more.
    re_requested: Option<bool>,
}

/// Which way a list changed. One that gained something and lost something gained.
enum Way {
    Gained,
    Lost,
}

impl Changes {
    /// The one action that an update stands for. What may start an evaluation goes first.
    pub fn action(&self) -> PullRequestAction {
        self.draft_action()
            .or_else(|| self.labels.as_ref()?.way().map(label_action))
            .or_else(|| self.edited())
            .or_else(|| self.reviewers.as_ref()?.review_action())
            .or_else(|| self.assignees.as_ref()?.way().map(assignee_action))
            .unwrap_or(PullRequestAction::Other)
    }

    fn draft_action(&self) -> Option<PullRequestAction> {
        let change = self.draft.as_ref().or(self.work_in_progress.as_ref())?;
        match (
            change.previous.unwrap_or(false),
            change.current.unwrap_or(false),
        ) {
            (true, false) => Some(PullRequestAction::ReadyForReview),
            (false, true) => Some(PullRequestAction::ConvertedToDraft),
            _ => None,
        }
    }

    fn edited(&self) -> Option<PullRequestAction> {
        let changed =
            self.title.is_some() || self.description.is_some() || self.target_branch.is_some();
        changed.then_some(PullRequestAction::Edited)
    }
}

impl Change<Vec<Member>> {
    fn way(&self) -> Option<Way> {
        let ids = |list: &Option<Vec<Member>>| {
            Vec::from_iter(list.iter().flatten().filter_map(|member| member.id))
        };
        let (previous, current) = (ids(&self.previous), ids(&self.current));
        if current.iter().any(|id| !previous.contains(id)) {
            return Some(Way::Gained);
        }
        previous
            .iter()
            .any(|id| !current.contains(id))
            .then_some(Way::Lost)
    }

    fn review_action(&self) -> Option<PullRequestAction> {
        let asked_again = || {
            self.current
                .iter()
                .flatten()
                .any(|member| member.re_requested == Some(true))
        };
        let asked = matches!(self.way(), Some(Way::Gained)) || asked_again();
        asked.then_some(PullRequestAction::ReviewRequested)
    }
}

fn label_action(way: Way) -> PullRequestAction {
    match way {
        Way::Gained => PullRequestAction::Labeled,
        Way::Lost => PullRequestAction::Unlabeled,
    }
}

fn assignee_action(way: Way) -> PullRequestAction {
    match way {
        Way::Gained => PullRequestAction::Assigned,
        Way::Lost => PullRequestAction::Unassigned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(changes: &str) -> PullRequestAction {
        serde_json::from_str::<Changes>(changes).unwrap().action()
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
            (
                r#"{"title":{"previous":"a","current":"b"}}"#,
                PullRequestAction::Edited,
            ),
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
            assert_eq!(action(changes), expected, "{changes}");
        }
    }

    #[test]
    fn a_draft_made_ready_under_a_new_title_is_ready() {
        let changes = r#"{"title":{"previous":"Draft: a","current":"a"},"draft":{"previous":true,"current":false}}"#;
        assert_eq!(action(changes), PullRequestAction::ReadyForReview);
    }
}
