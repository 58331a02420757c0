//! Refusals: what was not let in, counted in memory, written once a second and at the end. Bounded, whatever strangers send.

use std::net::IpAddr;
use std::ops::ControlFlow;

use forgegate_engine::{Direction, Listed, Page, Rows, Span, StoreError, Table, Write};
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::refusal::{Refusal, RefusalKey};
use forgegate_model::timestamp::Timestamp;

use crate::memory::{Counters, MemoryState};
use crate::rows::{PutRow, Row, decode};
use crate::store::{Store, Tx};

/// Refusals: the encoded key → the counter.
const REFUSALS: Table = Table("refusals");

/// How much of what strangers sent is kept.
const MOST_HEADERS: usize = 32;
const LONGEST_HEADER: usize = 64;

impl Row for Refusal {
    const VERSION: u8 = 1;
}

/// A filter for refusals. A field that is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalFilter {
    /// Those of one of these organizations.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Those of this integration.
    pub integration: Option<IntegrationId>,
    /// Those of this forge.
    pub forge: Option<String>,
    /// Those answered with this code.
    pub code: Option<String>,
    /// Those last counted then or later.
    pub since: Option<Timestamp>,
    /// Those first counted before.
    pub until: Option<Timestamp>,
}

impl RefusalFilter {
    fn admits(&self, refusal: &Refusal) -> bool {
        let key = &refusal.key;
        let of = |all: &Vec<_>| key.organization.is_some_and(|it| all.contains(&it));
        self.organizations.as_ref().is_none_or(of)
            && self.integration.is_none_or(|it| key.integration == Some(it))
            && self.forge.is_none() | (self.forge == key.forge)
            && self.code.as_ref().is_none_or(|code| key.code == *code)
            && self.since.is_none_or(|at| refusal.last_at >= at)
            && self.until.is_none_or(|at| refusal.first_at < at)
    }
}

/// Loads what was written.
pub(crate) fn load(rows: &impl Rows, counters: &Counters) -> Result<(), StoreError> {
    let mut refusals = Vec::new();
    rows.walk(REFUSALS, &Span::all(Direction::Up), &mut |_, row| {
        refusals.push(decode(REFUSALS, row)?);
        Ok(ControlFlow::Continue(()))
    })?;
    counters.load(refusals);
    Ok(())
}

/// The write that brings the rows up, if there is something to write.
pub(crate) fn due(counters: &Counters) -> Option<Flush> {
    let changed = counters.changed();
    (!changed.is_empty()).then_some(Flush(changed))
}

impl Store {
    /// Counts a refusal, with what the last one looked like. It is shown at once, and written within a second or two.
    /// Answers how many there were of its kind, this one included.
    pub fn count_refusal(
        &self,
        key: RefusalKey,
        at: Timestamp,
        source_ip: Option<IpAddr>,
        headers: Vec<String>,
        message: String,
    ) -> u64 {
        let names = headers.into_iter().take(MOST_HEADERS);
        self.shared().state.refusals.count(Refusal {
            key,
            count: 1,
            first_at: at,
            last_at: at,
            source_ip,
            headers: names.map(cut).collect(),
            message,
        })
    }

    /// A page of refusals, those that were last counted first. It asks memory.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is none of this list's.
    pub fn refusals(&self, filter: &RefusalFilter, page: &Page) -> Result<Listed<Refusal>, StoreError> {
        let after = page.cursor.as_deref().map(Position::parse).transpose()?;
        self.shared().state.refusals.with(|all| {
            let admitted = all.values().filter(|it| filter.admits(it));
            let mut found: Vec<_> = admitted.map(|it| (Position::of(it), it)).collect();
            found.sort_by(|one, other| one.0.cmp(&other.0));
            let rest = found.partition_point(|(at, _)| after.as_ref().is_some_and(|after| at <= after));
            let mut items = found.into_iter().skip(rest);
            let shown: Vec<_> = items.by_ref().take(page.limit.max(1)).collect();
            let next = items.next().and(shown.last()).map(|(at, _)| at.to_string());
            Ok(Listed {
                items: shown.into_iter().map(|(_, it)| it.clone()).collect(),
                next,
            })
        })
    }
}

/// The place in the list: the latest first, then by key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position(std::cmp::Reverse<i64>, u64);

impl Position {
    fn of(refusal: &Refusal) -> Self {
        let hash = forgegate_model::crypto::sha256(&encode_key(&refusal.key));
        let number = hash.first_chunk::<8>().map_or(0, |it| u64::from_be_bytes(*it));
        Self(std::cmp::Reverse(refusal.last_at.micros()), number)
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let parsed = text.split_once('-').and_then(|(at, number)| {
            let number = u64::from_str_radix(number, 16).ok()?;
            Some(Self(std::cmp::Reverse(at.parse().ok()?), number))
        });
        parsed.ok_or_else(|| StoreError::Invalid("the cursor is not one of this list".to_owned()))
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}-{:x}", self.0.0, self.1)
    }
}

/// Writes counters into their rows.
pub(crate) struct Flush(Vec<Refusal>);

impl Write<MemoryState> for Flush {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for refusal in &self.0 {
            tx.put_row(REFUSALS, &encode_key(&refusal.key), refusal)?;
        }
        let rows = self.0.clone();
        tx.after_commit(move |shared| shared.state.refusals.written(&rows));
        Ok(())
    }
}

/// Removes counters that were last counted before a time. Tells how many there were.
pub(crate) struct Forget(pub(crate) Timestamp);

impl Write<MemoryState> for Forget {
    type Output = u64;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let before = self.0;
        let old = tx.shared().state.refusals.older_than(before);
        for key in &old {
            tx.remove(REFUSALS, &encode_key(key))?;
        }
        let count = old.len() as u64;
        if count > 0 {
            tx.after_commit(move |shared| shared.state.refusals.forget(&old, before));
        }
        Ok(count)
    }
}

fn encode_key(key: &RefusalKey) -> Vec<u8> {
    let id = |id: Option<&[u8; 16]>| id.map_or(Vec::new(), |id| id.to_vec());
    let parts = [
        id(key.organization.as_ref().map(OrganizationId::as_bytes)),
        id(key.integration.as_ref().map(IntegrationId::as_bytes)),
        key.forge.clone().unwrap_or_default().into_bytes(),
        key.code.clone().into_bytes(),
    ];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&part);
    }
    bytes
}

fn cut(mut name: String) -> String {
    let mut end = LONGEST_HEADER.min(name.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}
