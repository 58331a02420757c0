//! The program and its version.

use serde::Serialize;
use utoipa::ToSchema;

/// The program and its version.
#[derive(Serialize, ToSchema)]
pub struct VersionView {
    /// The program's name, always `forgegate`.
    pub name: &'static str,
    /// The program's version.
    pub version: &'static str,
}
