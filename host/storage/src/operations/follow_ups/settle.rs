//! Settling follow-up work: one transaction, which also brings the delivery's record up to date.

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::follow_up::{Address, FollowUp, Reply, Stage, Task, reply_to};
use forgegate_model::ids::{DeliveryId, DerivedIds};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::effects::{Effect, EffectExecutor, EffectOutcome};
use crate::deliveries;
use crate::follow_ups::row::{self, put};
use crate::memory::MemoryState;
use crate::store::{Store, Tx};

/// The end of follow-up work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The forge answered.
    Done,
    /// It did not, or not so that anything could follow.
    GaveUp,
}

/// The effects of a forge's answer, and the end of the follow-up work.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery whose follow-up work it is.
    pub delivery: DeliveryId,
    /// The time of settling.
    pub at: Timestamp,
    /// An id that is nobody else's; those of audit entries follow from it.
    pub seed: Uuid,
    /// The effects, carried out in this order.
    pub deeds: Vec<Effect>,
    /// Actor and action for the audit log; none where no person acted.
    pub audit: Option<(String, String)>,
    /// The results of asking the forge, a sentence each.
    pub sentences: Vec<String>,
    /// The end of the work.
    pub ending: Ending,
    /// Where whoever gave a command is told, and what commands begin with.
    pub reply: Option<(Address, String)>,
}

impl Store {
    /// Does what follows, all of it or nothing, and ends the asking. What is over already is left alone. Answers how the work stands.
    ///
    /// # Errors
    /// `NotFound` where there is no such work.
    pub async fn settle_follow_up(&self, settlement: Settlement) -> Result<FollowUp, StoreError> {
        self.write(Settle(settlement)).await
    }

    /// Puts work off until then, since this attempt did not do.
    ///
    /// # Errors
    /// `NotFound` where there is no such work.
    pub async fn put_off_follow_up(
        &self,
        delivery: DeliveryId,
        until: Timestamp,
        sentence: String,
    ) -> Result<(), StoreError> {
        self.write(PutOff {
            delivery,
            until,
            sentence,
        })
        .await
    }

    /// Ends the telling.
    ///
    /// # Errors
    /// `NotFound` where there is no such work.
    pub async fn end_reply(&self, delivery: DeliveryId, sentence: Option<String>) -> Result<(), StoreError> {
        self.write(EndReply { delivery, sentence }).await
    }
}

struct Settle(Settlement);

impl Write<MemoryState> for Settle {
    type Output = FollowUp;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<FollowUp, StoreError> {
        let settlement = &self.0;
        let mut follow_up = get(tx, settlement.delivery)?;
        if follow_up.stage != Stage::Asking {
            return Ok(follow_up);
        }
        let mut outcomes = Vec::new();
        deliveries::amend(tx, settlement.delivery, |tx, delivery| {
            let mut executor = EffectExecutor {
                delivery,
                ids: DerivedIds::of(settlement.seed),
                at: settlement.at,
                audit: settlement.audit.as_ref(),
            };
            for effect in &settlement.deeds {
                let outcome = executor.carry_out(tx, effect)?;
                // Making room for what came of another effect is no answer to anybody.
                if !matches!(effect, Effect::Overtake { .. }) {
                    outcomes.push(outcome);
                }
            }
            Ok(())
        })?;
        follow_up.sentences.extend(settlement.sentences.iter().cloned());
        follow_up.stage = match (self.reply(&follow_up, &outcomes), settlement.ending) {
            (Some(reply), _) => Stage::Replying(reply),
            (None, Ending::Done) => Stage::Done,
            (None, Ending::GaveUp) => Stage::GaveUp,
        };
        follow_up.attempts = 0;
        (follow_up.since, follow_up.next_at) = (settlement.at, settlement.at);
        put(tx, &follow_up)?;
        Ok(follow_up)
    }
}

impl Settle {
    fn reply(&self, follow_up: &FollowUp, outcomes: &[EffectOutcome]) -> Option<Reply> {
        let (address, prefix) = self.0.reply.clone()?;
        let Task::Command(order) = &follow_up.task else {
            return None;
        };
        // Where nothing of the projects is left, nobody is spoken for.
        if outcomes.is_empty() {
            return None;
        }
        let (sign, text) = reply_to(&order.command, &prefix, outcomes);
        Some(Reply {
            address,
            number: order.number,
            comment: order.comment.clone(),
            sign,
            text,
        })
    }
}

struct PutOff {
    delivery: DeliveryId,
    until: Timestamp,
    sentence: String,
}

impl Write<MemoryState> for PutOff {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let mut follow_up = get(tx, self.delivery)?;
        if !follow_up.stage.is_open() {
            return Ok(());
        }
        follow_up.attempts = follow_up.attempts.saturating_add(1);
        follow_up.next_at = self.until;
        if follow_up.sentences.last() != Some(&self.sentence) {
            follow_up.sentences.push(self.sentence.clone());
        }
        put(tx, &follow_up)
    }
}

struct EndReply {
    delivery: DeliveryId,
    sentence: Option<String>,
}

impl Write<MemoryState> for EndReply {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let mut follow_up = get(tx, self.delivery)?;
        if !matches!(follow_up.stage, Stage::Replying(_)) {
            return Ok(());
        }
        follow_up.stage = Stage::Done;
        follow_up.sentences.extend(self.sentence.clone());
        put(tx, &follow_up)
    }
}

fn get(rows: &impl Rows, delivery: DeliveryId) -> Result<FollowUp, StoreError> {
    row::find(rows, delivery)?.ok_or_else(|| StoreError::NotFound(format!("follow-up work of delivery `{delivery}`")))
}
