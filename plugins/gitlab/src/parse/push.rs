//! Branches and tags that moved. System hooks send the same bodies.

use forgegate_sdk::events::{Detail, Event, Push, Tag};
use forgegate_sdk::json::Part;
use forgegate_sdk::{changed_paths, commit_id, is_zero_id};

use super::Kind;
use super::commits::{Listed, listed, newest, take};
use super::common::{Always, FieldError, User, event_at, malformed, project};
use super::limits::{self, cut};

/// The commits where a ref stood and stands; never none on both sides.
struct Move {
    before: Option<String>,
    after: Option<String>,
}

pub fn parse(kind: Kind, root: Part) -> Result<Event, FieldError> {
    let name = root.text_or_none("ref")?.always("ref")?;
    let moved = Move::of(root)?;
    // Nobody where the body names nobody.
    let actor = Some(User::of_fields(root)?).filter(|user| user.is_somebody());
    let repository = project(root, root.number_or_none("project_id")?)?;
    let detail = match (kind, name.strip_prefix("refs/tags/")) {
        (Kind::TagPush, Some(tag)) => Detail::Tag(tag_detail(tag, moved, root)?),
        (Kind::Push, None) if name.starts_with("refs/") => Detail::Push(push_detail(name, moved, root)?),
        _ => return Err(malformed("`ref` is not one of this kind of push")),
    };
    Ok(event_at(Some(repository), actor.map(User::into_actor), None, detail))
}

impl Move {
    fn of(root: Part) -> Result<Self, FieldError> {
        let (before, after) = (side(root, "before")?, side(root, "after")?);
        match (&before, &after) {
            (None, None) => Err(malformed("`before` and `after` are both zeros")),
            _ => Ok(Self { before, after }),
        }
    }
}

/// The id on one side; none where it is zeros.
fn side(root: Part, field: &'static str) -> Result<Option<String>, FieldError> {
    let id = root.text_or_none(field)?.always(field)?;
    match commit_id(id) {
        None if !is_zero_id(id) => Err(root.malformed(field, "is no object id").into()),
        id => Ok(id),
    }
}

/// `checkout_sha` is the commit that the tag leads to, where `after` may be a tag object. Null where the tag is gone.
fn tag_detail(name: &str, moved: Move, root: Part) -> Result<Tag, FieldError> {
    let commit = root.text_or_none("checkout_sha")?.and_then(commit_id);
    let of_tag = root.text_or_none("message")?.filter(|text| !text.is_empty());
    let message = match (of_tag, &commit) {
        // What the commit's own message says, where the commit is listed.
        (None, Some(commit)) => {
            let listed = listed(root)?;
            let listed = listed.iter().find(|listed| listed.id().as_ref() == Some(commit));
            let message = listed.map(Listed::message).transpose()?;
            message.flatten().map(in_short)
        }
        _ => of_tag.map(in_short),
    };
    Ok(Tag {
        name: name.to_owned(),
        created: moved.before.is_none(),
        deleted: moved.after.is_none(),
        before: moved.before,
        commit: commit.filter(|_| moved.after.is_some()),
        object: moved.after,
        message,
    })
}

fn in_short(message: &str) -> String {
    cut(message, limits::MESSAGE)
}

fn push_detail(name: &str, moved: Move, root: Part) -> Result<Push, FieldError> {
    let listed = listed(root)?;
    let total = root.number_or_none("total_commits_count")?;
    let paths = changed_paths(listed.iter().flat_map(Listed::paths));
    let (changed_paths, all_fit) = fitting(paths.list);
    Ok(Push {
        ref_: name.to_owned(),
        created: moved.before.is_none(),
        deleted: moved.after.is_none(),
        // GitLab does not say whether history was rewritten.
        forced: None,
        commits: newest(&listed)?,
        commits_total: total,
        changed_paths,
        paths_complete: are_all_told(&moved, &listed, total) && all_fit && !paths.cut_short,
        before: moved.before,
        after: moved.after,
    })
}

/// Tells whether the commits tell every path: they must lead up to `after`, and none may be left out.
///
/// They do not where the branch is new, for GitLab counts from the default branch then, nor where it was set back. GitLab does
/// not say whether history was rewritten, so that what went away with it stays unknown.
fn are_all_told(moved: &Move, commits: &[Listed], total: Option<u64>) -> bool {
    let head = commits.last().and_then(Listed::id);
    let reach_after = head.is_some() && head == moved.after;
    let listed = u64::try_from(commits.len()).unwrap_or(u64::MAX);
    moved.before.is_some()
        && reach_after
        && total.is_some_and(|total| total <= listed)
        && commits.iter().all(Listed::has_paths)
}

/// As many paths as are handed on, and whether they are all.
fn fitting(mut paths: Vec<String>) -> (Vec<String>, bool) {
    let mut room = limits::PATHS;
    let fit = paths.iter().take_while(|path| take(&mut room, path)).count();
    let all = fit == paths.len();
    paths.truncate(fit);
    (paths, all)
}
