//! Acts of people: pull requests, reviews, issues, comments.

use super::{Act, Activity, ActivityAction, ActivityKind, Counter, Identity, Teller, address, cut, text};
use crate::event::{Comment, CommentAction, Issue, IssueAction, PullRequest, PullRequestAction, Review, ReviewState};

impl Teller<'_> {
    pub(super) fn pull_request(&self, pull: &PullRequest) -> Option<Act> {
        let (action, counter) = match pull.action {
            PullRequestAction::Opened => (ActivityAction::Opened, Some(Counter::PullRequestsOpened)),
            PullRequestAction::Updated => (ActivityAction::Updated, None),
            PullRequestAction::Reopened => (ActivityAction::Reopened, None),
            PullRequestAction::Closed => (ActivityAction::Closed, Some(Counter::PullRequestsClosed)),
            PullRequestAction::Merged => (ActivityAction::Merged, Some(Counter::PullRequestsMerged)),
            PullRequestAction::ReviewRequested => (ActivityAction::ReviewRequested, None),
            PullRequestAction::ReadyForReview => (ActivityAction::ReadyForReview, None),
            PullRequestAction::ConvertedToDraft => (ActivityAction::ConvertedToDraft, None),
            PullRequestAction::Edited
            | PullRequestAction::Labeled
            | PullRequestAction::Unlabeled
            | PullRequestAction::Assigned
            | PullRequestAction::Unassigned
            | PullRequestAction::Other => return None,
        };
        let number = pull.number.to_string();
        let identity = match (action, &pull.head.sha) {
            (ActivityAction::Opened, _) => Identity::once(&["pull request", &number, "opened"]),
            (ActivityAction::Merged, _) => Identity::once(&["pull request", &number, "merged"]),
            (ActivityAction::Updated, Some(head)) => Identity::once(&["pull request", &number, "head", head]),
            (action, _) => Identity::at(&["pull request", &number, action.as_str()], self.at),
        };
        let line = self.line(ActivityKind::PullRequest, action);
        let author = || Some(cut(&pull.author.login));
        let activity = Activity {
            // Who opened it is its author; who closed it may be somebody else.
            actor: line
                .actor
                .or_else(|| author().filter(|_| action == ActivityAction::Opened)),
            title: text(&pull.title),
            number: Some(pull.number),
            sha: pull.head.sha.clone(),
            ref_name: Some(cut(&pull.head.ref_name)),
            url: pull.url.as_deref().and_then(address),
            ..self.line(ActivityKind::PullRequest, action)
        };
        Some(Act {
            counts: counter,
            ..Act::new(activity, identity)
        })
    }

    pub(super) fn review(&self, review: &Review) -> Act {
        let (action, counter) = match review.state {
            ReviewState::Approved => (ActivityAction::Approved, Counter::ReviewsApproved),
            ReviewState::ChangesRequested => (ActivityAction::ChangesRequested, Counter::ReviewsChangesRequested),
            ReviewState::Commented => (ActivityAction::Commented, Counter::ReviewsCommented),
            ReviewState::Dismissed => (ActivityAction::Dismissed, Counter::ReviewsDismissed),
        };
        let line = self.line(ActivityKind::Review, action);
        let activity = Activity {
            actor: line.actor.or_else(|| Some(cut(&review.author.login))),
            number: Some(review.number),
            sha: review.commit.clone(),
            ..self.line(ActivityKind::Review, action)
        };
        let number = review.number.to_string();
        let author = review.author.id.as_ref().unwrap_or(&review.author.login);
        let parts = ["review", &number, author, action.as_str()];
        let identity = Identity::known_by(&parts, review.id.as_deref(), self.at);
        Act::new(activity, identity).counting(counter)
    }

    pub(super) fn issue(&self, issue: &Issue) -> Option<Act> {
        let (action, counter) = match issue.action {
            IssueAction::Opened => (ActivityAction::Opened, Some(Counter::IssuesOpened)),
            IssueAction::Closed => (ActivityAction::Closed, Some(Counter::IssuesClosed)),
            IssueAction::Reopened => (ActivityAction::Reopened, None),
            IssueAction::Updated => return None,
        };
        let number = issue.number.to_string();
        let identity = match action {
            ActivityAction::Opened => Identity::once(&["issue", &number, "opened"]),
            action => Identity::at(&["issue", &number, action.as_str()], self.at),
        };
        let line = self.line(ActivityKind::Issue, action);
        let author = || Some(cut(&issue.author.login));
        let activity = Activity {
            actor: line
                .actor
                .or_else(|| author().filter(|_| action == ActivityAction::Opened)),
            title: text(&issue.title).filter(|_| !issue.confidential),
            number: Some(issue.number),
            url: issue.url.as_deref().and_then(address),
            ..self.line(ActivityKind::Issue, action)
        };
        Some(Act {
            counts: counter,
            ..Act::new(activity, identity)
        })
    }

    /// A comment has no title: its text stays in the payload.
    pub(super) fn comment(&self, comment: &Comment) -> Option<Act> {
        let action = match comment.action {
            CommentAction::Created => ActivityAction::Created,
            CommentAction::Deleted => ActivityAction::Deleted,
            CommentAction::Edited => return None,
        };
        let counter = match (action, comment.on_pull_request, comment.number) {
            (ActivityAction::Created, true, _) => Some(Counter::CommentsOnPullRequests),
            (ActivityAction::Created, false, Some(_)) => Some(Counter::CommentsOnIssues),
            _ => None,
        };
        let line = self.line(ActivityKind::Comment, action);
        let activity = Activity {
            actor: match action {
                ActivityAction::Created => Some(cut(&comment.author.login)),
                _ => line.actor,
            },
            number: comment.number,
            url: comment.url.as_deref().and_then(address),
            ..self.line(ActivityKind::Comment, action)
        };
        let thread = comment.number.map(|number| number.to_string()).unwrap_or_default();
        let identity = Identity::once(&["comment", &thread, &comment.id, action.as_str()]);
        Some(Act {
            counts: counter,
            ..Act::new(activity, identity)
        })
    }
}
