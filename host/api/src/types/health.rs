//! The program and its version.

use serde::Serialize;
use utoipa::ToSchema;

/// The program and its version.
#[derive(Serialize, ToSchema)]
pub struct VersionView {
    /// `forgegate`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}
