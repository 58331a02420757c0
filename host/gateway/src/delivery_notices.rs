//! Word of deliveries that were answered, for whoever waits for one. Where nobody waits it costs a look at a counter.

use forgegate_model::ids::IntegrationId;
use http::StatusCode;
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

/// How many may wait to be looked at. Who waits looks at once.
const ROOM: usize = 256;

/// A delivery that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryNotice {
    /// The forge, by its route.
    pub forge: Option<String>,
    /// The integration; none on an app's route, and where the route names nobody's.
    pub integration: Option<IntegrationId>,
    /// What it was answered.
    pub status: StatusCode,
}

/// Where it is told.
pub struct DeliveryNotices(Sender<DeliveryNotice>);

/// Somebody who waits. What arrives from the making of this on is heard.
pub struct Listening(Receiver<DeliveryNotice>);

impl Default for DeliveryNotices {
    fn default() -> Self {
        Self(broadcast::channel(ROOM).0)
    }
}

impl DeliveryNotices {
    /// Tells of one.
    pub fn tell(&self, arrival: impl FnOnce() -> DeliveryNotice) {
        if self.0.receiver_count() > 0 {
            // Whoever listened may be gone by now.
            let _ = self.0.send(arrival());
        }
    }

    /// Begins to listen.
    pub fn listen(&self) -> Listening {
        Listening(self.0.subscribe())
    }
}

impl Listening {
    /// The answer to the first delivery of the forge to the integration, or to the forge's app; none ever where the gateway ends first.
    pub async fn first(mut self, forge: &str, integration: Option<IntegrationId>) -> Option<StatusCode> {
        loop {
            match self.0.recv().await {
                Ok(arrival) if arrival.forge.as_deref() == Some(forge) && arrival.integration == integration => {
                    return Some(arrival.status);
                }
                // So much arrives that some of it was not seen: what comes next is as good.
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

    fn arrival(forge: &str, number: u128, status: u16) -> DeliveryNotice {
        DeliveryNotice {
            forge: Some(forge.to_owned()),
            integration: Some(IntegrationId(Uuid::from_u128(number))),
            status: StatusCode::from_u16(status).unwrap(),
        }
    }

    #[tokio::test]
    async fn only_the_awaited_one_counts() {
        let arrivals = DeliveryNotices::default();
        let listening = arrivals.listen();
        for arrival in [arrival("tea", 2, 200), arrival("lab", 1, 200), arrival("tea", 1, 401)] {
            arrivals.tell(|| arrival);
        }
        let wanted = Some(IntegrationId(Uuid::from_u128(1)));
        assert_eq!(listening.first("tea", wanted).await, Some(StatusCode::UNAUTHORIZED));
    }

    #[test]
    fn nothing_is_made_where_nobody_listens() {
        DeliveryNotices::default().tell(|| panic!("nobody listens"));
    }
}
