//! The list of a project's activity, the newest first.

use std::ops::{Bound, ControlFlow};

use forgegate_engine::{Direction, Effort, Engine, Listed, Page, Span, StoreError};
use forgegate_model::activity::{Activity, ActivityKind};
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;

use super::row::{ACTIVITIES, ActivityRow, sortable};

use crate::indexes;
use crate::rows::ReadRow;
use crate::store::{Shared, Snapshot, Store};

/// The number of acts that one page reads in vain at most.
const MOST_MISSES: usize = 20_000;

/// The bytes of an act's position in its project's list: behind the project, its time, its row and its line.
const POSITION: usize = 8 + 16 + 2;

/// A filter for activity entries. A field that is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Those of this kind.
    pub kind: Option<ActivityKind>,
    /// Those that happened then or later.
    pub since: Option<Timestamp>,
    /// Those that happened before.
    pub until: Option<Timestamp>,
}

impl Store {
    /// A page of a project's activity, by when it happened. Where few of many fit it may have fewer than asked for, and a cursor to go on.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn activities(
        &self,
        project: ProjectId,
        filter: ActivityFilter,
        page: Page,
    ) -> Result<Listed<Activity>, StoreError> {
        let span = span(project, &filter, page.cursor.as_deref())?;
        let limit = page.limit.max(1);
        self.read(move |shared, rows| {
            let mut walk = Walk {
                shared,
                rows,
                filter: &filter,
                limit,
                effort: Effort::of(MOST_MISSES),
                open: None,
                items: Vec::new(),
                last: None,
                has_more: false,
            };
            if !span.is_empty() {
                let visit = &mut |key: &[u8], kind: &[u8]| walk.visit(key, kind);
                shared.engine.walk_index(indexes::ACTIVITIES_OF_PROJECT, &span, visit)?;
            }
            Ok(walk.listed())
        })
        .await
    }
}

fn span(project: ProjectId, filter: &ActivityFilter, cursor: Option<&str>) -> Result<Span, StoreError> {
    let at = |time: Timestamp| [project.as_bytes().as_slice(), &sortable(time)].concat();
    let mut span = Span::prefix(project.as_bytes(), Direction::Down);
    if let Some(since) = filter.since {
        span.from = Bound::Included(at(since));
    }
    if let Some(until) = filter.until {
        span.to = Bound::Excluded(at(until));
    }
    let Some(cursor) = cursor else { return Ok(span) };
    let mut position = [0; POSITION];
    hex::decode_to_slice(cursor, &mut position)
        .map_err(|_| StoreError::Invalid("the cursor is not one of this list".into()))?;
    let key = [project.as_bytes().as_slice(), &position].concat();
    // A cursor that lies behind `until` leads nowhere new.
    if !matches!(&span.to, Bound::Excluded(to) if *to < key) {
        span = span.beyond(&key);
    }
    Ok(span)
}

/// A page while it is gathered.
struct Walk<'w> {
    shared: &'w Shared,
    rows: &'w Snapshot,
    filter: &'w ActivityFilter,
    limit: usize,
    effort: Effort,
    /// The row that was opened last: what one telling brought lies together.
    open: Option<([u8; 16], Vec<Activity>)>,
    items: Vec<Activity>,
    last: Option<Vec<u8>>,
    has_more: bool,
}

impl Walk<'_> {
    fn visit(&mut self, key: &[u8], kind: &[u8]) -> Result<ControlFlow<()>, StoreError> {
        if self.items.len() >= self.limit || self.effort.is_spent() {
            self.has_more = true;
            return Ok(ControlFlow::Break(()));
        }
        let position = key.last_chunk::<POSITION>();
        let Some((id, line)) = position
            .and_then(|position| position.last_chunk::<18>())
            .and_then(|rest| {
                let (id, line) = rest.split_first_chunk::<16>()?;
                Some((*id, u16::from_be_bytes(line.try_into().ok()?)))
            })
        else {
            return Ok(ControlFlow::Continue(()));
        };
        self.last = position.map(|position| position.to_vec());
        let wanted = self.filter.kind.is_none_or(|wanted| kind == [wanted as u8]);
        match wanted.then(|| self.line(id, line)).transpose()?.flatten() {
            Some(activity) => self.items.push(activity),
            None => self.effort.miss(),
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A line of a row; none where that was committed after this reading began, or is gone, or its organization is.
    fn line(&mut self, id: [u8; 16], line: u16) -> Result<Option<Activity>, StoreError> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != id) {
            let Some(row) = self.rows.row::<ActivityRow>(ACTIVITIES, &id)? else {
                return Ok(None);
            };
            let lines = match row.open(&self.shared.vault, &id) {
                Ok(lines) => lines,
                Err(StoreError::Sealed(_)) => Vec::new(),
                Err(error) => return Err(error),
            };
            self.open = Some((id, lines));
        }
        let lines = self.open.as_ref().map(|(_, lines)| lines);
        Ok(lines.and_then(|lines| lines.get(usize::from(line))).cloned())
    }

    fn listed(self) -> Listed<Activity> {
        let next = self.last.filter(|_| self.has_more);
        Listed {
            items: self.items,
            next: next.map(hex::encode),
        }
    }
}
