//! Pull requests with their reviews, issues, and comments.

use forgegate_sdk::Method;
use forgegate_sdk::events::{
    Comment, Detail, Event, Issue, IssueAction, PullRequest, PullRequestAction, PullRequestState, Review, ReviewState,
};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError};

use super::super::api::{PER_PAGE, in_repository, problem};
use super::{actor, entries, numbered, tree};
use crate::parse::{self, author, commit_or_none, shortened};

/// Each pull request is long, and costs further calls for its reviews.
const PULLS: &str = "30";

/// The most pages of reviews that are read of one pull request.
const PAGES_OF_REVIEWS: u32 = 3;

/// What is asked of lists that hold only what was changed since. In the order of making, so that none slips from page to page.
fn changed_since<'a>(history: &History<'a>) -> [(&'static str, &'a str); 3] {
    [("since", history.since), ("sort", "created"), ("direction", "asc")]
}

/// Pull requests, the last changed first. One that is changed while they are read goes to the front, and a delivery tells of it.
pub fn pulls(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [("state", "all"), ("sort", "updated"), ("direction", "desc")];
    numbered(history, &["pulls"], &pairs, page, PULLS, &mut |pull, events| {
        if !history.holds(pull.text_or_none("updated_at")?) {
            return Ok(false);
        }
        acts_on_pull(history, pull, events)?;
        reviews(history, pull.number("number")?, events)?;
        Ok(true)
    })
}

/// It was opened, and perhaps closed. Lists do not tell by whom, nor that it was opened again.
fn acts_on_pull(history: &History, pull: Part, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let opened = PullRequest {
        state: PullRequestState::Open,
        ..parse::pull_request(PullRequestAction::Opened, pull)?
    };
    let at = pull.text_or_none("created_at")?;
    events.extend(history.event(at, actor(pull, "user")?, Detail::PullRequest(opened)));
    let told = |action| parse::pull_request(action, pull).map(Detail::PullRequest);
    let (at, closed) = match (pull.text("state")?, pull.text_or_none("merged_at")?) {
        ("closed", Some(at)) => (Some(at), told(PullRequestAction::Merged)?),
        ("closed", None) => (pull.text_or_none("closed_at")?, told(PullRequestAction::Closed)?),
        _ => return Ok(()),
    };
    events.extend(history.event(at, None, closed));
    Ok(())
}

/// The reviews of a pull request that were sent off. One that was dismissed no longer says what it was.
fn reviews(history: &History, number: u64, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let path = ["pulls", &number.to_string(), "reviews"];
    let call = in_repository(Method::Get, history.repository, &path)?.query("per_page", PER_PAGE);
    let mut page = 1;
    for _ in 0..PAGES_OF_REVIEWS {
        let answer = call.clone().query("page", &page.to_string()).send()?;
        match answer.status() {
            200..=299 => {}
            404 => return Ok(()),
            _ => return Err(problem(&answer)),
        }
        for review in entries(&tree(&answer)?)? {
            let Some(state) = state(review.text("state")?) else {
                continue;
            };
            let told = Review {
                id: Some(review.id("id")?),
                state,
                author: author(review, "user")?,
                number,
                commit: commit_or_none(review, "commit_id")?,
            };
            let at = review.text_or_none("submitted_at")?;
            events.extend(history.event(at, actor(review, "user")?, Detail::Review(told)));
        }
        match answer.next_page().filter(|next| *next > page) {
            Some(next) => page = next,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// In upper case here, in deliveries in lower case.
fn state(word: &str) -> Option<ReviewState> {
    Some(match word {
        "APPROVED" => ReviewState::Approved,
        "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
        "COMMENTED" => ReviewState::Commented,
        "DISMISSED" => ReviewState::Dismissed,
        _ => return None,
    })
}

/// Issues that were changed since. GitHub lists pull requests among them. Who closed one is not told.
pub fn issues(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [&[("state", "all")], &changed_since(history)[..]].concat();
    numbered(history, &["issues"], &pairs, page, PER_PAGE, &mut |issue, events| {
        if issue.at_or_none("pull_request").is_some() {
            return Ok(true);
        }
        let opened = Issue {
            open: true,
            ..parse::issue(IssueAction::Opened, issue)?
        };
        let at = |path| issue.text_or_none(path);
        events.extend(history.event(at("created_at")?, actor(issue, "user")?, Detail::Issue(opened)));
        if at("state")? == Some("closed") {
            let closed = parse::issue(IssueAction::Closed, issue)?;
            events.extend(history.event(at("closed_at")?, None, Detail::Issue(closed)));
        }
        Ok(true)
    })
}

/// Comments of the whole repository that were changed since.
pub fn comments(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = changed_since(history);
    numbered(
        history,
        &["issues", "comments"],
        &pairs,
        page,
        PER_PAGE,
        &mut |written, events| {
            let place = written.text("issue_url")?;
            let Some(number) = place.rsplit('/').next().and_then(|number| number.parse().ok()) else {
                return Ok(true);
            };
            let told = parse::comment(number, written)?;
            let page = told.url.as_deref().unwrap_or_default();
            let comment = Comment {
                // The address of its page is the one thing that tells.
                on_pull_request: page.split('/').rev().nth(1) == Some("pull"),
                body: shortened(&told.body).to_owned(),
                ..told
            };
            let at = written.text_or_none("created_at")?;
            events.extend(history.event(at, actor(written, "user")?, Detail::Comment(comment)));
            Ok(true)
        },
    )
}
