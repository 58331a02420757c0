//! The calls that are made.

use forgegate_sdk::Method;

/// All calls. The host refuses every other.
pub const PATHS: [(Method, &str); 31] = [
    (Method::Get, "/app"),
    (Method::Get, "/app/hook/config"),
    (Method::Get, "/app/hook/deliveries"),
    (Method::Post, "/app/hook/deliveries/{}/attempts"),
    (Method::Get, "/app/installations/{}"),
    (Method::Post, "/app/installations/{}/access_tokens"),
    (Method::Post, "/app-manifests/{}/conversions"),
    (Method::Post, "/graphql"),
    (Method::Get, "/installation/repositories"),
    (Method::Get, "/meta"),
    (Method::Get, "/repos/{}/{}"),
    (Method::Get, "/repos/{}/{}/actions/runs"),
    (Method::Get, "/repos/{}/{}/activity"),
    (Method::Get, "/repos/{}/{}/branches"),
    (Method::Post, "/repos/{}/{}/check-runs"),
    (Method::Patch, "/repos/{}/{}/check-runs/{}"),
    (Method::Get, "/repos/{}/{}/collaborators/{}/permission"),
    (Method::Get, "/repos/{}/{}/commits"),
    (Method::Get, "/repos/{}/{}/commits/{}"),
    (Method::Get, "/repos/{}/{}/commits/{}/check-runs"),
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
];
