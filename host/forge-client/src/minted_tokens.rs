//! Minted tokens: kept until shortly before they expire, asked for once however many wait, never stored.

use forgegate_model::lock::Lock;
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;

/// The end of a token's life in which it is not used: a minute, or a tenth where it lives shorter than ten.
const MARGIN: Duration = Duration::from_secs(60);

/// The number of tokens that are kept before those that are over are forgotten.
const MANY: usize = 4_096;

/// Scope of a minted token. Another scope has another token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenScope {
    /// The app's forge.
    pub forge: String,
    /// The origin of its API.
    pub origin: String,
    /// The installation.
    pub installation: String,
    /// The repository that it is narrowed to.
    pub repository: Option<String>,
}

/// A token and its end, as the forge gave them.
pub struct MintedToken {
    /// The token.
    pub token: Secret,
    /// The time when it expires.
    pub expires_at: Timestamp,
}

struct Kept {
    token: Secret,
    until: Timestamp,
}

type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// All minted tokens.
#[derive(Default)]
pub struct MintedTokens(Lock<HashMap<TokenScope, Slot>>);

impl MintedTokens {
    /// The token for a scope: the one that is kept, or a fresh one. While one is minted, whoever else wants it waits.
    ///
    /// # Errors
    /// The error of minting; the next who wants the token asks again.
    pub async fn get(
        &self,
        scope: &TokenScope,
        now: Timestamp,
        mint: impl AsyncFnOnce() -> Result<MintedToken, CallError>,
    ) -> Result<Secret, CallError> {
        let slot = self.slot(scope, now);
        let mut kept = slot.lock().await;
        if let Some(kept) = kept.as_ref().filter(|it| now < it.until) {
            return Ok(kept.token.clone());
        }
        *kept = None;
        let minted = mint().await?;
        let life =
            Duration::from_micros(u64::try_from(minted.expires_at.micros().saturating_sub(now.micros())).unwrap_or(0));
        *kept = Some(Kept {
            token: minted.token.clone(),
            until: minted.expires_at.minus(MARGIN.min(life / 10)),
        });
        Ok(minted.token)
    }

    /// Forgets a token that the forge did not accept, unless another stands in its place already.
    pub async fn forget(&self, scope: &TokenScope, token: &Secret) {
        let slot = self.all().get(scope).cloned();
        if let Some(slot) = slot {
            let mut kept = slot.lock().await;
            if kept.as_ref().is_some_and(|it| it.token.expose() == token.expose()) {
                *kept = None;
            }
        }
    }

    fn slot(&self, scope: &TokenScope, now: Timestamp) -> Slot {
        let mut all = self.all();
        if all.len() >= MANY && !all.contains_key(scope) {
            all.retain(|_, slot| {
                slot.try_lock()
                    .map_or(true, |kept| kept.as_ref().is_some_and(|it| now < it.until))
            });
        }
        Arc::clone(all.entry(scope.clone()).or_default())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<TokenScope, Slot>> {
        self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn scope(installation: &str, repository: Option<&str>) -> TokenScope {
        TokenScope {
            forge: "f".to_owned(),
            origin: "https://f".to_owned(),
            installation: installation.to_owned(),
            repository: repository.map(str::to_owned),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    struct Mint(MintedTokens, AtomicUsize);

    impl Mint {
        fn new() -> Self {
            Self(MintedTokens::default(), AtomicUsize::new(0))
        }

        /// The number of the token that is handed out; each lives so many seconds.
        async fn get(&self, scope: &TokenScope, now: i64, life: i64) -> String {
            let mint = async || {
                tokio::task::yield_now().await;
                let number = self.1.fetch_add(1, Ordering::Relaxed);
                Ok(MintedToken {
                    token: Secret::new(number.to_string()),
                    expires_at: at(now + life),
                })
            };
            let token = self.0.get(scope, at(now), mint).await.unwrap();
            String::from_utf8(token.expose().to_vec()).unwrap()
        }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let mint = Mint::new();
        let of = scope("1", None);
        assert_eq!(mint.get(&of, 0, 3600).await, "0");
        assert_eq!(mint.get(&of, 3539, 3600).await, "0");
        assert_eq!(mint.get(&of, 3540, 3600).await, "1");
    }

    #[tokio::test]
    async fn a_token_of_two_seconds_is_used_for_nearly_two() {
        let mint = Mint::new();
        let of = scope("1", None);
        assert_eq!(mint.get(&of, 0, 2).await, "0");
        assert_eq!(mint.get(&of, 1, 2).await, "0");
        assert_eq!(mint.get(&of, 2, 2).await, "1");
        assert_eq!(mint.get(&of, 2, -5).await, "1");
        assert_eq!(
            mint.get(&of, 9, -5).await,
            "2",
            "what is over when it comes is used once"
        );
        assert_eq!(mint.get(&of, 9, -5).await, "3");
    }

    #[tokio::test]
    async fn many_who_wait_get_one_token() {
        let mint = Mint::new();
        let of = scope("1", None);
        let all = futures_util::future::join_all((0..50).map(|_| mint.get(&of, 0, 60))).await;
        assert!(all.iter().all(|token| token == "0"), "{all:?}");
        assert_eq!(mint.1.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn another_installation_or_repository_is_another_token() {
        let mint = Mint::new();
        assert_eq!(mint.get(&scope("1", None), 0, 60).await, "0");
        assert_eq!(mint.get(&scope("2", None), 0, 60).await, "1");
        assert_eq!(mint.get(&scope("1", Some("7")), 0, 60).await, "2");
        assert_eq!(mint.get(&scope("1", None), 0, 60).await, "0");
    }

    #[tokio::test]
    async fn a_token_that_was_not_accepted_is_forgotten_but_not_its_successor() {
        let mint = Mint::new();
        let of = scope("1", None);
        mint.get(&of, 0, 60).await;
        mint.0.forget(&of, &Secret::new("0")).await;
        assert_eq!(mint.get(&of, 0, 60).await, "1");
        mint.0.forget(&of, &Secret::new("0")).await;
        assert_eq!(mint.get(&of, 0, 60).await, "1");
    }

    #[tokio::test]
    async fn what_fails_is_asked_for_again() {
        let tokens = MintedTokens::default();
        let of = scope("1", None);
        let fails = tokens.get(&of, at(0), async || Err(CallError::TimedOut)).await;
        assert_eq!(fails.err(), Some(CallError::TimedOut));
        let minted = async || {
            Ok(MintedToken {
                token: Secret::new("t"),
                expires_at: at(60),
            })
        };
        assert!(tokens.get(&of, at(0), minted).await.is_ok());
    }
}
