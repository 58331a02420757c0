//! The check of records, keys, plugins and configuration.

use serde::Serialize;
use utoipa::ToSchema;

/// One finding of the check.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct CheckFinding {
    /// The part of the gateway that was checked, in a word such as `storage`.
    pub check: &'static str,
    /// True if this part is in order.
    pub ok: bool,
    /// One sentence for people.
    pub sentence: String,
}

/// All findings of the check.
#[derive(Serialize, ToSchema)]
#[schema(as = Checkup)]
pub struct CheckupResponse {
    /// True if everything is in order.
    pub ok: bool,
    /// The findings, one by one.
    pub findings: Vec<CheckFinding>,
}
