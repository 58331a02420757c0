//! What is counted in memory and written now and then: by the writer, about once a second, and at the end.

use crate::audit;
use crate::deliveries::FlushRepeats;
use crate::error::StoreError;
use crate::refusals;
use crate::store::Shared;
use crate::tx::Tx;
use crate::writer::Write;

/// Everything that was counted and not yet written.
pub(crate) struct Keep {
    repeats: Option<FlushRepeats>,
    refusals: Option<refusals::Flush>,
    calls: Option<audit::Flush>,
}

impl Keep {
    /// What is due, if anything is.
    pub(crate) fn due(shared: &Shared) -> Option<Self> {
        let keep = Self {
            repeats: shared.repeats.due(),
            refusals: shared.refusals.due(),
            calls: shared.calls.due(),
        };
        (keep.repeats.is_some() || keep.refusals.is_some() || keep.calls.is_some()).then_some(keep)
    }
}

impl Write for Keep {
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
