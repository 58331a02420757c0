//! Budgets of credentials: so many calls in a minute, and none while the forge asks to wait.

use forgegate_model::lock::Lock;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::MutexGuard;
use std::time::Duration;

use forgegate_model::ids::IntegrationId;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::monotonic::MonotonicClock;

/// The number of credentials that are remembered before those at rest are forgotten.
const MANY: usize = 4_096;

/// The longest wait that a forge is obeyed for.
const LONGEST_HOLD: Duration = Duration::from_secs(3600);

/// Key of a budget: the credential whose calls are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BudgetKey {
    /// The stored token of an integration.
    Integration(IntegrationId),
    /// An installation of the forge's app.
    Installation {
        /// The forge.
        forge: String,
        /// The forge's number of it.
        id: String,
    },
    /// The forge's app itself.
    App(String),
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Duration>>;

struct Account {
    limiter: Limiter,
    held_until: Duration,
    used_at: Duration,
}

/// The budgets of all credentials.
pub struct Budgets {
    quota: Quota,
    clock: MonotonicClock,
    accounts: Lock<HashMap<BudgetKey, Account>>,
}

impl Budgets {
    /// Budgets of so many calls in a minute each; a tenth of them, or ten, may come at once.
    pub fn new(per_minute: NonZeroU32, clock: MonotonicClock) -> Self {
        let least = per_minute.min(NonZeroU32::MIN.saturating_add(9));
        let at_once = NonZeroU32::new(per_minute.get() / 10).map_or(least, |it| it.max(least));
        Self {
            quota: Quota::per_minute(per_minute).allow_burst(at_once),
            clock,
            accounts: Lock::default(),
        }
    }

    /// Spends one call.
    ///
    /// # Errors
    /// The time to wait, where none may be made.
    pub fn spend(&self, key: &BudgetKey) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let account = self.account(&mut accounts, key, now);
        match account.held_until.saturating_sub(now) {
            Duration::ZERO => account.limiter.check().map_err(|not_yet| not_yet.wait_time_from(now)),
            rest => Err(rest),
        }
    }

    /// Lets no call be spent for so long, an hour at most.
    pub fn hold(&self, key: &BudgetKey, span: Duration) {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let account = self.account(&mut accounts, key, now);
        account.held_until = account.held_until.max(now + span.min(LONGEST_HOLD));
    }

    /// The time for which the credential is still held; none where it is not.
    pub fn held(&self, key: &BudgetKey) -> Option<Duration> {
        let rest = self.accounts().get(key)?.held_until.saturating_sub(self.clock.now());
        (!rest.is_zero()).then_some(rest)
    }

    /// Ends the hold of a credential: another stands in its place.
    pub fn release(&self, key: &BudgetKey) {
        if let Some(account) = self.accounts().get_mut(key) {
            account.held_until = Duration::ZERO;
        }
    }

    fn account<'a>(
        &self,
        accounts: &'a mut HashMap<BudgetKey, Account>,
        key: &BudgetKey,
        now: Duration,
    ) -> &'a mut Account {
        if accounts.len() >= MANY && !accounts.contains_key(key) {
            // A minute after its last call a budget is as good as a fresh one.
            accounts.retain(|_, it| it.held_until > now || it.used_at + Duration::from_secs(60) > now);
        }
        let account = accounts.entry(key.clone()).or_insert_with(|| Account {
            limiter: RateLimiter::direct_with_clock(self.quota, self.clock.clone()),
            held_until: Duration::ZERO,
            used_at: now,
        });
        account.used_at = now;
        account
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<BudgetKey, Account>> {
        self.accounts.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::clocks::ManualClock;

    fn app(name: &str) -> BudgetKey {
        BudgetKey::App(name.to_owned())
    }

    #[test]
    fn a_credential_has_its_calls_a_minute_and_no_more() {
        let hand = ManualClock::default();
        let budgets = Budgets::new(NonZeroU32::new(600).unwrap(), hand.clock());
        let made = |budgets: &Budgets| {
            std::iter::repeat_with(|| budgets.spend(&app("a")))
                .take_while(Result::is_ok)
                .count()
        };
        assert_eq!(made(&budgets), 60);
        assert!(budgets.spend(&app("b")).is_ok(), "another's budget is its own");
        let wait = budgets.spend(&app("a")).unwrap_err();
        assert!(wait <= Duration::from_millis(100) && !wait.is_zero(), "{wait:?}");
        hand.advance(Duration::from_secs(1));
        assert_eq!(made(&budgets), 10);
    }

    #[test]
    fn a_small_budget_still_lets_a_report_of_several_calls_through() {
        let budgets = Budgets::new(NonZeroU32::new(12).unwrap(), ManualClock::default().clock());
        assert!((0..10).all(|_| budgets.spend(&app("a")).is_ok()));
        let budgets = Budgets::new(NonZeroU32::MIN, ManualClock::default().clock());
        assert!(budgets.spend(&app("a")).is_ok());
        assert!(budgets.spend(&app("a")).is_err());
    }

    #[test]
    fn a_held_credential_waits_as_long_as_its_forge_asks_and_others_do_not() {
        let hand = ManualClock::default();
        let budgets = Budgets::new(NonZeroU32::new(600).unwrap(), hand.clock());
        budgets.hold(&app("a"), Duration::from_secs(30));
        budgets.hold(&app("a"), Duration::from_secs(10));
        assert_eq!(budgets.spend(&app("a")), Err(Duration::from_secs(30)));
        assert_eq!(budgets.held(&app("a")), Some(Duration::from_secs(30)));
        assert!(budgets.spend(&app("b")).is_ok());
        hand.advance(Duration::from_secs(30));
        assert!(budgets.spend(&app("a")).is_ok());
        budgets.hold(&app("a"), Duration::from_secs(1 << 40));
        assert_eq!(budgets.held(&app("a")), Some(LONGEST_HOLD));
    }

    #[test]
    fn what_is_at_rest_is_forgotten_rather_than_kept_without_end() {
        let hand = ManualClock::default();
        let budgets = Budgets::new(NonZeroU32::new(600).unwrap(), hand.clock());
        for number in 0..MANY {
            assert!(budgets.spend(&app(&number.to_string())).is_ok());
        }
        hand.advance(Duration::from_secs(61));
        assert!(budgets.spend(&app("one more")).is_ok());
        assert_eq!(budgets.accounts().len(), 1);
    }
}
