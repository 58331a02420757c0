//! Notices of deliveries that were answered, for a test that waits for one. Where nobody waits, one counter is read and nothing is made.

use forgegate_model::ids::IntegrationId;
use http::StatusCode;
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

/// The notices that a waiter may be behind. Older ones are lost to it.
const CAPACITY: usize = 256;

/// A delivery that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryNotice {
    /// The forge, by its route.
    pub forge: Option<String>,
    /// The integration; none on an app's route, and where the route names nobody's.
    pub integration: Option<IntegrationId>,
    /// The status of the answer.
    pub status: StatusCode,
}

/// The broadcast of delivery notices.
pub struct DeliveryNotices(Sender<DeliveryNotice>);

/// A subscription. It gets what is published after it was made.
pub struct Subscription(Receiver<DeliveryNotice>);

impl Default for DeliveryNotices {
    fn default() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }
}

impl DeliveryNotices {
    /// Publishes a notice, which is made only where somebody waits.
    pub fn publish(&self, notice: impl FnOnce() -> DeliveryNotice) {
        if self.0.receiver_count() > 0 {
            // The last subscriber may be gone by now.
            let _ = self.0.send(notice());
        }
    }

    /// Subscribes.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }
}

impl Subscription {
    /// The status that the first delivery of the forge to the integration, or to the forge's app, was answered. None where the gateway
    /// ends first.
    pub async fn first(mut self, forge: &str, integration: Option<IntegrationId>) -> Option<StatusCode> {
        loop {
            match self.0.recv().await {
                Ok(notice) if notice.forge.as_deref() == Some(forge) && notice.integration == integration => {
                    return Some(notice.status);
                }
                // So much arrives that some notices were lost: the next delivery is as good.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn notice(forge: &str, number: u128, status: u16) -> DeliveryNotice {
        DeliveryNotice {
            forge: Some(forge.to_owned()),
            integration: Some(IntegrationId(Uuid::from_u128(number))),
            status: StatusCode::from_u16(status).unwrap(),
        }
    }

    #[tokio::test]
    async fn only_the_awaited_one_counts() {
        let notices = DeliveryNotices::default();
        let subscription = notices.subscribe();
        for one in [notice("tea", 2, 200), notice("lab", 1, 200), notice("tea", 1, 401)] {
            notices.publish(|| one);
        }
        let integration = Some(IntegrationId(Uuid::from_u128(1)));
        assert_eq!(
            subscription.first("tea", integration).await,
            Some(StatusCode::UNAUTHORIZED)
        );
    }

    #[test]
    fn nothing_is_made_where_nobody_waits() {
        DeliveryNotices::default().publish(|| panic!("nobody waits"));
    }
}
