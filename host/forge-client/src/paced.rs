//! Calls at half the pace that the credential's budget allows.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use forgegate_sandbox::{CallError, CallFuture, ForgeApi, ForgeRequest};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until};

/// The longest wait asked for by the budget that is waited out within a call, so that a question of many calls need not begin anew.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A forge that is called at a pace.
pub struct Paced {
    forge: Arc<dyn ForgeApi>,
    between: Duration,
    next: Mutex<Instant>,
}

impl Paced {
    /// The forge, called at most half as often as this.
    pub fn new(forge: Arc<dyn ForgeApi>, per_minute: NonZeroU32) -> Self {
        Self {
            forge,
            between: Duration::from_secs(60) * 2 / per_minute.get(),
            next: Mutex::new(Instant::now()),
        }
    }

    async fn turn(&self) {
        let mut next = self.next.lock().await;
        sleep_until(*next).await;
        *next = Instant::now() + self.between;
    }
}

impl ForgeApi for Paced {
    fn send(&self, request: ForgeRequest) -> CallFuture<'_> {
        Box::pin(async move {
            self.turn().await;
            match self.forge.send(request.clone()).await {
                Err(CallError::RateLimited(Some(seconds))) if Duration::from_secs(seconds) <= LONGEST_WAIT => {
                    sleep(Duration::from_secs(seconds)).await;
                    self.forge.send(request).await
                }
                answer => answer,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Lock;

    use forgegate_model::plugin::Method;
    use forgegate_sandbox::ForgeResponse;

    use super::*;

    /// Says these one after the other, and when it was asked.
    struct Script {
        answers: Lock<Vec<Result<ForgeResponse, CallError>>>,
        asked: Lock<Vec<Instant>>,
    }

    impl ForgeApi for Script {
        fn send(&self, _: ForgeRequest) -> CallFuture<'_> {
            self.asked.lock().unwrap().push(Instant::now());
            let answer = self.answers.lock().unwrap().remove(0);
            Box::pin(async move { answer })
        }
    }

    fn answer() -> ForgeResponse {
        ForgeResponse {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn request() -> ForgeRequest {
        ForgeRequest {
            method: Method::Get,
            path: vec!["repos".into()],
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            secrets: Vec::new(),
        }
    }

    async fn asked(answers: Vec<Result<ForgeResponse, CallError>>, calls: usize) -> (Vec<Duration>, bool) {
        let script = Arc::new(Script {
            answers: Lock::new(answers),
            asked: Lock::default(),
        });
        let paced = Paced::new(Arc::clone(&script) as Arc<dyn ForgeApi>, NonZeroU32::new(60).unwrap());
        let begun = Instant::now();
        let mut well = true;
        for _ in 0..calls {
            well &= paced.send(request()).await.is_ok();
        }
        let asked = script.asked.lock().unwrap();
        (asked.iter().map(|at| *at - begun).collect(), well)
    }

    #[tokio::test(start_paused = true)]
    async fn calls_take_half_of_what_a_minute_allows() {
        let (at, well) = asked(vec![Ok(answer()), Ok(answer()), Ok(answer())], 3).await;
        assert!(well);
        assert_eq!(at.iter().map(Duration::as_secs).collect::<Vec<_>>(), [0, 2, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_wait_is_waited_out_and_a_long_one_is_told() {
        let (at, well) = asked(vec![Err(CallError::RateLimited(Some(3))), Ok(answer())], 1).await;
        assert!(well && at[1].as_secs() == 3, "{at:?}");
        let (at, well) = asked(vec![Err(CallError::RateLimited(Some(60)))], 1).await;
        assert!(!well && at.len() == 1);
    }
}
