//! The test of an outbound integration: whose its credential is and what it may do, tried on a repository.

use forgegate_model::event::User;
use forgegate_model::integration::Integration;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{ProbeReport, RepositoryRef};

use super::finding::{Deadline, Finding, all_well};
use super::service::Connections;
use crate::forge_access::{ForgePrincipal, identity, lies_at};
use crate::forge_client::{ForgeSession, RatePolicy, SessionOptions};

/// What the test of an outbound integration found.
#[derive(Debug, Default)]
pub struct OutboundResult {
    /// The account that the credential is of.
    pub account: Option<User>,
    /// The repository that it was tried on.
    pub tried_on: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl OutboundResult {
    /// Says that nothing was found ill.
    pub fn is_ok(&self) -> bool {
        all_well(&self.findings)
    }

    fn take(&mut self, report: ProbeReport) {
        self.account = report.account.or(self.account.take());
        self.findings.extend(report.findings.into_iter().map(Finding::from));
    }
}

/// Tries the credential of an outbound integration. Whatever the forge says or does not say is a finding.
pub async fn test_outbound(service: &Connections, plugin: &Plugin, integration: &Integration) -> OutboundResult {
    let mut result = OutboundResult::default();
    let installation = service.core.store.installation_of(integration);
    result.account = installation.map(|installation| User {
        id: installation.account_id.clone(),
        login: installation.account.clone(),
    });
    let principal = ForgePrincipal::integration(plugin, integration.clone().into());
    if !service.forges.principals.is_active(integration) {
        let sentence = "The installation is suspended or uninstalled: nothing is asked in its name.";
        result.findings.push(Finding::ill("token", sentence));
        return result;
    }
    let attached = attached_repository(service, &principal, integration, &mut result.findings);
    let test = CredentialTest {
        service,
        principal,
        deadline: Deadline::from_now(),
    };
    match attached {
        Some(repository) => test.try_on(&repository, &mut result).await,
        None => test.try_anywhere(&mut result).await,
    }
    result
}

/// The test of one credential, until its deadline.
struct CredentialTest<'a> {
    service: &'a Connections,
    principal: ForgePrincipal,
    deadline: Deadline,
}

impl CredentialTest<'_> {
    /// First without a repository, since a forge that is down shows none; then on one that the credential sees.
    async fn try_anywhere(&self, result: &mut OutboundResult) {
        let session = match self.session(None).await {
            Ok(session) => session,
            Err(found) => return result.findings.push(found),
        };
        let report = match self.probe(&session, None).await {
            Ok(report) => report,
            Err(found) => return result.findings.push(found),
        };
        let accepted = report.findings.iter().all(|it| it.ok != Some(false));
        let seen = if accepted {
            self.first_repository(&session).await
        } else {
            None
        };
        if let Some(repository) = seen {
            return self.try_on(&repository, result).await;
        }
        result.take(report);
        if accepted {
            let sentence = "No project reports through this integration, and the token lists no repository: what it may do was not tried.";
            result.findings.push(Finding::open("repository", sentence));
        }
    }

    async fn try_on(&self, repository: &RepositoryRef, result: &mut OutboundResult) {
        let report = match self.session(repository.id.clone()).await {
            Ok(session) => self.probe(&session, Some(repository)).await,
            Err(found) => Err(found),
        };
        match report {
            Ok(report) => {
                result.tried_on = Some(repository.full_name.clone());
                result.take(report);
            }
            Err(found) => result.findings.push(found),
        }
    }

    async fn session(&self, repository: Option<String>) -> Result<ForgeSession, Finding> {
        let options = SessionOptions {
            repository,
            rate_policy: RatePolicy::Probe,
            ..SessionOptions::default()
        };
        let session = self.service.forges.open(&self.principal, options).await;
        session.map_err(|error| Finding::failed(&error))
    }

    async fn probe(&self, session: &ForgeSession, repository: Option<&RepositoryRef>) -> Result<ProbeReport, Finding> {
        let report = session.ask(self.deadline.left(), async |forge| forge.probe(repository).await);
        report.await.map_err(|error| Finding::failed(&error))
    }

    async fn first_repository(&self, session: &ForgeSession) -> Option<RepositoryRef> {
        let page = session
            .within(self.deadline.left())
            .repositories(None)
            .await
            .ok()?
            .ok()?;
        page.items.into_iter().next()
    }
}

/// The repository of the oldest project that reports through the integration and lies at its forge.
fn attached_repository(
    service: &Connections,
    principal: &ForgePrincipal,
    integration: &Integration,
    findings: &mut Vec<Finding>,
) -> Option<RepositoryRef> {
    let mut entries = service.core.store.directory().projects_of(integration.organization);
    entries.retain(|entry| {
        let mut actions = entry.actions.iter();
        actions.any(|action| action.integration == Some(integration.id))
    });
    let description = principal.plugin.description();
    let there = entries
        .iter()
        .find(|entry| lies_at(description, integration, &identity(entry)));
    if let (None, Some(elsewhere)) = (there, entries.first()) {
        let project = elsewhere.project();
        let sentence = format!(
            "The project `{}` reports through this integration, but its repository {} does not lie at the integration's forge.",
            project.name, project.identity
        );
        findings.push(Finding::open("repository", sentence));
    }
    Some(principal.repository(there?))
}
