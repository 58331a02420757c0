//! The cases of `testdata/`.

use std::path::Path;

use forgegate_sdk::testing::golden;

use crate::GitLab;

#[test]
fn every_case_reads_as_its_golden_file_says() {
    golden::check::<GitLab>(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"));
}
