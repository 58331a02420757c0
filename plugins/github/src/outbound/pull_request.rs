//! A pull request as it is now.

use forgegate_sdk::Method;
use forgegate_sdk::outbound::{OutboundError, PullRequestNow, RepositoryRef};

use super::api::{in_repository, read};
use crate::parse::{author, branch_ref, commit, fetch_ref, labels};

/// Finds the pull request.
pub fn find_pull_request(repository: &RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
    let call = in_repository(Method::Get, repository, &["pulls", &number.to_string()])?;
    read(&call, |root| {
        // Null where the fork was deleted.
        let head_repository_id = root.id_or_none("head.repo.id")?;
        let base_repository_id = root.id("base.repo.id")?;
        Ok(PullRequestNow {
            head: commit(root, "head.sha")?,
            head_ref: branch_ref(root.text("head.ref")?),
            fork: head_repository_id.as_ref() != Some(&base_repository_id),
            head_repository_id,
            base_ref: branch_ref(root.text("base.ref")?),
            open: root.text("state")? == "open",
            draft: root.flag("draft")?.unwrap_or(false),
            title: root.text("title")?.to_owned(),
            labels: labels(root)?,
            author: author(root, "user")?,
            fetch_ref: fetch_ref(number),
        })
    })
}
