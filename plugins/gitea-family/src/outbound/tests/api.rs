//! Calls.

use forgegate_sdk::outbound::{OutboundError, RepositoryRef};

use super::forge;
use crate::outbound::pull_request::find_pull_request;
use crate::outbound::resolve::resolve;

#[test]
fn a_repository_whose_path_is_no_path_is_never_asked_about() {
    let nowhere = RepositoryRef {
        id: None,
        full_name: "widgets".into(),
    };
    let _forge = forge([]);
    assert!(matches!(
        find_pull_request(&nowhere, 5),
        Err(OutboundError::Rejected(_))
    ));
    assert!(matches!(resolve(&nowhere, "main"), Err(OutboundError::Rejected(_))));
}
