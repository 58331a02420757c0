//! Connections that prove themselves: what a token may do, whether deliveries come in, the hook at the forge and how it fares.
//!
//! `outward` asks the forge about a token, `inward` sends a sample down the real path, `asked` asks the forge for a delivery of its own, `hook`
//! makes and repairs the hook and rotates its secret, `watch` reads regularly how hooks fare. `contact` knows whom to ask about an inbound
//! row, `arrivals` hears of deliveries that were answered, `sights` remembers how hooks fared, `words` makes sentences. Requests are read
//! and status codes chosen in `api`.

mod asked;
mod contact;
mod delivery_notices;
mod hook;
mod hook_statuses;
mod inbound;
mod outbound;
mod watch;
pub mod words;

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

pub use contact::{Contact, ForgeLink, identity, lies_at, named, places};
pub use delivery_notices::{DeliveryNotice, DeliveryNotices};
pub use hook::{HookRequest, Mode, Wanted, ensure};
pub use hook_statuses::{HookStatus, HookStatuses, SightState};
pub use inbound::{DeliveryTest, test as test_inward};
pub use outbound::test as test_outward;
pub use watch::run as watch;

/// How long a test asks a forge in all: it is answered within 20 s.
const PATIENCE: Duration = Duration::from_secs(17);

/// One thing that a test found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestFinding)]
pub struct Finding {
    /// What was looked at, in a word such as `token`.
    pub check: String,
    /// Whether it is well; none where it could not be told.
    pub ok: Option<bool>,
    /// One sentence for people.
    pub sentence: String,
}

impl Finding {
    fn new(check: &str, ok: Option<bool>, sentence: impl Into<String>) -> Self {
        Self {
            check: check.to_owned(),
            ok,
            sentence: sentence.into(),
        }
    }

    fn well(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, Some(true), sentence)
    }

    fn ill(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, Some(false), sentence)
    }

    /// Neither well nor ill.
    fn open(check: &str, sentence: impl Into<String>) -> Self {
        Self::new(check, None, sentence)
    }
}

impl From<forgegate_sandbox::outbound::Finding> for Finding {
    fn from(found: forgegate_sandbox::outbound::Finding) -> Self {
        Self {
            check: found.check,
            ok: found.ok,
            sentence: found.sentence,
        }
    }
}

/// Whether nothing was found ill.
fn all_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.ok != Some(false))
}

/// When a test ends, however many calls it makes.
#[derive(Clone, Copy)]
struct Deadline(Instant);

impl Deadline {
    fn after(span: Duration) -> Self {
        Self(Instant::now() + span)
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}
