//! Pages of large tables: rows in the order of their ids, the newest first, of which few of many may be wanted.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::error::StoreError;
use crate::page::Effort;
use crate::rows::{Direction, Rows, Span, Table};
use crate::store::{Listed, Shared};
use crate::views::View;

/// Where the ids of a list come from: the narrowest that has all that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// What a view lists under a key.
    View(View, [u8; 16]),
    /// A small table of ids.
    Few(Table),
    /// The table itself.
    All,
}

/// What a row is to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowMatch<T> {
    /// It is wanted.
    Wanted(T),
    /// It is not.
    Unwanted,
    /// Neither it nor any that is older is.
    Past,
}

impl<T> RowMatch<T> {
    /// An item that is wanted, or is not.
    pub(crate) fn of(item: T, is_wanted: impl FnOnce(&T) -> bool) -> Self {
        if is_wanted(&item) {
            Self::Wanted(item)
        } else {
            Self::Unwanted
        }
    }
}

/// A stretch of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// The rows.
    pub(crate) table: Table,
    /// Which of them may be wanted.
    pub(crate) source: Source,
    /// Only what is older than this.
    pub(crate) before: Option<[u8; 16]>,
    /// How many items at most.
    pub(crate) limit: usize,
    /// How many rows are looked at in vain at most.
    pub(crate) looked_at: usize,
}

impl Stretch {
    /// Gathers a page. It may hold fewer items than asked for and still have a next one.
    pub(crate) fn gather<T>(
        &self,
        shared: &Shared,
        rows: &impl Rows,
        look: impl FnMut([u8; 16], &[u8]) -> Result<RowMatch<T>, StoreError>,
    ) -> Result<Listed<T>, StoreError> {
        let mut gathering = Gathering::new(self, look);
        let mut span = Span::all(Direction::Down);
        if let Some(before) = &self.before {
            span = span.beyond(before);
        }
        let mut by_id = |id: [u8; 16]| match rows.get(self.table, &id)? {
            Some(row) => gathering.visit(id, &row),
            // It was made since this reading began, or is gone.
            None => Ok(ControlFlow::Continue(())),
        };
        match self.source {
            Source::View(view, by) => shared.views.list(view, &by, self.before.as_ref(), &mut by_id)?,
            Source::Few(table) => rows.walk(table, &span, &mut |id, _| with_id(id, &mut by_id))?,
            Source::All => rows.walk(self.table, &span, &mut |id, row| {
                with_id(id, |id| gathering.visit(id, row))
            })?,
        }
        Ok(gathering.listed())
    }
}

/// A page while it is gathered.
struct Gathering<T, F> {
    look: F,
    limit: usize,
    effort: Effort,
    items: Vec<T>,
    last: Option<[u8; 16]>,
    /// Whether there is a row behind the last that was looked at.
    has_more: bool,
}

impl<T, F> Gathering<T, F>
where
    F: FnMut([u8; 16], &[u8]) -> Result<RowMatch<T>, StoreError>,
{
    fn new(stretch: &Stretch, look: F) -> Self {
        Self {
            look,
            limit: stretch.limit,
            effort: Effort::of(stretch.looked_at),
            items: Vec::new(),
            last: None,
            has_more: false,
        }
    }

    fn visit(&mut self, id: [u8; 16], row: &[u8]) -> Result<ControlFlow<()>, StoreError> {
        if self.items.len() >= self.limit || self.effort.is_spent() {
            self.has_more = true;
            return Ok(ControlFlow::Break(()));
        }
        match (self.look)(id, row)? {
            RowMatch::Past => return Ok(ControlFlow::Break(())),
            RowMatch::Wanted(item) => self.items.push(item),
            RowMatch::Unwanted => self.effort.miss(),
        }
        self.last = Some(id);
        Ok(ControlFlow::Continue(()))
    }

    fn listed(self) -> Listed<T> {
        let next = self.last.filter(|_| self.has_more);
        Listed {
            items: self.items,
            next: next.map(|id| Uuid::from_bytes(id).to_string()),
        }
    }
}

/// A key that is no id belongs to no row.
fn with_id(
    key: &[u8],
    visit: impl FnOnce([u8; 16]) -> Result<ControlFlow<()>, StoreError>,
) -> Result<ControlFlow<()>, StoreError> {
    key.try_into().map_or(Ok(ControlFlow::Continue(())), visit)
}
