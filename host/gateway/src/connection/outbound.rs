//! The test of an outbound row: who its token is and what it may do, tried on a repository.

use std::sync::Arc;

use forgegate_model::event::User;
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::Integration;
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::outbound::{OutboundError, ProbeReport, RepositoryRef};
use forgegate_sandbox::{ForgeApi, OutboundPlugin, Plugin};

use super::contact::{identity, lies_at, named};
use super::{Deadline, Finding, PATIENCE, words};
use crate::forge_client::{Options, RatePolicy, Whom};
use crate::gateway::Gateway;

/// What the test of an outbound row found.
#[derive(Debug, Default)]
pub struct OutwardTest {
    /// Whose the credential is.
    pub account: Option<User>,
    /// The repository that it was tried on.
    pub tried_on: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl OutwardTest {
    /// Whether nothing was found ill.
    pub fn is_ok(&self) -> bool {
        super::all_well(&self.findings)
    }

    fn take(&mut self, report: ProbeReport) {
        self.account = report.account.or(self.account.take());
        self.findings.extend(report.findings.into_iter().map(Finding::from));
    }
}

/// Tries the credential of an outbound row. Whatever the forge says or does not say is a finding.
pub async fn test(gateway: &Gateway, plugin: &Plugin, row: &Integration) -> OutwardTest {
    let mut test = OutwardTest::default();
    let installation = gateway.store.installation_of(row);
    if let Some(installation) = &installation {
        test.account = Some(User {
            id: installation.account_id.clone(),
            login: installation.account.clone(),
        });
        if installation.standing != InstallationStatus::Active {
            let sentence = "The installation is suspended or uninstalled: nothing is asked in its name.";
            test.findings.push(Finding::ill("token", sentence));
            return test;
        }
    }
    let deadline = Deadline::after(PATIENCE);
    let attached = attached(gateway, plugin, row, &mut test.findings);
    let errand = Errand {
        gateway,
        plugin,
        row,
        deadline,
    };
    match attached {
        Some(repository) => errand.try_on(&repository, &mut test).await,
        None => errand.try_anywhere(&mut test).await,
    }
    test
}

/// What is needed to ask.
struct Errand<'a> {
    gateway: &'a Gateway,
    plugin: &'a Plugin,
    row: &'a Integration,
    deadline: Deadline,
}

impl Errand<'_> {
    /// First without a repository, since a forge that is down shows none; then on one that the credential sees.
    async fn try_anywhere(&self, test: &mut OutwardTest) {
        let forge = match self.errand(None).await {
            Ok(forge) => forge,
            Err(found) => return test.findings.push(found),
        };
        let alone = self.probe(&forge, None).await;
        let seen = match &alone {
            Ok(report) if report.findings.iter().all(|it| it.ok != Some(false)) => self.first(&forge).await,
            _ => None,
        };
        match (seen, alone) {
            (Some(repository), _) => self.try_on(&repository, test).await,
            (None, Ok(report)) => {
                let accepted = report.findings.iter().all(|it| it.ok != Some(false));
                test.take(report);
                if accepted {
                    let sentence = "No project reports through this integration, and the token lists no repository: what it may do was not tried.";
                    test.findings.push(Finding::open("repository", sentence));
                }
            }
            (None, Err(found)) => test.findings.push(found),
        }
    }

    async fn try_on(&self, repository: &RepositoryRef, test: &mut OutwardTest) {
        let probed = match self.errand(repository.id.clone()).await {
            Ok(forge) => self.probe(&forge, Some(repository)).await,
            Err(found) => Err(found),
        };
        match probed {
            Ok(report) => {
                test.tried_on = Some(repository.full_name.clone());
                test.take(report);
            }
            Err(found) => test.findings.push(found),
        }
    }

    async fn errand(&self, repository: Option<String>) -> Result<Arc<dyn ForgeApi>, Finding> {
        let options = Options {
            repository,
            rate_policy: RatePolicy::Probe,
            ..Options::default()
        };
        let client = &self.gateway.forge_client;
        let errand = client.session(self.plugin, Whom::Integration(self.row), options).await;
        errand.map_err(|error| words::finding(&OutboundError::Call(error)))
    }

    /// The forge, for as long as is left.
    fn outward(&self, forge: &Arc<dyn ForgeApi>) -> OutboundPlugin {
        self.plugin.outbound(Arc::clone(forge), self.deadline.left())
    }

    async fn probe(
        &self,
        forge: &Arc<dyn ForgeApi>,
        repository: Option<&RepositoryRef>,
    ) -> Result<ProbeReport, Finding> {
        match self.outward(forge).probe(repository).await {
            Ok(Ok(report)) => Ok(report),
            Ok(Err(error)) => Err(words::finding(&error)),
            Err(error) => Err(Finding::ill("reachable", words::failed(&error))),
        }
    }

    async fn first(&self, forge: &Arc<dyn ForgeApi>) -> Option<RepositoryRef> {
        let page = self.outward(forge).repositories(None).await.ok()?.ok()?;
        page.items.into_iter().next()
    }
}

/// The repository of the oldest project that reports through the row and lies at its forge.
fn attached(
    gateway: &Gateway,
    plugin: &Plugin,
    row: &Integration,
    findings: &mut Vec<Finding>,
) -> Option<RepositoryRef> {
    let mut entries = gateway.store.directory().projects_of(row.organization);
    entries.retain(|entry| entry.actions.iter().any(|action| action.integration == Some(row.id)));
    let there = entries
        .iter()
        .find(|entry| lies_at(plugin.description(), row, &identity(entry)));
    if let (None, Some(elsewhere)) = (there, entries.first()) {
        let project = elsewhere.project();
        let sentence = format!(
            "The project `{}` reports through this integration, but its repository {} does not lie at the integration's forge.",
            project.name, project.identity
        );
        findings.push(Finding::open("repository", sentence));
    }
    let project = there?.project();
    Some(named(RepositoryName::of(project, &project.identity, Some(row))))
}
