//! Pages of large tables: rows in the order of their ids, the newest first, of which few of many may be wanted.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::engine::Engine;
use crate::error::StoreError;
use crate::page::{Effort, Listed};
use crate::rows::{Direction, Rows, Span, Table};
use crate::schema::Index;

/// The source of a list's ids: the narrowest that has all that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The rows that an index lists by a key.
    Index(Index, [u8; 16]),
    /// A small table of ids.
    Few(Table),
    /// The table itself.
    All,
}

/// A row's fit to a list query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowMatch<T> {
    /// It is wanted.
    Wanted(T),
    /// It is not.
    Unwanted,
    /// Neither it nor any that is older is.
    Past,
}

impl<T> RowMatch<T> {
    /// An item that is wanted, or is not.
    pub fn of(item: T, is_wanted: impl FnOnce(&T) -> bool) -> Self {
        if is_wanted(&item) {
            Self::Wanted(item)
        } else {
            Self::Unwanted
        }
    }
}

/// A query for a part of a list.
#[derive(Clone, Copy, Debug)]
pub struct ListQuery {
    /// The rows.
    pub table: Table,
    /// Those of them that may be wanted.
    pub source: Source,
    /// Only what is older than this.
    pub before: Option<[u8; 16]>,
    /// The number of items at most.
    pub limit: usize,
    /// The number of rows at most that are read in vain.
    pub most_misses: usize,
}

impl ListQuery {
    /// Gathers a page. It may hold fewer items than asked for and still have a next one.
    ///
    /// # Errors
    /// `Unavailable`, or what `examine` returns.
    pub fn run<T>(
        &self,
        engine: &impl Engine,
        rows: &impl Rows,
        examine: impl FnMut([u8; 16], &[u8]) -> Result<RowMatch<T>, StoreError>,
    ) -> Result<Listed<T>, StoreError> {
        let mut page = PageBuilder::new(self, examine);
        let mut span = Span::all(Direction::Down);
        if let Some(before) = &self.before {
            span = span.beyond(before);
        }
        let mut by_id = |id: [u8; 16]| match rows.get(self.table, &id)? {
            Some(row) => page.visit(id, &row),
            // It was made since this reading began, or is gone.
            None => Ok(ControlFlow::Continue(())),
        };
        match self.source {
            Source::Index(index, by) => engine.list(index, &by, self.before.as_ref(), &mut by_id)?,
            Source::Few(table) => rows.walk(table, &span, &mut |id, _| with_id(id, &mut by_id))?,
            Source::All => rows.walk(self.table, &span, &mut |id, row| with_id(id, |id| page.visit(id, row)))?,
        }
        Ok(page.listed())
    }
}

/// A page while it is gathered.
struct PageBuilder<T, F> {
    examine: F,
    limit: usize,
    effort: Effort,
    items: Vec<T>,
    last: Option<[u8; 16]>,
    /// True where there is a row behind the last that was read.
    has_more: bool,
}

impl<T, F> PageBuilder<T, F>
where
    F: FnMut([u8; 16], &[u8]) -> Result<RowMatch<T>, StoreError>,
{
    fn new(stretch: &ListQuery, examine: F) -> Self {
        Self {
            examine,
            limit: stretch.limit,
            effort: Effort::of(stretch.most_misses),
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
        match (self.examine)(id, row)? {
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
