//! Calls.

use super::*;
use crate::outbound::access::access;
use crate::outbound::heads::heads;
use crate::outbound::pull_request::find_pull_request;
use crate::outbound::repositories::repositories;
use crate::outbound::resolve::resolve;

#[test]
fn every_question_takes_a_no() {
    says_no("GET /projects/15/members/all/7", || access(&repository(), &ada()));
    says_no("GET /projects/15/merge_requests/4", || {
        find_pull_request(&repository(), 4).map(|found| found.head)
    });
    says_no("GET /projects/15/repository/commits/main", || {
        resolve(&repository(), "main")
    });
    says_no("GET /projects/15/repository/branches?per_page=100&page=1", || {
        heads(&repository(), None)
    });
    let query = "membership=true&simple=true&order_by=id&sort=asc&per_page=100&id_after=0";
    says_no(&format!("GET /projects?{query}"), || repositories(None));
}
