//! Answers to questions.

use forgegate_model::client_address::parse_allowed_ip;

use super::{account_name, repository_now, wit};
use crate::outbound::{
    AccessLevel, Approval, Finding, Head, HistoryPage, InstallationNow, Page, ProbeReport, PullRequestNow,
    RepositoryNow, RepositoryRef,
};
use crate::translate::event::review_state;
use crate::translate::{BadOutput, Checked, caps, event};

/// Things that one probe may look at, and that one page of history may lack.
const MOST_FINDINGS: usize = 64;
/// Entries of one page, whatever they are.
const MOST_ON_A_PAGE: usize = 1000;
/// Labels of one pull request.
const MOST_LABELS: usize = 1000;
/// Reviews of one pull request, and networks of one forge.
const MOST_APPROVALS: usize = 1000;
const MOST_NETWORKS: usize = 1000;

pub(crate) fn probe_report(it: wit::ProbeReport) -> Checked<ProbeReport> {
    Ok(ProbeReport {
        account: it.account.map(|it| account_name("account", it)).transpose()?,
        findings: caps::list("findings", it.findings, MOST_FINDINGS, finding)?,
    })
}

fn finding(it: wit::Finding) -> Checked<Finding> {
    let word = (1..=64).contains(&it.check.len())
        && it
            .check
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !word {
        return Err(BadOutput(
            "`findings.check` is no word such as `post_status`".to_owned(),
        ));
    }
    Ok(Finding {
        check: it.check,
        ok: it.ok,
        sentence: caps::short(&it.sentence),
    })
}

pub(crate) const fn access(it: wit::AccessLevel) -> AccessLevel {
    match it {
        wit::AccessLevel::None => AccessLevel::None,
        wit::AccessLevel::Read => AccessLevel::Read,
        wit::AccessLevel::Write => AccessLevel::Write,
        wit::AccessLevel::Admin => AccessLevel::Admin,
    }
}

pub(crate) fn found_repository(it: wit::RepositoryNow) -> Checked<RepositoryNow> {
    let full = |branch| caps::full_ref("repository.default-branch", format!("refs/heads/{branch}"));
    Ok(RepositoryNow {
        id: caps::word("repository.id", it.id)?,
        full_name: caps::word("repository.full-name", it.full_name)?,
        default_branch: it.default_branch.map(full).transpose()?,
    })
}

pub(crate) fn pull_request(it: wit::PullRequestNow) -> Checked<PullRequestNow> {
    Ok(PullRequestNow {
        head: caps::id("pull-request.head", it.head)?,
        head_ref: caps::full_ref("pull-request.head-ref", it.head_ref)?,
        head_repository_id: caps::line_or_none("pull-request.head-repository-id", it.head_repository_id)?,
        base_ref: caps::full_ref("pull-request.base-ref", it.base_ref)?,
        open: it.open,
        draft: it.draft,
        fork: it.fork,
        title: caps::text("pull-request.title", it.title)?,
        labels: caps::lines("pull-request.labels", it.labels, MOST_LABELS)?,
        author: account_name("pull-request.author", it.author)?,
        fetch_ref: caps::full_ref("pull-request.fetch-ref", it.fetch_ref)?,
    })
}

pub(crate) fn approvals(entries: Vec<wit::Approval>) -> Checked<Vec<Approval>> {
    caps::list("approvals", entries, MOST_APPROVALS, |it| {
        Ok(Approval {
            by: account_name("approvals.by", it.by)?,
            commit: caps::id_or_none("approvals.commit", it.commit)?,
            state: review_state(it.state),
            stale: it.stale,
        })
    })
}

pub(crate) fn commit(id: String) -> Checked<String> {
    caps::id("resolve", id)
}

pub(crate) fn heads(it: wit::HeadsPage) -> Checked<Page<Head>> {
    page("heads", it.heads, it.next, |it| {
        Ok(Head {
            ref_name: caps::full_ref("heads.ref", it.ref_)?,
            sha: caps::id("heads.sha", it.sha)?,
            pull_request: it.pull_request,
        })
    })
}

pub(crate) fn repositories(it: wit::RepositoriesPage) -> Checked<Page<RepositoryRef>> {
    page("repositories", it.repositories, it.next, |it| {
        repository_now("repositories", it)
    })
}

/// Events as deliveries bring them, without a delivery's id.
pub(crate) fn history(it: wit::HistoryPage) -> Checked<HistoryPage> {
    let page = page("history", it.events, it.next, |it| event(it, None))?;
    let sentence = |text: String| Ok(caps::short(&text));
    Ok(HistoryPage {
        events: page.items,
        missing: caps::list("history.missing", it.missing, MOST_FINDINGS, sentence)?,
        next: page.next,
    })
}

pub(crate) fn installation(it: wit::InstallationNow) -> Checked<InstallationNow> {
    Ok(InstallationNow {
        id: caps::word("installation.id", it.id)?,
        account: account_name("installation.account", it.account)?,
        suspended: it.suspended,
        all_repositories: it.all_repositories,
    })
}

pub(crate) fn addresses(entries: Vec<String>) -> Checked<Vec<String>> {
    caps::list("addresses", entries, MOST_NETWORKS, |network| {
        match parse_allowed_ip(&network) {
            Ok(_) => Ok(network),
            Err(_) => Err(BadOutput("`addresses` holds what is no network".to_owned())),
        }
    })
}

/// A page's end is where the next begins: an empty word could be taken for the first page, again and again.
fn page<A, B>(item: &str, entries: Vec<A>, next: Option<String>, each: impl Fn(A) -> Checked<B>) -> Checked<Page<B>> {
    Ok(Page {
        items: caps::list(item, entries, MOST_ON_A_PAGE, each)?,
        next: next.map(|next| caps::word(item, next)).transpose()?,
    })
}
