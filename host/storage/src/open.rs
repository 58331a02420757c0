//! Opening: the schema of all nouns, their state loaded from what is committed, and its flush.

use forgegate_engine::{Embedded, EngineOptions, Handle, LayoutStep, Rows, Schema, Shared, State, StoreError, Write};

use crate::memory::{Change, MemoryState, Options};
use crate::store::{Store, Tx};
use crate::{
    activity, audit, deliveries, evaluations, follow_ups, heads, indexes, installations, integrations, organizations,
    outbox, projects, refusals, tokens,
};

/// Everything that the engine is told of the nouns.
const SCHEMA: Schema = Schema {
    layout: 2,
    steps: &[LayoutStep {
        from: 1,
        apply: installations::adopt_pairs,
    }],
    kinds: &[
        deliveries::DELIVERY,
        evaluations::EVALUATION,
        audit::AUDIT_ENTRY,
        outbox::STATUS,
        activity::ACTIVITY,
        heads::HEAD,
        follow_ups::FOLLOW_UP,
    ],
    indexes: indexes::ALL,
};

impl Store {
    /// Opens the files, or makes key ring and database together where neither is there. It waits for the disk.
    ///
    /// # Errors
    /// When a file cannot be read or written, another process has it, the key ring is open to others or lacks the database's keys, or the
    /// database was written by a later version.
    pub fn open(options: Options) -> Result<Self, StoreError> {
        let engine = EngineOptions {
            folder: options.folder.clone(),
            keys: options.keys.clone(),
            cache_bytes: options.cache_bytes,
        };
        let shared = Shared::open(&engine, SCHEMA, |rows| load(rows, options))?;
        Handle::start(shared).map(Self::of)
    }
}

/// Loads everything from what is committed.
fn load(rows: &impl Rows, options: Options) -> Result<MemoryState, StoreError> {
    let (there, going) = organizations::load(rows)?;
    let state = MemoryState::new(options);
    installations::load(rows, &state.installations)?;
    let directory = &state.directory;
    directory.enter(integrations::load(rows)?);
    directory.enter(projects::load(rows)?);
    directory.enter(tokens::load(rows)?);
    // What is left of those that are going stays out of sight.
    directory.enter(going.iter().copied().map(Change::OrganizationGone));
    state.going().extend(going);
    directory.enter(there.into_iter().map(Change::Organization));
    evaluations::load(rows, &state.queue)?;
    outbox::load(rows, &state.outbox, &state.directory)?;
    follow_ups::load(rows, &state.follow_ups)?;
    refusals::load(rows, &state.refusals)?;
    Ok(state)
}

impl State for MemoryState {
    type Engine = Embedded;
    type Flush = Flush;

    fn flush(&self) -> Option<Flush> {
        let flush = Flush {
            repeats: deliveries::due(&self.repeats),
            refusals: refusals::due(&self.refusals),
            calls: audit::due(&self.calls),
        };
        (flush.repeats.is_some() || flush.refusals.is_some() || flush.calls.is_some()).then_some(flush)
    }
}

/// Everything that was counted and not yet written.
pub(crate) struct Flush {
    repeats: Option<deliveries::FlushRepeats>,
    refusals: Option<refusals::Flush>,
    calls: Option<audit::Flush>,
}

impl Write<MemoryState> for Flush {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        if let Some(repeats) = &self.repeats {
            repeats.apply(tx)?;
        }
        if let Some(refusals) = &self.refusals {
            refusals.apply(tx)?;
        }
        match &self.calls {
            Some(calls) => calls.apply(tx),
            None => Ok(()),
        }
    }
}
