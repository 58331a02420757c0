//! Merge requests with their approvals, issues, and comments.

use forgegate_sdk::events::{
    Comment, CommentAction, Detail, Issue, IssueAction, PullRequest, PullRequestAction, PullRequestState, Review,
    ReviewState, Side, User,
};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, History, Listed, OutboundError, page_number};

use super::{FEW, actor, ask, events, list};
use crate::outbound::api::{PER_PAGE, Reader, tree};
use crate::outbound::fields::FIELDS;
use crate::outbound::pull_request::fetch_ref;
use crate::parse::limits::{self, cut};

/// The most bytes that are kept of a comment: a page holds many.
const COMMENT_BYTES: usize = 16 * 1024;

/// The query of lists that hold only what was changed since. In the order of making, so that none slips from page to page.
fn changed_since<'a>(history: &History<'a>) -> [(&'static str, &'a str); 5] {
    [
        ("state", "all"),
        ("updated_after", history.since),
        ("order_by", "created_at"),
        ("sort", "asc"),
        ("per_page", FEW),
    ]
}

/// Merge requests that were changed since.
pub fn requests(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let query = changed_since(history);
    list(
        history,
        "projects/{}/merge_requests",
        &query,
        page,
        &mut |part, found| {
            let read = &Reader::default();
            let at = |path| read.text_or_none(part, path);
            let detail = |action, state| Detail::PullRequest(request(read, part, action, state));
            let opened = detail(PullRequestAction::Opened, PullRequestState::Open);
            found.extend(history.event(at("created_at"), actor(read, part, "author"), opened));
            match read.text(part, "state") {
                "merged" => {
                    // `merged_by` is the word before GitLab 14.7.
                    let by = actor(read, part, "merge_user").or_else(|| actor(read, part, "merged_by"));
                    let merged = detail(PullRequestAction::Merged, PullRequestState::Merged);
                    found.extend(history.event(at("merged_at"), by, merged));
                }
                "closed" => {
                    let closed = detail(PullRequestAction::Closed, PullRequestState::Closed);
                    found.extend(history.event(at("closed_at"), actor(read, part, "closed_by"), closed));
                }
                _ => {}
            }
            read.done(true)
        },
    )
}

fn request(read: &Reader, part: Part, action: PullRequestAction, state: PullRequestState) -> PullRequest {
    let number = read.number(part, "iid");
    let source = read.id_or_none(part, "source_project_id");
    let target = read.id_or_none(part, "target_project_id");
    let side = |sha, branch, repository_id| Side {
        sha,
        ref_: ["refs/heads/", read.text(part, branch)].concat(),
        repository_id,
    };
    PullRequest {
        action,
        number,
        title: cut(read.text(part, "title"), limits::TITLE),
        url: read.text_or_none(part, "web_url").map(str::to_owned),
        state,
        draft: read.flag(part, "draft").unwrap_or(false),
        // None where the fork is gone: somebody else's, too.
        fork: source.is_none() || source != target,
        labels: labels(read, part),
        assignees: people(read, part, "assignees"),
        reviewers: people(read, part, "reviewers"),
        author: user(read, part, "author"),
        head: side(
            part.at_or_none("sha").map(|_| read.commit(part, "sha")),
            "source_branch",
            source,
        ),
        // As in deliveries.
        base: side(None, "target_branch", target),
        fetch_ref: fetch_ref(number),
        new_code: action == PullRequestAction::Opened,
        before: None,
        message: None,
    }
}

/// Approvals. GitLab keeps no event where one is taken back, and binds none to a commit.
pub fn approvals(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let ask = |page| events(history, "approved", PER_PAGE, page);
    Listed::numbered(page, FIELDS, &ask, &mut |part, found| {
        let read = &Reader::default();
        let review = Review {
            id: None,
            state: ReviewState::Approved,
            author: user(read, part, "author"),
            number: read.number(part, "target_iid"),
            commit: None,
        };
        let at = read.text_or_none(part, "created_at");
        found.extend(history.event(at, actor(read, part, "author"), Detail::Review(review)));
        read.done(true)
    })
}

/// Issues that were changed since.
pub fn issues(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let query = changed_since(history);
    list(history, "projects/{}/issues", &query, page, &mut |part, found| {
        let read = &Reader::default();
        let at = |path| read.text_or_none(part, path);
        let detail = |action, open| {
            Detail::Issue(Issue {
                action,
                number: read.number(part, "iid"),
                title: cut(read.text(part, "title"), limits::TITLE),
                url: read.text_or_none(part, "web_url").map(str::to_owned),
                open,
                labels: labels(read, part),
                author: user(read, part, "author"),
                assignees: people(read, part, "assignees"),
                confidential: read.flag(part, "confidential").unwrap_or(false),
            })
        };
        let author = actor(read, part, "author");
        found.extend(history.event(at("created_at"), author, detail(IssueAction::Opened, true)));
        if read.text(part, "state") == "closed" {
            let by = actor(read, part, "closed_by");
            found.extend(history.event(at("closed_at"), by, detail(IssueAction::Closed, false)));
        }
        read.done(true)
    })
}

/// Comments of the whole project.
pub fn comments(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let number = page_number(page)?;
    let answer = events(history, "commented", PER_PAGE, number)?;
    let hidden = confidential_among(history, &answer)?;
    let (events, _) = Listed::entries(&answer, FIELDS, &mut |part, found| {
        let (read, note) = (&Reader::default(), part.at("note"));
        let at = read.text_or_none(note, "created_at");
        if read.flag(note, "system") == Some(true) || !history.holds(at) {
            return read.done(true);
        }
        let (kind, number) = thread(read, note);
        let is_hidden = [read.flag(note, "confidential"), read.flag(note, "internal")].contains(&Some(true));
        let comment = Comment {
            action: CommentAction::Created,
            id: read.id(note, "id"),
            body: cut(read.text_or_none(note, "body").unwrap_or_default(), COMMENT_BYTES),
            url: None,
            author: user(read, note, "author"),
            number,
            on_pull_request: kind == "MergeRequest",
            confidential: is_hidden || (is_issue(kind) && number.is_some_and(|number| hidden.contains(&number))),
            head: None,
        };
        found.extend(history.event(at, actor(read, note, "author"), Detail::Comment(comment)));
        read.done(true)
    })?;
    Ok(Listed {
        events,
        next: answer.page_after(number).map(|next| next.to_string()),
    })
}

/// The kind of what is commented on, and its number: only merge requests and issues have one.
fn thread<'t>(read: &Reader, note: Part<'t>) -> (&'t str, Option<u64>) {
    let kind = read.text_or_none(note, "noteable_type").unwrap_or_default();
    let has_number = kind == "MergeRequest" || is_issue(kind);
    let number = note.at_or_none("noteable_iid").filter(|_| has_number);
    (kind, number.map(|_| read.number(note, "noteable_iid")))
}

fn is_issue(kind: &str) -> bool {
    matches!(kind, "Issue" | "WorkItem")
}

/// The numbers of the issues among those commented on that are not for everybody: the comments do not say.
fn confidential_among(history: &History, answer: &Answer) -> Result<Vec<u64>, OutboundError> {
    let (tree_of_events, read) = (tree(answer)?, Reader::default());
    let mut numbers = Vec::new();
    for part in read.items(tree_of_events.root()) {
        match thread(&read, part.at("note")) {
            (kind, Some(number)) if is_issue(kind) && !numbers.contains(&number) => numbers.push(number),
            _ => {}
        }
    }
    if numbers.is_empty() {
        return read.done(numbers);
    }
    let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let mut query = vec![("confidential", "true"), ("per_page", PER_PAGE)];
    query.extend(texts.iter().map(|number| ("iids[]", number.as_str())));
    let answer = match ask(history, "projects/{}/issues", &query, 1) {
        // Issues are switched off, or not for this token: what they hide stays hidden.
        Err(OutboundError::NotFound | OutboundError::Forbidden(_)) => return read.done(numbers),
        answer => answer?,
    };
    let tree = tree(&answer)?;
    let hidden = read
        .items(tree.root())
        .into_iter()
        .map(|issue| read.number(issue, "iid"));
    read.done(hidden.collect())
}

/// The account there; nobody where it is gone.
fn user(read: &Reader, part: Part, path: &'static str) -> User {
    let nobody = || User {
        id: None,
        login: String::new(),
    };
    actor(read, part, path).map_or_else(nobody, |actor| actor.user)
}

fn people(read: &Reader, part: Part, path: &'static str) -> Vec<User> {
    let people = read.list(part, path).into_iter().take(limits::PEOPLE);
    people.map(|person| read.user(person)).collect()
}

/// Lists of the API name labels, where deliveries describe them.
fn labels(read: &Reader, part: Part) -> Vec<String> {
    let labels = read.list(part, "labels").into_iter().take(limits::LABELS);
    labels.map(|label| read.keep(label.as_text()).to_owned()).collect()
}
