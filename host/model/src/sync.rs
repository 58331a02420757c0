//! A sync: a walk through what a forge's lists tell of a repository's past.

use serde::{Deserialize, Serialize};

use crate::activity::{Act, ActivityKind};
use crate::ids::ProjectId;
use crate::timestamp::Timestamp;

/// The most pages of one walk: a forge, or a plugin, that names a next page for ever is not followed for ever.
pub const MOST_PAGES: u32 = 20_000;

/// The state of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// It is under way, also while the gateway is down.
    Running,
    /// It came to the end of the lists.
    Done,
    /// It was given up.
    Failed,
}

/// The last walk for a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// The project's id.
    pub project: ProjectId,
    /// The number of the walk: the next one for the same project has the next number.
    pub run: u32,
    /// The walk's state.
    pub state: SyncState,
    /// The time back to which it reaches.
    pub since: Timestamp,
    /// The page that comes next, in the plugin's words; none at the beginning and at the end.
    pub page: Option<String>,
    /// The number of pages that were read.
    pub pages: u32,
    /// The acts that the lists reported.
    pub fetched: Fetched,
    /// The number of these acts that were not known before.
    pub kept: u64,
    /// The things that the credential may not see, a sentence each.
    pub missing: Vec<String>,
    /// Its progress, for people.
    pub message: Option<String>,
    /// The time when it began.
    pub started_at: Timestamp,
    /// The time when anything of it changed last.
    pub updated_at: Timestamp,
}

/// The number of acts of each kind that the lists reported, known ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched([u64; ActivityKind::ALL.len()]);

impl Fetched {
    /// Counts an act.
    pub fn count(&mut self, act: &Act) {
        if let Some(number) = self.0.get_mut(act.activity.kind as usize) {
            *number += 1;
        }
    }

    /// Adds what another page told.
    pub fn add(&mut self, other: &Self) {
        for (number, more) in self.0.iter_mut().zip(other.0) {
            *number += more;
        }
    }

    /// Each kind with its number, in the order in which kinds are documented.
    pub fn each(&self) -> impl Iterator<Item = (ActivityKind, u64)> {
        ActivityKind::ALL.into_iter().zip(self.0)
    }
}

impl Sync {
    /// A walk that begins now, after the last one for the project.
    #[must_use]
    pub fn begun(project: ProjectId, since: Timestamp, at: Timestamp, last: Option<&Self>) -> Self {
        Self {
            project,
            run: last.map_or(0, |last| last.run.wrapping_add(1)),
            state: SyncState::Running,
            since,
            page: None,
            pages: 0,
            fetched: Fetched::default(),
            kept: 0,
            missing: Vec::new(),
            message: None,
            started_at: at,
            updated_at: at,
        }
    }

    /// True if it will bring all that a walk from that time on would.
    #[must_use]
    pub fn covers(&self, since: Timestamp) -> bool {
        self.state == SyncState::Running && self.since <= since
    }

    /// A page was read and is kept: where it goes on, or that it is done. The same page again, or one too many, is the end of it.
    pub fn advance(&mut self, page: SyncPage, kept: u64, at: Timestamp) {
        self.pages = self.pages.saturating_add(1);
        self.fetched.add(&page.fetched);
        self.kept = self.kept.saturating_add(kept);
        for sentence in page.missing {
            if !self.missing.contains(&sentence) {
                self.missing.push(sentence);
            }
        }
        self.updated_at = at;
        self.message = None;
        let stands = page.next.is_some() && page.next == self.page;
        match page.next {
            None => self.end(SyncState::Done, None, at),
            Some(_) if stands || self.pages >= MOST_PAGES => {
                let sentence = "The forge's lists do not come to an end.";
                self.end(SyncState::Failed, Some(sentence.to_owned()), at);
            }
            next => self.page = next,
        }
    }

    /// It is over.
    pub fn end(&mut self, state: SyncState, message: Option<String>, at: Timestamp) {
        self.state = state;
        self.page = None;
        self.message = message;
        self.updated_at = at;
    }
}

/// The facts of a page besides its acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPage {
    /// The number of acts of each kind.
    pub fetched: Fetched,
    /// The things that the credential may not see, a sentence each.
    pub missing: Vec<String>,
    /// The beginning of the next page; none where this was the last.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn begun() -> Sync {
        Sync::begun(ProjectId(Uuid::nil()), at(0), at(100), None)
    }

    fn page(next: Option<&str>) -> SyncPage {
        SyncPage {
            missing: vec!["runs: not for you".into()],
            next: next.map(str::to_owned),
            ..SyncPage::default()
        }
    }

    #[test]
    fn a_walk_goes_from_page_to_page_and_ends_where_none_is_next() {
        let mut sync = begun();
        sync.advance(page(Some("commits 2")), 3, at(101));
        assert_eq!((sync.page.as_deref(), sync.pages, sync.kept), (Some("commits 2"), 1, 3));
        sync.advance(page(None), 1, at(102));
        assert_eq!(
            (sync.state, sync.page.as_deref(), sync.kept),
            (SyncState::Done, None, 4)
        );
        assert_eq!(sync.missing, ["runs: not for you"], "said once");
        assert_eq!(sync.updated_at, at(102));
        let next = Sync::begun(sync.project, at(0), at(200), Some(&sync));
        assert_eq!((next.run, next.kept), (1, 0));
    }

    #[test]
    fn lists_without_an_end_are_given_up() {
        let mut stuck = begun();
        stuck.advance(page(Some("a")), 0, at(101));
        stuck.advance(page(Some("a")), 0, at(102));
        assert_eq!(stuck.state, SyncState::Failed);
        let mut endless = begun();
        for number in 0..MOST_PAGES {
            assert_eq!(endless.state, SyncState::Running);
            endless.advance(page(Some(&number.to_string())), 0, at(101));
        }
        assert_eq!(endless.state, SyncState::Failed);
    }

    #[test]
    fn only_a_walk_under_way_that_reaches_as_far_covers_another() {
        let mut sync = Sync {
            since: at(50),
            ..begun()
        };
        assert!(sync.covers(at(50)) && sync.covers(at(60)) && !sync.covers(at(40)));
        sync.end(SyncState::Done, None, at(101));
        assert!(!sync.covers(at(60)));
    }
}
