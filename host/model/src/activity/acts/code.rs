//! Acts on code: commits, branches, tags.

use super::{Act, Activity, ActivityAction, ActivityKind, Counter, Identity, TAGS, Teller, address, cut, text};
use crate::event::{Commit, Push, Tag};
use crate::timestamp::Timestamp;

const BRANCHES: &str = "refs/heads/";

impl Teller<'_> {
    /// Commits and branches. Other refs than branches are the forge's own, or an outsider's.
    pub(super) fn push(&self, push: &Push) -> Vec<Act> {
        if !push.ref_name.starts_with(BRANCHES) || (push.before.is_some() && push.before == push.after) {
            return Vec::new();
        }
        let mut acts: Vec<Act> = push.commits.iter().map(|commit| self.commit(push, commit)).collect();
        acts.extend(self.branch(push));
        acts
    }

    fn commit(&self, push: &Push, commit: &Commit) -> Act {
        let made = commit.time.as_deref().and_then(Timestamp::parse);
        let author = Some(commit.author.name.as_str()).filter(|name| !name.is_empty());
        let line = self.line(ActivityKind::Commit, ActivityAction::Pushed);
        let activity = Activity {
            // An author's clock may be wrong; a commit is never younger than the push that brought it.
            at: made.map_or(self.at, |made| made.min(self.at)),
            actor: author.or(self.actor).map(cut),
            title: text(&commit.title),
            sha: Some(commit.id.clone()),
            ref_name: Some(cut(&push.ref_name)),
            url: commit.url.as_deref().and_then(address),
            ..line
        };
        Act::new(activity, Identity::once(&["commit", &commit.id])).counting(Counter::Commits)
    }

    fn branch(&self, push: &Push) -> Option<Act> {
        let about = |action| Activity {
            sha: push.after.clone().or_else(|| push.before.clone()),
            ref_name: Some(cut(&push.ref_name)),
            ..self.line(ActivityKind::Branch, action)
        };
        let name = push.ref_name.as_str();
        if push.created {
            let identity = Identity::known_by(&["branch", "made", name], push.after.as_deref(), self.at);
            return Some(Act::new(about(ActivityAction::Created), identity).counting(Counter::BranchesCreated));
        }
        let identity = Identity::known_by(&["branch", "gone", name], push.before.as_deref(), self.at);
        let gone = || Act::new(about(ActivityAction::Deleted), identity).counting(Counter::BranchesDeleted);
        push.deleted.then(gone)
    }

    pub(super) fn tag(&self, tag: &Tag) -> Option<Act> {
        let commit = tag.commit.as_ref().or(tag.object.as_ref());
        let stands = commit.map(String::as_str);
        let (action, identity, counter) = if tag.created {
            let identity = Identity::known_by(&["tag", "made", &tag.name], stands, self.at);
            (ActivityAction::Created, identity, Some(Counter::TagsCreated))
        } else if tag.deleted {
            let identity = Identity::known_by(&["tag", "gone", &tag.name], tag.before.as_deref(), self.at);
            (ActivityAction::Deleted, identity, Some(Counter::TagsDeleted))
        } else if tag.before != tag.object {
            let identity = Identity::known_by(&["tag", "moved", &tag.name], stands, self.at);
            (ActivityAction::Moved, identity, None)
        } else {
            return None;
        };
        let activity = Activity {
            sha: commit.or(tag.before.as_ref()).cloned(),
            ref_name: Some(cut(&format!("{TAGS}{}", tag.name))),
            ..self.line(ActivityKind::Tag, action)
        };
        Some(Act {
            counts: counter,
            ..Act::new(activity, identity)
        })
    }
}
