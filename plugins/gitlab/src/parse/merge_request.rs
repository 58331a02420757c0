//! Merge requests, and approvals, which GitLab sends as actions of theirs. System hooks send the same body.

use forgegate_sdk::events::{
    self, Detail, Event, PullRequest, PullRequestAction, PullRequestState, Review, ReviewState,
    Side,
};
use forgegate_sdk::{commit_id, json};
use serde::Deserialize;

use super::changes::Changes;
use super::common::{
    Always, CommitName, Label, Project, Trouble, User, label_names, user_by_id, users,
};
use super::limits::{self, cut};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    user: Option<User>,
    project: Option<Project>,
    object_attributes: Option<Attributes>,
    labels: Option<Vec<Label>>,
    changes: Option<Changes>,
    assignees: Option<Vec<User>>,
    /// `assignees` before GitLab 13.
    assignee: Option<User>,
    reviewers: Option<Vec<User>>,
}

#[derive(Deserialize)]
struct Attributes {
    iid: Option<u64>,
    action: Option<String>,
    state: Option<String>,
    title: Option<String>,
    url: Option<String>,
    author_id: Option<u64>,
    updated_at: Option<String>,
    source_branch: Option<String>,
    target_branch: Option<String>,
    /// Null where the fork is gone.
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
    /// Null where the source branch has no commit of its own.
    last_commit: Option<CommitName>,
    /// The head before, on an update that moved it.
    oldrev: Option<String>,
    draft: Option<bool>,
    /// `draft` before GitLab 14.
    work_in_progress: Option<bool>,
    labels: Option<Vec<Label>>,
}

pub fn parse(payload: &[u8]) -> Result<Event, Trouble> {
    let mut body: Body = json::parse(payload)?;
    let attributes = body.object_attributes.take().always("object_attributes")?;
    let repository = body
        .project
        .take()
        .always("project")?
        .into_repository(attributes.target_project_id)?;
    let actor = body.user.clone().map(User::into_actor);
    let time = attributes.updated_at.as_deref().and_then(rfc3339);
    let detail = match attributes.review_state() {
        Some(state) => Detail::Review(review(state, &attributes, &body)?),
        None => Detail::PullRequest(pull_request(attributes, body, repository.id.clone())?),
    };
    Ok(Event {
        repository: Some(repository),
        actor,
        time,
        installation: None,
        detail,
    })
}

/// An approval. GitLab names no commit: what was approved has to be asked for.
fn review(state: ReviewState, attributes: &Attributes, body: &Body) -> Result<Review, Trouble> {
    Ok(Review {
        id: None,
        state,
        author: body.user.clone().always("user")?.into_user(),
        number: attributes.iid.always("object_attributes.iid")?,
        commit: None,
    })
}

fn pull_request(
    attributes: Attributes,
    body: Body,
    project: Option<String>,
) -> Result<PullRequest, Trouble> {
    let number = attributes.iid.always("object_attributes.iid")?;
    let moved = attributes.moved();
    let action = attributes.action(&moved, body.changes.as_ref());
    let author = attributes.author(&body)?;
    Ok(PullRequest {
        new_code: attributes.may_have_moved(action),
        action,
        number,
        state: attributes.state(),
        draft: attributes
            .draft
            .or(attributes.work_in_progress)
            .unwrap_or(false),
        fork: attributes.is_fork(),
        head: attributes.head()?,
        base: attributes.base(project)?,
        title: attributes
            .title
            .map(|title| cut(title, limits::TITLE))
            .always("object_attributes.title")?,
        url: attributes.url,
        labels: label_names(attributes.labels.or(body.labels).unwrap_or_default()),
        assignees: users(
            body.assignees
                .unwrap_or_else(|| Vec::from_iter(body.assignee)),
        ),
        reviewers: users(body.reviewers.unwrap_or_default()),
        author,
        fetch_ref: format!("refs/merge-requests/{number}/head"),
        before: moved.flatten(),
    })
}

impl Attributes {
    fn word(&self) -> &str {
        self.action.as_deref().unwrap_or_default()
    }

    /// `approved` completes what is required, `approval` is one more on the way there; their opposites likewise.
    fn review_state(&self) -> Option<ReviewState> {
        match self.word() {
            "approved" | "approval" => Some(ReviewState::Approved),
            "unapproved" | "unapproval" => Some(ReviewState::Dismissed),
            _ => None,
        }
    }

    fn sha(&self) -> Option<String> {
        self.last_commit.as_ref()?.id.as_deref().and_then(commit_id)
    }

    /// Where the head moved, the commit that it moved from, if that is one: an `oldrev` that is still the head is no move.
    fn moved(&self) -> Option<Option<String>> {
        let before = commit_id(self.oldrev.as_deref()?);
        (before.is_none() || before != self.sha()).then_some(before)
    }

    fn action(
        &self,
        moved: &Option<Option<String>>,
        changes: Option<&Changes>,
    ) -> PullRequestAction {
        match self.word() {
            "open" => PullRequestAction::Opened,
            "reopen" => PullRequestAction::Reopened,
            "close" => PullRequestAction::Closed,
            "merge" => PullRequestAction::Merged,
            "update" if moved.is_some() => PullRequestAction::Updated,
            "update" => changes.map_or(PullRequestAction::Other, Changes::action),
            _ => PullRequestAction::Other,
        }
    }

    /// Whether the head may be another than before. A body without action tells nothing, so that it may.
    fn may_have_moved(&self, action: PullRequestAction) -> bool {
        match action {
            PullRequestAction::Opened
            | PullRequestAction::Updated
            | PullRequestAction::Reopened => true,
            PullRequestAction::Other => self.action.is_none(),
            _ => false,
        }
    }

    /// `locked` is the moment in which GitLab merges.
    fn state(&self) -> PullRequestState {
        match (self.state.as_deref(), self.word()) {
            (Some("merged"), _) | (None, "merge") => PullRequestState::Merged,
            (Some("closed"), _) | (None, "close") => PullRequestState::Closed,
            _ => PullRequestState::Open,
        }
    }

    /// Where either project is not known to be the same, the head is taken for somebody else's.
    fn is_fork(&self) -> bool {
        self.source_project_id.is_none() || self.source_project_id != self.target_project_id
    }

    fn head(&self) -> Result<Side, Trouble> {
        Ok(Side {
            sha: self.sha(),
            ref_: branch_ref(
                self.source_branch
                    .as_deref()
                    .always("object_attributes.source_branch")?,
            ),
            repository_id: self.source_project_id.map(|id| id.to_string()),
        })
    }

    /// GitLab sends no commit of the target.
    fn base(&self, project: Option<String>) -> Result<Side, Trouble> {
        Ok(Side {
            sha: None,
            ref_: branch_ref(
                self.target_branch
                    .as_deref()
                    .always("object_attributes.target_branch")?,
            ),
            repository_id: self.target_project_id.map(|id| id.to_string()).or(project),
        })
    }

    /// GitLab gives the number alone; the name is known where the author acts or is on a list.
    fn author(&self, body: &Body) -> Result<events::User, Trouble> {
        let listed = [&body.assignees, &body.reviewers]
            .into_iter()
            .flatten()
            .flatten();
        let people = body.user.iter().chain(&body.assignee).chain(listed);
        Ok(user_by_id(
            self.author_id.always("object_attributes.author_id")?,
            people,
        ))
    }
}

/// Branches only: a name like `refs/tags/v1` is that of a branch too.
fn branch_ref(name: &str) -> String {
    format!("refs/heads/{name}")
}
