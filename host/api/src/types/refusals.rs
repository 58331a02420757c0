//! Refusals: deliveries and calls that were not let in, counted.

use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A count of equal refusals.
#[derive(Serialize, ToSchema)]
pub struct RefusalView {
    /// The organization that the path named.
    pub organization: Option<String>,
    /// The integration that the path named.
    pub integration: Option<String>,
    /// The forge that the path named.
    pub forge: Option<String>,
    /// The code that was answered.
    pub code: String,
    /// The number of these refusals.
    pub count: u64,
    /// The time of the first one.
    #[schema(value_type = String)]
    pub first_at: Timestamp,
    /// The time of the last one.
    #[schema(value_type = String)]
    pub last_at: Timestamp,
    /// The address that the last came from.
    pub source_ip: Option<String>,
    /// The names of the last one's headers.
    pub headers: Vec<String>,
    /// One sentence: why, and the way out.
    pub message: String,
}
