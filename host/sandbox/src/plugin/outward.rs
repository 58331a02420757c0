//! The calls that ask or tell the forge something, through the `ForgeApi` that the caller hands in.

use std::sync::Arc;

use super::Plugin;
use crate::call::{Errand, Place};
use crate::outbound::{Account, Authorization, OutboundError, ProbeReport, RepositoryRef, Status};
use crate::translate::outbound as translate;
use crate::{ForgeApi, PluginError};

impl Plugin {
    /// How calls to the forge carry the credential. Asks nobody.
    ///
    /// # Errors
    /// When there is no answer. That the plugin cannot do it is in the inner result; so it is with all calls outward.
    pub async fn authorize(&self, account: &Account) -> Result<Result<Authorization, OutboundError>, PluginError> {
        let callee = &self.0.callee;
        let account = translate::account(account);
        let mut place = callee.place(Errand::LIGHT).await?;
        let Place { store, deadline, .. } = &mut place;
        let work = async {
            let guest = callee.instance(store).await?;
            let outbound = guest.forgegate_plugin_outbound();
            outbound.call_authorize(store, &account).await
        };
        let check = |it| translate::answer(it, translate::authorization);
        callee.run("authorize", *deadline, work, check).await
    }

    /// Who the credential of the `ForgeApi` is and what it may do, tried on a repository where one is given.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn probe(
        &self,
        repository: Option<&RepositoryRef>,
        forge: Arc<dyn ForgeApi>,
    ) -> Result<Result<ProbeReport, OutboundError>, PluginError> {
        let callee = &self.0.callee;
        let repository = repository.map(translate::repository);
        let mut place = callee.place(Errand::Outward(forge)).await?;
        let Place { store, deadline, .. } = &mut place;
        let work = async {
            let guest = callee.instance(store).await?;
            let outbound = guest.forgegate_plugin_outbound();
            outbound.call_probe(store, repository.as_ref()).await
        };
        let check = |it| translate::answer(it, translate::probe_report);
        callee.run("probe", *deadline, work, check).await
    }

    /// Shows a status. Answers what a later report of the same context must carry as `previous`.
    ///
    /// # Errors
    /// When there is no answer: the status may be shown or not.
    pub async fn report(
        &self,
        status: &Status,
        forge: Arc<dyn ForgeApi>,
    ) -> Result<Result<Option<String>, OutboundError>, PluginError> {
        let callee = &self.0.callee;
        let status = translate::status(status);
        let mut place = callee.place(Errand::Outward(forge)).await?;
        let Place { store, deadline, .. } = &mut place;
        let work = async {
            let guest = callee.instance(store).await?;
            let outbound = guest.forgegate_plugin_outbound();
            outbound.call_report(store, &status).await
        };
        let check = |it| translate::answer(it, translate::reported);
        callee.run("report", *deadline, work, check).await
    }
}
