//! Admission: how many bytes and how many deliveries are worked on at once. Overload ends here, or at the writer, with 503.
//!
//! Bodies are charged byte by byte while they are read (`Budget`, `Charge`); proved deliveries take a permit of their integration
//! (`Permits`). Nothing here knows what a delivery is.

mod budget;
mod permits;

pub use budget::{Budget, Charge};
pub use permits::{Permit, PermitKey, Permits};
