//! `push`: a branch, a tag or another ref moved.

use forgegate_sdk::events::{Author, Commit, Detail, Event, MAX_COMMITS, Push, Tag};
use forgegate_sdk::json::Part;
use forgegate_sdk::text::cut;
use forgegate_sdk::{ChangedPaths, ParseError, changed_paths, first_line};

use super::common::{commit, commit_or_zeros, event, moment};

/// GitHub lists no more commits than this; whoever has so many may have more.
const LISTED_COMMITS: usize = 2_048;

/// GitHub lists no more files of a commit than this.
const LISTED_FILES: usize = 3_000;

/// The most bytes that an event holds of one message, of the paths of its commits, and of all changed paths. Together they stay well below
/// the 4 MiB that the host takes back from a call, whatever was pushed.
pub const MESSAGE_BYTES: usize = 16 << 10;
const COMMIT_PATH_BYTES: usize = 512 << 10;
const CHANGED_PATH_BYTES: usize = 1 << 20;

/// The longest path that the host takes; git itself knows no limit.
const PATH_BYTES: usize = 8 << 10;

/// The commits where a ref stood and stands. GitHub's flags `created` and `deleted` say no more than the zeros in the ids do.
struct Move {
    before: Option<String>,
    after: Option<String>,
}

/// A commit in the payload's list.
struct Listed<'t> {
    id: &'t str,
    part: Part<'t>,
    added: Option<Vec<&'t str>>,
    modified: Option<Vec<&'t str>>,
    removed: Option<Vec<&'t str>>,
}

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let name = root.text("ref")?;
    let moved = Move::of(root)?;
    let detail = match name.strip_prefix("refs/tags/") {
        Some(name) => Detail::Tag(tag(name, root, moved)?),
        None if name.starts_with("refs/") => Detail::Push(push(name, root, moved)?),
        None => return Err(root.malformed("ref", "is not a full ref")),
    };
    event(root, moment(root, "repository.pushed_at"), detail)
}

impl Move {
    fn of(root: Part) -> Result<Self, ParseError> {
        let before = commit_or_zeros(root, "before")?;
        let after = commit_or_zeros(root, "after")?;
        if before.is_none() && after.is_none() {
            return Err(root.malformed("after", "and `before` are both zeros"));
        }
        Ok(Self { before, after })
    }
}

/// `after` of an annotated tag is the tag object; `head_commit` is the commit that it leads to.
fn tag(name: &str, root: Part, moved: Move) -> Result<Tag, ParseError> {
    let head = root.at_or_none("head_commit");
    let message = root.text_or_none("head_commit.message")?;
    Ok(Tag {
        name: name.to_owned(),
        created: moved.before.is_none(),
        deleted: moved.after.is_none(),
        before: moved.before,
        object: moved.after,
        commit: head.map(|head| commit(head, "id")).transpose()?,
        message: message.map(|message| cut(message, MESSAGE_BYTES).to_owned()),
    })
}

fn push(name: &str, root: Part, moved: Move) -> Result<Push, ParseError> {
    let listed = root.list("commits")?.into_iter().flatten();
    let listed = listed.map(Listed::of).collect::<Result<Vec<_>, _>>()?;
    let forced = root.flag("forced")?;
    let paths = paths(&listed);
    Ok(Push {
        ref_: name.to_owned(),
        created: moved.before.is_none(),
        deleted: moved.after.is_none(),
        forced,
        commits: newest(&listed)?,
        commits_total: (listed.len() < LISTED_COMMITS).then_some(listed.len() as u64),
        paths_complete: !paths.cut_short && covers(&listed, forced, &moved),
        changed_paths: paths.list,
        before: moved.before,
        after: moved.after,
    })
}

/// Tells whether the files of the listed commits are all that differs between the two ends.
///
/// A new branch has no other end, and its list begins wherever GitHub thinks it does. After a forced push the list is what
/// came, but what went away differs as well. Else the list must lead up to `after` and be cut nowhere.
fn covers(listed: &[Listed], forced: Option<bool>, moved: &Move) -> bool {
    let after = moved.after.as_deref();
    let last = listed.last().map(|last| last.id);
    let reaches_after = last.is_some_and(|id| after.is_some_and(|a| id.eq_ignore_ascii_case(a)));
    forced == Some(false)
        && moved.before.is_some()
        && reaches_after
        && listed.len() < LISTED_COMMITS
        && listed.iter().all(Listed::has_all_files)
}

/// All paths of all commits, as far as the event has room.
fn paths(listed: &[Listed]) -> ChangedPaths {
    let mut paths = changed_paths(listed.iter().flat_map(Listed::files));
    let mut room = Room(CHANGED_PATH_BYTES);
    let fitting = paths.list.iter().take_while(|path| room.holds(path)).count();
    paths.cut_short |= fitting < paths.list.len();
    paths.list.truncate(fitting);
    paths
}

/// The newest commits, oldest first, as GitHub lists them. Where there is no room for all their paths, the newest keep theirs.
fn newest(listed: &[Listed]) -> Result<Vec<Commit>, ParseError> {
    let mut room = Room(COMMIT_PATH_BYTES);
    let newest_first = listed.iter().rev().take(MAX_COMMITS);
    let mut commits = newest_first
        .map(|commit| commit.commit(&mut room))
        .collect::<Result<Vec<_>, _>>()?;
    commits.reverse();
    Ok(commits)
}

impl<'t> Listed<'t> {
    fn of(part: Part<'t>) -> Result<Self, ParseError> {
        let files = |path| {
            let files = part.list(path)?;
            files.map(|files| files.map(Part::as_text).collect()).transpose()
        };
        Ok(Self {
            id: part.text("id")?,
            part,
            added: files("added")?,
            modified: files("modified")?,
            removed: files("removed")?,
        })
    }

    fn commit(&self, room: &mut Room) -> Result<Commit, ParseError> {
        let part = self.part;
        let message = cut(part.text_or_none("message")?.unwrap_or_default(), MESSAGE_BYTES);
        Ok(Commit {
            id: commit(part, "id")?,
            title: first_line(message).to_owned(),
            message: message.to_owned(),
            author: Author {
                name: part.owned("author.name")?.unwrap_or_default(),
                email: part.owned("author.email")?,
            },
            time: part.owned("timestamp")?,
            url: part.owned("url")?,
            added: room.fill(&self.added),
            modified: room.fill(&self.modified),
            removed: room.fill(&self.removed),
        })
    }

    fn lists(&self) -> [&Option<Vec<&'t str>>; 3] {
        [&self.added, &self.modified, &self.removed]
    }

    fn files(&self) -> impl Iterator<Item = &'t str> {
        self.lists().into_iter().flatten().flatten().copied()
    }

    /// Tells whether every list is there and none can have been cut.
    fn has_all_files(&self) -> bool {
        self.lists().iter().all(|list| list.is_some()) && self.files().count() < LISTED_FILES
    }
}

/// Bytes that are left for paths.
struct Room(usize);

impl Room {
    /// The bytes that a string costs besides its letters on its way to the host.
    const EACH: usize = 32;

    fn holds(&mut self, path: &str) -> bool {
        let left = self.0.checked_sub(path.len() + Self::EACH);
        let fits = left.is_some() && path.len() <= PATH_BYTES;
        self.0 = left.unwrap_or(self.0);
        fits
    }

    fn fill(&mut self, paths: &Option<Vec<&str>>) -> Vec<String> {
        let paths = paths.iter().flatten();
        let fitting = paths.take_while(|path| self.holds(path));
        fitting.map(|&path| path.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::read_with;
    use serde_json::{Value, json};

    const BEFORE: &str = "1111111111111111111111111111111111111111";
    const AFTER: &str = "2222222222222222222222222222222222222222";
    const ZEROS: &str = "0000000000000000000000000000000000000000";

    fn commit(id: &str, added: &[String]) -> Value {
        json!({"id": id, "message": "Change", "added": added, "modified": [], "removed": []})
    }

    /// A push whose last commit is `AFTER`.
    fn payload(commits: Vec<Value>) -> Value {
        json!({
            "ref": "refs/heads/main", "before": BEFORE, "after": AFTER, "forced": false, "commits": commits,
            "repository": {"id": 1, "full_name": "acme/widgets"},
        })
    }

    fn pushed(payload: &Value) -> Push {
        match read_with(parse, payload).unwrap().detail {
            Detail::Push(push) => push,
            other => panic!("{other:?}"),
        }
    }

    fn with(mut payload: Value, field: &str, value: Value) -> Value {
        payload[field] = value;
        payload
    }

    fn one_file() -> Value {
        payload(vec![commit(AFTER, &["a".into()])])
    }

    #[test]
    fn paths_are_complete_where_the_commits_lead_from_one_end_to_the_other() {
        let push = pushed(&one_file());
        assert!(push.paths_complete);
        assert_eq!(push.changed_paths, ["a"]);
        assert_eq!(push.commits_total, Some(1));
    }

    #[test]
    fn paths_are_incomplete_where_anything_may_be_missing() {
        let no_lists = json!([{"id": AFTER, "added": ["a"], "modified": []}]);
        let files: Vec<String> = (0..LISTED_FILES).map(|n| n.to_string()).collect();
        let cases = [
            ("forced", with(one_file(), "forced", json!(true))),
            ("perhaps forced", with(one_file(), "forced", json!(null))),
            ("new", with(one_file(), "before", json!(ZEROS))),
            ("gone", with(one_file(), "after", json!(ZEROS))),
            ("no commits", with(one_file(), "commits", json!([]))),
            ("null for commits", with(one_file(), "commits", json!(null))),
            ("another head", payload(vec![commit(BEFORE, &[])])),
            ("a list left out", with(one_file(), "commits", no_lists)),
            ("as many files as GitHub lists", payload(vec![commit(AFTER, &files)])),
            (
                "as many commits as GitHub lists",
                payload(vec![commit(AFTER, &[]); LISTED_COMMITS]),
            ),
        ];
        for (case, payload) in cases {
            assert!(!pushed(&payload).paths_complete, "{case}");
        }
    }

    #[test]
    fn paths_are_gathered_from_commits_that_the_event_has_no_room_for() {
        let mut commits: Vec<Value> = (0..30)
            .map(|n| commit(&format!("{n:040x}").replace('0', "a"), &[format!("f{n}")]))
            .collect();
        commits.push(commit(AFTER, &["last".into()]));
        let push = pushed(&payload(commits));
        assert_eq!(push.commits.len(), MAX_COMMITS);
        assert_eq!(push.commits.last().unwrap().id, AFTER);
        assert_eq!(push.commits[0].added, ["f11"]);
        assert_eq!(push.commits_total, Some(31));
        assert_eq!(push.changed_paths.len(), 31);
        assert_eq!(push.changed_paths[0], "f0");
        assert!(push.paths_complete);
    }

    #[test]
    fn a_full_list_of_commits_has_no_total() {
        let push = pushed(&payload(vec![commit(AFTER, &[]); LISTED_COMMITS]));
        assert_eq!(push.commits_total, None);
    }

    #[test]
    fn the_longest_push_stays_below_what_the_host_takes_back() {
        let files: Vec<String> = (0..290).map(|n| format!("{n:0>4000}")).collect();
        let mut big = commit(AFTER, &files);
        big["message"] = json!("é".repeat(1 << 20));
        let push = pushed(&payload(vec![big; 20]));
        let lists = |c: &Commit| c.added.iter().map(|p| p.len() + 32).sum::<usize>();
        let commits: usize = push
            .commits
            .iter()
            .map(|c| c.message.len() + c.title.len() + lists(c))
            .sum();
        let paths: usize = push.changed_paths.iter().map(|p| p.len() + 32).sum();
        assert!(commits + paths < 3 << 20, "{commits} and {paths} bytes");
        assert!(!push.paths_complete);
        assert!(!push.commits.last().unwrap().added.is_empty());
    }

    #[test]
    fn a_path_that_the_host_would_not_take_makes_the_list_incomplete() {
        let long = "d/".repeat(PATH_BYTES / 2);
        let files = |name: String| payload(vec![commit(AFTER, &["a".into(), name])]);
        assert!(pushed(&files(long.clone())).paths_complete);
        let push = pushed(&files(format!("{long}f")));
        assert_eq!(push.changed_paths, ["a"]);
        assert!(!push.paths_complete);
    }

    #[test]
    fn what_cannot_be_done_without_is_named() {
        for (field, value, named) in [
            ("ref", json!("main"), "`ref`"),
            ("ref", json!(null), "`ref`"),
            ("before", json!("main"), "`before`"),
            ("after", json!(""), "`after`"),
            ("commits", json!([{"id": "x"}]), "`commits.id`"),
            ("repository", json!({"full_name": "acme/widgets"}), "`repository.id`"),
        ] {
            match read_with(parse, &with(one_file(), field, value)) {
                Err(ParseError::Malformed(text)) => {
                    assert!(text.contains(named), "{field}: {text}")
                }
                other => panic!("{field}: {other:?}"),
            }
        }
        let nowhere = with(with(one_file(), "before", json!(ZEROS)), "after", json!(ZEROS));
        assert!(read_with(parse, &nowhere).is_err());
    }

    #[test]
    fn ids_of_64_digits_are_taken_and_their_zeros_known() {
        let long = "ab".repeat(32);
        let zeros = "0".repeat(64);
        let created = with(with(one_file(), "before", json!(zeros)), "after", json!(long));
        let push = pushed(&created);
        assert_eq!((push.before, push.after), (None, Some(long)));
        assert!(push.created && !push.deleted);
    }
}
