//! The events and permissions that the App must have: the form of the hook, the manifest and the probe name the same.

/// The events that the App must subscribe to. `installation` and its kin always come.
pub const EVENTS: [&str; 11] = [
    "push",
    "create",
    "delete",
    "pull_request",
    "pull_request_review",
    "issue_comment",
    "release",
    "check_run",
    "check_suite",
    "merge_group",
    "repository",
];

/// A permission of the App.
pub struct Permission {
    /// GitHub's name of it, as manifests and answers write it.
    pub name: &'static str,
    /// `read` or `write`.
    pub level: &'static str,
    /// As the App's settings name it.
    pub label: &'static str,
}

/// The permissions that the App must have.
pub const PERMISSIONS: [Permission; 6] = [
    permission("checks", "write", "Checks: read and write"),
    permission("statuses", "write", "Commit statuses: read and write"),
    permission("contents", "read", "Contents: read-only"),
    permission("merge_queues", "read", "Merge queues: read-only"),
    permission("metadata", "read", "Metadata: read-only"),
    permission("pull_requests", "write", "Pull requests: read and write"),
];

const fn permission(name: &'static str, level: &'static str, label: &'static str) -> Permission {
    Permission { name, level, label }
}
