//! Help for tests of crates on this engine.

use std::path::Path;

use super::database::Database;
pub use super::faults::{fail, heal};
pub use super::indexes::Change;
use super::layout;
pub use super::segments::Live;

/// Sets a closed database file back to an older layout.
///
/// # Panics
/// Where the file cannot be written.
#[expect(clippy::expect_used, reason = "a test stops at the first surprise")]
pub fn set_layout(file: &Path, layout: u32) {
    let database = Database::open(file, 1 << 20).expect("the database opens");
    layout::set(&database, layout).expect("the layout is written");
}
