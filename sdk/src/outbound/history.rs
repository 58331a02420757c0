//! The past of a repository, list by list: the part of `history` that is the same for every forge.

use super::{Answer, HistoryPage, OutboundError, RepositoryRef, no_such_page, page_number};
use crate::events::{Actor, Commit, Detail, Event, MAX_COMMITS, Push, Repository};
use crate::json::{Fields, Part};
use crate::time::unix_ms;

/// A question for what happened in a repository since a time.
#[derive(Clone, Debug)]
pub struct History<'a> {
    /// The repository.
    pub repository: &'a RepositoryRef,
    /// The time, RFC 3339.
    pub since: &'a str,
    since_ms: i64,
}

/// A list of the forge's that tells what happened: the name under which a page of it is known, and what reads a page.
///
/// It is read from its beginning with none, then with what each page named as the next.
pub type List = (
    &'static str,
    fn(&History<'_>, Option<&str>) -> Result<Listed, OutboundError>,
);

/// A call that asks for the page of a list that has this number, which begins at 1.
pub type Ask<'a> = &'a dyn Fn(u32) -> Result<Answer, OutboundError>;

/// A reader of one entry of a list. It adds the events that the entry tells of, and answers whether the entry is recent: not older than
/// the time that was asked about.
pub type ReadEntry<'a> = &'a mut dyn FnMut(Part<'_>, &mut Vec<Event>) -> Result<bool, OutboundError>;

/// A page of the commits of a branch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommitPage {
    /// The commits, the newest first, each with the time that it counts by.
    pub newest_first: Vec<(Option<String>, Commit)>,
    /// The number of the next page.
    pub next: Option<u32>,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// The events.
    pub events: Vec<Event>,
    /// The cursor of the next page of this list. Must not begin with white space.
    pub next: Option<String>,
}

impl Listed {
    /// Asks for a page of a list that counts its pages, and reads it entry by entry. A page whose entries are all too old is the last; a
    /// list that does not begin with the newest calls each entry recent.
    pub fn numbered(
        cursor: Option<&str>,
        fields: Fields,
        ask: Ask<'_>,
        read: ReadEntry<'_>,
    ) -> Result<Self, OutboundError> {
        let number = page_number(cursor)?;
        let answer = ask(number)?;
        let (events, goes_on) = Self::entries(&answer, fields, read)?;
        let next = answer.page_after(number).filter(|_| goes_on);
        Ok(Self {
            events,
            next: next.map(|next| u64::from(next).to_string()),
        })
    }

    /// Reads an answer entry by entry. Answers the events, and whether the list goes on: unless all its entries are too old.
    pub fn entries(answer: &Answer, fields: Fields, read: ReadEntry<'_>) -> Result<(Vec<Event>, bool), OutboundError> {
        let tree = answer.tree(fields)?;
        let entries = tree.root().entries()?;
        let (mut events, mut goes_on) = (Vec::new(), entries.is_empty());
        for entry in entries {
            goes_on |= read(entry, &mut events)?;
        }
        Ok((events, goes_on))
    }
}

/// Reads the entries of the first pages of a list, so many at most; what lies beyond is left out. A list that is not found has none.
pub fn first_pages(
    most: u32,
    fields: Fields,
    ask: Ask<'_>,
    read: &mut dyn FnMut(Part<'_>) -> Result<(), OutboundError>,
) -> Result<(), OutboundError> {
    let mut page = 1;
    for _ in 0..most {
        let answer = match ask(page) {
            Err(OutboundError::NotFound) => return Ok(()),
            answer => answer?,
        };
        answer
            .tree(fields)?
            .root()
            .entries()?
            .into_iter()
            .try_for_each(&mut *read)?;
        match answer.page_after(page) {
            Some(next) => page = next,
            None => return Ok(()),
        }
    }
    Ok(())
}

impl<'a> History<'a> {
    /// The question. Rejected where the time is none.
    pub fn new(repository: &'a RepositoryRef, since: &'a str) -> Result<Self, OutboundError> {
        let since_ms = unix_ms(since).ok_or_else(|| rejected("the time is not RFC 3339"))?;
        Ok(Self {
            repository,
            since,
            since_ms,
        })
    }

    /// Tells whether it was at that time or later. What has no time, or one that cannot be read, was not.
    pub fn holds(&self, time: Option<&str>) -> bool {
        time.and_then(unix_ms).is_some_and(|time| time >= self.since_ms)
    }

    /// The event, if it happened late enough. Of the repository it says what was asked with.
    pub fn event(&self, time: Option<&str>, actor: Option<Actor>, detail: Detail) -> Option<Event> {
        let time = time.filter(|time| self.holds(Some(time)))?;
        Some(Event {
            repository: Some(Repository {
                id: self.repository.id.clone(),
                full_name: self.repository.full_name.clone(),
                urls: Vec::new(),
                web_url: None,
                default_branch: None,
            }),
            actor,
            time: Some(time.to_owned()),
            installation: None,
            detail,
        })
    }

    /// A page of the commits of the default branch, as pushes of as many as one may list. The cursor is the page's number and the
    /// branch, which is asked for once.
    pub fn commits(
        &self,
        cursor: Option<&str>,
        branch: &dyn Fn() -> Result<Option<String>, OutboundError>,
        read: &dyn Fn(u32) -> Result<CommitPage, OutboundError>,
    ) -> Result<Listed, OutboundError> {
        let (number, branch) = match cursor.and_then(|cursor| cursor.split_once(' ')) {
            Some((number, branch)) => (page_number(Some(number))?, branch.to_owned()),
            None => (1, branch()?.unwrap_or_default()),
        };
        let mut page = read(number)?;
        page.newest_first.reverse();
        let pushes = page.newest_first.chunks(MAX_COMMITS);
        let next = page.next.map(u64::from);
        Ok(Listed {
            events: pushes.filter_map(|commits| self.push(&branch, commits)).collect(),
            next: next.map(|next| [&next.to_string(), " ", &branch].concat()),
        })
    }

    /// The commits, the oldest first, as one push of the time of the newest.
    fn push(&self, branch: &str, commits: &[(Option<String>, Commit)]) -> Option<Event> {
        let (time, newest) = commits.last()?;
        let push = Push {
            after: Some(newest.id.clone()),
            commits: commits.iter().map(|(_, commit)| commit.clone()).collect(),
            commits_total: Some(commits.len() as u64),
            ..Push::to(["refs/heads/", branch].concat())
        };
        self.event(time.as_deref(), None, Detail::Push(push))
    }

    /// One page of one of the lists, which are read in this order.
    ///
    /// A list that the forge does not have is passed over; so is one that the credential may not see, but that is told. Of the
    /// first list both are errors: it must be one that every repository has.
    pub fn page(&self, lists: &[List], page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        let (index, place) = match page {
            None => (0, None),
            Some(page) => {
                let (name, place) = page.split_once(' ').unwrap_or((page, ""));
                let index = lists.iter().position(|(known, _)| *known == name);
                let index = index.ok_or_else(no_such_page)?;
                (index, Some(place).filter(|place| !place.is_empty()))
            }
        };
        let Some((name, read)) = lists.get(index) else {
            return Err(rejected("there is no list"));
        };
        let (listed, missing) = match read(self, place) {
            Ok(listed) => (listed, None),
            Err(OutboundError::NotFound) if index > 0 => (Listed::default(), None),
            Err(OutboundError::Forbidden(why)) if index > 0 => (Listed::default(), Some([name, ": ", &why].concat())),
            Err(error) => return Err(error),
        };
        let next_list = || Some(lists.get(index + 1)?.0.to_owned());
        Ok(HistoryPage {
            events: listed.events,
            missing: missing.into_iter().collect(),
            next: listed.next.map(|next| [name, " ", &next].concat()).or_else(next_list),
        })
    }
}

fn rejected(why: &str) -> OutboundError {
    OutboundError::Rejected(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTS: [List; 3] = [
        ("commits", |_, page| match page {
            None => Ok(Listed {
                events: Vec::new(),
                next: Some("2 main".into()),
            }),
            Some("2 main") => Ok(Listed::default()),
            Some(_) => Err(OutboundError::NotFound),
        }),
        ("runs", |_, _| Err(OutboundError::Forbidden("actions:read".into()))),
        ("releases", |_, _| Err(OutboundError::NotFound)),
    ];

    fn repository() -> RepositoryRef {
        RepositoryRef {
            id: Some("42".into()),
            full_name: "acme/widgets".into(),
        }
    }

    #[test]
    fn lists_are_walked_to_the_end_of_the_last() {
        let repository = repository();
        let history = History::new(&repository, "2026-01-02T00:00:00Z").unwrap();
        let (mut met, mut missing, mut page) = (Vec::new(), Vec::new(), None);
        loop {
            let found = history.page(&LISTS, page.as_deref()).unwrap();
            missing.extend(found.missing);
            met.push(page);
            page = found.next;
            if page.is_none() {
                break;
            }
        }
        let met: Vec<_> = met.iter().map(|page| page.as_deref().unwrap_or("")).collect();
        assert_eq!(met, ["", "commits 2 main", "runs", "releases"]);
        assert_eq!(missing, ["runs: actions:read"]);
    }

    #[test]
    fn what_the_first_list_lacks_is_an_error_and_so_is_a_page_of_no_list() {
        let repository = repository();
        let history = History::new(&repository, "2026-01-02T00:00:00Z").unwrap();
        assert_eq!(history.page(&LISTS, Some("commits x")), Err(OutboundError::NotFound));
        let unknown = history.page(&LISTS, Some("issues 2"));
        assert!(matches!(unknown, Err(OutboundError::Rejected(_))), "{unknown:?}");
        let no_time = History::new(&repository, "yesterday");
        assert!(matches!(no_time, Err(OutboundError::Rejected(_))));
    }

    #[test]
    fn only_what_happened_late_enough_is_an_event() {
        let repository = repository();
        let history = History::new(&repository, "2026-01-02T00:00:00Z").unwrap();
        let event = |time| history.event(time, None, Detail::Ping);
        assert_eq!(event(Some("2026-01-01T23:59:59Z")), None);
        assert_eq!(event(None), None);
        assert_eq!(event(Some("soon")), None);
        let event = event(Some("2026-01-02T02:00:00+02:00")).unwrap();
        assert_eq!(event.repository.unwrap().id.as_deref(), Some("42"));
    }
}
