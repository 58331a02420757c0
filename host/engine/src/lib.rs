#![doc = include_str!("../README.md")]

mod embedded;
mod engine;
mod error;
mod page;
mod query;
mod rows;
mod schema;
mod sealing;
mod shared;
mod writer;

#[cfg(feature = "testing")]
pub use embedded::testing;
pub use embedded::{Embedded, EngineOptions, Snapshot};
pub use engine::{Batch, CommitError, Engine, Location, Record, Transaction, WornSegment};
pub use error::StoreError;
pub use page::{Effort, Listed, Page, Window};
pub use query::{ListQuery, RowMatch, Source};
pub use rows::{Direction, Rows, Span, Table, Visit, decode, encode};
pub use schema::{Index, IndexChange, IndexEntry, LayoutStep, LayoutTransaction, RowKind, Schema};
pub use sealing::{Key, KeyError, NONCE, OVERHEAD, Owner, SealContext, Vault};
pub use shared::{Shared, State, Tx, Write, WriterMetrics, departed, forget_departed};
pub use writer::{Handle, Waiting};
