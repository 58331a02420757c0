//! A merge request as it is now.

use forgegate_sdk::outbound::{OutboundError, PullRequestNow, RepositoryRef};

use super::api::{Reader, get, project, tree};

/// The ref of the target project under which the head can be fetched, whosever it is.
pub fn fetch_ref(number: u64) -> String {
    ["refs/merge-requests/", &number.to_string(), "/head"].concat()
}

/// Finds the merge request.
pub fn find_pull_request(repository: &RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
    let answer = get(
        "projects/{}/merge_requests/{}",
        &[project(repository), &number.to_string()],
        &[],
    )?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let root = tree.root();
    // `locked` is the moment in which GitLab merges.
    let open = read.text(root, "state") == "opened";
    if root.at_or_none("sha").is_none() {
        read.done(())?;
        return Err(OutboundError::Rejected("the merge request has no commit".into()));
    }
    let source = read.id_or_none(root, "source_project_id");
    // `work_in_progress` is the word before GitLab 14.
    let draft = read.flag(root, "draft").or(read.flag(root, "work_in_progress"));
    read.done(PullRequestNow {
        head: read.commit(root, "sha"),
        head_ref: ["refs/heads/", read.text(root, "source_branch")].concat(),
        // None where the fork is gone: somebody else's, too.
        fork: source.is_none() || source != read.id_or_none(root, "target_project_id"),
        head_repository_id: source,
        base_ref: ["refs/heads/", read.text(root, "target_branch")].concat(),
        open,
        draft: draft.unwrap_or(false),
        title: read.text(root, "title").to_owned(),
        labels: read.texts(root, "labels"),
        author: read.user(root.at("author")),
        fetch_ref: fetch_ref(number),
    })
}
