//! The calls that are made.

use forgegate_sdk::Method;

/// All calls. The host refuses every other.
pub const PATHS: [(Method, &str); 32] = [
    (Method::Get, "/orgs/{}/hooks"),
    (Method::Post, "/orgs/{}/hooks"),
    (Method::Delete, "/orgs/{}/hooks/{}"),
    (Method::Patch, "/orgs/{}/hooks/{}"),
    (Method::Get, "/repos/{}/{}"),
    (Method::Get, "/repos/{}/{}/actions/runs"),
    (Method::Get, "/repos/{}/{}/activities/feeds"),
    (Method::Get, "/repos/{}/{}/branches"),
    (Method::Get, "/repos/{}/{}/branches/{}"),
    (Method::Get, "/repos/{}/{}/collaborators/{}/permission"),
    (Method::Get, "/repos/{}/{}/commits"),
    (Method::Get, "/repos/{}/{}/git/commits/{}"),
    (Method::Get, "/repos/{}/{}/hooks"),
    (Method::Post, "/repos/{}/{}/hooks"),
    (Method::Delete, "/repos/{}/{}/hooks/{}"),
    (Method::Patch, "/repos/{}/{}/hooks/{}"),
    (Method::Post, "/repos/{}/{}/hooks/{}/tests"),
    (Method::Get, "/repos/{}/{}/issues"),
    (Method::Get, "/repos/{}/{}/issues/comments"),
    (Method::Patch, "/repos/{}/{}/issues/comments/{}"),
    (Method::Post, "/repos/{}/{}/issues/comments/{}/reactions"),
    (Method::Get, "/repos/{}/{}/issues/{}/comments"),
    (Method::Post, "/repos/{}/{}/issues/{}/comments"),
    (Method::Get, "/repos/{}/{}/pulls"),
    (Method::Get, "/repos/{}/{}/pulls/{}"),
    (Method::Get, "/repos/{}/{}/pulls/{}/reviews"),
    (Method::Get, "/repos/{}/{}/releases"),
    (Method::Post, "/repos/{}/{}/statuses/{}"),
    (Method::Get, "/repos/{}/{}/tags/{}"),
    (Method::Get, "/user"),
    (Method::Get, "/user/repos"),
    (Method::Get, "/version"),
];
