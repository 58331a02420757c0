//! Apps that are being made: between the link that an operator opens and the code that comes back. In memory alone, one for each
//! forge: whoever begins another ends the one before, and a gateway that is started again knows of none.

use forgegate_model::lock::Lock;
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use forgegate_model::crypto;
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::Kept;

/// The time for which a link can be used.
pub const LIFE: Duration = Duration::from_secs(30 * 60);

/// An app that is to be made, and for whom.
pub struct Drafted {
    /// The draft's id.
    pub id: Uuid,
    /// The requested name of the app.
    pub name: String,
    /// The forge's web address; none for the public one.
    pub base_url: Option<String>,
    /// The actor who began, as the audit log names them.
    pub actor: String,
    /// The gateway's public origin.
    pub origin: String,
    /// The time when the link ends.
    pub expires_at: Timestamp,
}

/// The form that the operator's browser posts to the forge.
#[derive(Clone)]
pub struct Form {
    /// The URL that it is posted to.
    pub action: String,
    /// The form's fields.
    pub fields: Vec<(String, String)>,
}

/// Outcome of making an app.
#[derive(Clone)]
pub enum Outcome {
    /// There is none so far.
    Waiting,
    /// The app is made.
    Made(Arc<Kept>),
    /// The app is not made, for this reason.
    Failed(String),
}

/// A draft that waits for its code: the state that must come back with it, and the form. Taken out once.
pub struct Pending {
    /// The app that is being made.
    pub drafted: Arc<Drafted>,
    state: Secret,
    form: Form,
}

struct Draft {
    drafted: Arc<Drafted>,
    pending: Option<Pending>,
    outcome: watch::Sender<Outcome>,
}

/// All drafts, by forge.
#[derive(Default)]
pub struct Drafts(Lock<BTreeMap<String, Draft>>);

impl Drafts {
    /// Begins a draft. One that was begun before for the forge has failed.
    pub fn begin(&self, forge: &str, drafted: Drafted, state: Secret, form: Form) {
        let drafted = Arc::new(drafted);
        let pending = Pending {
            drafted: Arc::clone(&drafted),
            state,
            form,
        };
        let draft = Draft {
            drafted,
            pending: Some(pending),
            outcome: watch::Sender::new(Outcome::Waiting),
        };
        if let Some(before) = self.all().insert(forge.to_owned(), draft) {
            before
                .outcome
                .send_replace(Outcome::Failed("another app was begun for this forge".to_owned()));
        }
    }

    /// The form that goes with a state.
    pub fn form(&self, forge: &str, state: &str, now: Timestamp) -> Option<(Arc<Drafted>, Form)> {
        let all = self.all();
        let pending = all.get(forge)?.pending.as_ref().filter(|it| it.is(state, now))?;
        Some((Arc::clone(&pending.drafted), pending.form.clone()))
    }

    /// Takes the pending draft of a state out, once: nobody can come back with the state again.
    pub fn take(&self, forge: &str, state: &str, now: Timestamp) -> Option<Pending> {
        let mut all = self.all();
        all.get_mut(forge)?.pending.take_if(|it| it.is(state, now))
    }

    /// Puts a pending draft back where its code was never used, unless another was begun meanwhile.
    pub fn give_back(&self, forge: &str, pending: Pending) {
        if let Some(draft) = self
            .all()
            .get_mut(forge)
            .filter(|it| it.drafted.id == pending.drafted.id)
        {
            draft.pending = Some(pending);
        }
    }

    /// Ends a draft with its outcome.
    pub fn end(&self, forge: &str, drafted: &Drafted, outcome: Outcome) {
        if let Some(draft) = self.all().get_mut(forge).filter(|it| it.drafted.id == drafted.id) {
            draft.outcome.send_replace(outcome);
        }
    }

    /// The draft of an id, and a receiver of its outcome.
    pub fn follow(&self, forge: &str, id: Uuid) -> Option<(Arc<Drafted>, watch::Receiver<Outcome>)> {
        let all = self.all();
        let draft = all.get(forge).filter(|it| it.drafted.id == id)?;
        Some((Arc::clone(&draft.drafted), draft.outcome.subscribe()))
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Draft>> {
        self.0.lock()
    }
}

impl Pending {
    fn is(&self, state: &str, now: Timestamp) -> bool {
        crypto::equal(self.state.expose(), state.as_bytes()) && now < self.drafted.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn begin(drafts: &Drafts, id: u128, state: &str) {
        let drafted = Drafted {
            id: Uuid::from_u128(id),
            name: "gate".to_owned(),
            base_url: None,
            actor: "ann".to_owned(),
            origin: "https://ci.example.org".to_owned(),
            expires_at: at(60),
        };
        let form = Form {
            action: "https://f.example.org".to_owned(),
            fields: Vec::new(),
        };
        drafts.begin("f", drafted, Secret::new(state), form);
    }

    #[test]
    fn a_state_is_good_once_for_its_forge_and_until_it_ends() {
        let drafts = Drafts::default();
        begin(&drafts, 1, "s");
        assert!(drafts.take("f", "x", at(0)).is_none() && drafts.take("g", "s", at(0)).is_none());
        assert!(drafts.take("f", "s", at(60)).is_none(), "too late");
        assert!(drafts.form("f", "s", at(59)).is_some());
        assert!(drafts.take("f", "s", at(59)).is_some());
        assert!(drafts.take("f", "s", at(59)).is_none(), "used");
        assert!(drafts.form("f", "s", at(59)).is_none());
    }

    #[test]
    fn a_state_whose_code_was_not_used_can_be_given_back() {
        let drafts = Drafts::default();
        begin(&drafts, 1, "s");
        let pending = drafts.take("f", "s", at(0)).unwrap();
        drafts.give_back("f", pending);
        let pending = drafts.take("f", "s", at(0)).unwrap();
        begin(&drafts, 2, "t");
        drafts.give_back("f", pending);
        assert!(drafts.take("f", "s", at(0)).is_none(), "another was begun");
        assert!(drafts.take("f", "t", at(0)).is_some());
    }

    #[test]
    fn whoever_follows_hears_of_the_end() {
        let drafts = Drafts::default();
        begin(&drafts, 1, "s");
        let (drafted, told) = drafts.follow("f", Uuid::from_u128(1)).unwrap();
        assert!(matches!(*told.borrow(), Outcome::Waiting));
        drafts.end("f", &drafted, Outcome::Failed("no".to_owned()));
        assert!(matches!(*told.borrow(), Outcome::Failed(_)));
        begin(&drafts, 2, "t");
        let (_, told) = drafts.follow("f", Uuid::from_u128(2)).unwrap();
        assert!(drafts.follow("f", Uuid::from_u128(1)).is_none());
        begin(&drafts, 3, "u");
        assert!(matches!(*told.borrow(), Outcome::Failed(_)), "it was replaced");
    }
}
