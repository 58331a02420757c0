//! Pages of lists that are in the order of their ids: the cursor is the id of the last one shown.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::error::StoreError;

/// The longest time that one page takes.
const LONGEST: Duration = Duration::from_millis(10);
/// After how many rows the clock is looked at.
const LOOK_UP: usize = 32;

/// The part of a list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The end of the page before; none for the first.
    pub cursor: Option<String>,
    /// The number of items at most.
    pub limit: usize,
}

/// A part of a list, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next part; none where this is the last.
    pub next: Option<String>,
}

impl Page {
    /// The first page of that size.
    #[must_use]
    pub const fn first(limit: usize) -> Self {
        Self { cursor: None, limit }
    }

    /// The page as a window over ids.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is no id.
    pub fn window(&self) -> Result<Window, StoreError> {
        let before = self
            .cursor
            .as_deref()
            .map(|text| {
                Uuid::try_parse(text).map_err(|_| StoreError::Invalid("the cursor is not one of this list".into()))
            })
            .transpose()?;
        Ok(Window {
            before,
            limit: self.limit.max(1),
        })
    }
}

impl<T> Listed<T> {
    /// The same page with each item turned into another.
    #[must_use]
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            items: self.items.into_iter().map(turn).collect(),
            next: self.next,
        }
    }
}

/// The effort of one page, in rows that it reads in vain: so many rows, and no longer than a moment, since rows may lie on a slow disk. Where few of many
/// fit, a page may have fewer than asked for, and a cursor to go on.
#[derive(Debug)]
pub struct Effort {
    misses: usize,
    most: usize,
    until: Instant,
    is_late: bool,
}

impl Effort {
    /// At most so many rows in vain, from here on.
    #[must_use]
    pub fn of(most: usize) -> Self {
        Self {
            misses: 0,
            most,
            until: Instant::now() + LONGEST,
            is_late: false,
        }
    }

    /// A row did not fit.
    pub fn miss(&mut self) {
        self.misses += 1;
        if self.misses.is_multiple_of(LOOK_UP) {
            self.is_late = Instant::now() >= self.until;
        }
    }

    /// True once it was enough. It never is at once, so that every page goes on.
    #[must_use]
    pub const fn is_spent(&self) -> bool {
        self.is_late || self.misses >= self.most
    }
}

/// A page, its cursor understood.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Only what is older than this.
    pub before: Option<Uuid>,
    /// The number of items at most.
    pub limit: usize,
}

impl Window {
    /// Takes the page from what comes newest first, each with its id.
    #[must_use]
    pub fn collect<T>(&self, newest: impl Iterator<Item = (Uuid, T)>) -> Listed<T> {
        let older = newest.filter(|(id, _)| self.before.is_none_or(|before| *id < before));
        let mut taken: Vec<(Uuid, T)> = older.take(self.limit.saturating_add(1)).collect();
        let more = taken.len() > self.limit;
        taken.truncate(self.limit);
        let next = taken.last().filter(|_| more).map(|(id, _)| id.to_string());
        Listed {
            items: taken.into_iter().map(|(_, item)| item).collect(),
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(of: u128, limit: usize) -> Vec<Vec<u128>> {
        let mut page = Page::first(limit);
        let mut seen = Vec::new();
        loop {
            let newest = (1..=of).rev().map(|n| (Uuid::from_u128(n), n));
            let listed = page.window().unwrap().collect(newest);
            seen.push(listed.items);
            page.cursor = listed.next;
            if page.cursor.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_repeat() {
        assert_eq!(pages(5, 2), [vec![5, 4], vec![3, 2], vec![1]]);
        assert_eq!(pages(4, 2), [vec![4, 3], vec![2, 1]]);
        assert_eq!(pages(0, 2), [Vec::<u128>::new()]);
    }

    #[test]
    fn an_effort_ends_after_so_many_rows_or_so_long_but_never_at_once() {
        let misses = |mut effort: Effort| {
            let mut count = 0;
            while !effort.is_spent() {
                effort.miss();
                count += 1;
            }
            count
        };
        assert_eq!(misses(Effort::of(40)), 40);
        let late = Effort {
            until: Instant::now(),
            ..Effort::of(4_000)
        };
        assert_eq!(misses(late), LOOK_UP);
    }

    #[test]
    fn a_cursor_of_somebodys_own_making_is_refused() {
        let page = Page {
            cursor: Some("7".into()),
            limit: 2,
        };
        assert!(matches!(page.window(), Err(StoreError::Invalid(_))));
    }
}
