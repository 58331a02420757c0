//! Accounts that an administrator confirmed for an organization: their installations may be bound to it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{AccountView, ConfirmationRequest, parameters};
use forgegate_model::installation::ConfirmedAccount;

use super::wanted;
use crate::access::Caller;
use crate::api::extract::{JsonBody, PathParams, Query};
use crate::api::orgs;
use crate::api::shape::{page_of, page_view};
use crate::core::Core;
use crate::installations::{self, AppInstance};
use crate::response::{Problem, created, ok};

/// Confirms an account for an organization: its installations may be bound to it from then on.
pub async fn confirm(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
    JsonBody(request): JsonBody<ConfirmationRequest>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let (_, instance) = installations::app(&core, &forge)?;
    let organization = caller.organization(&core, &request.organization)?;
    if request.account.is_empty() {
        return Err(Problem::bad_request("`account`: the name of the account is needed"));
    }
    let number = request
        .account_id
        .or_else(|| number_of(&core, &forge, &instance, &request.account));
    let account = ConfirmedAccount {
        forge: forge.clone(),
        origin: instance.origin,
        login: request.account,
        account_id: number,
        confirmed_at: core.clock.now(),
    };
    let audit = caller.made(
        &core,
        Some(organization.id),
        format!("{forge} account {}", account.login),
    );
    let confirmed = core
        .store
        .confirm_account(organization.id, account, Some(audit))
        .await?;
    Ok(created(account_view(confirmed, organization.name.as_str())))
}

/// Lists the accounts that were confirmed for an organization, those that it once had bound among them.
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    installations::app(&core, &forge)?;
    let page = query.page(parameters::INSTALLATIONS)?;
    let wanted = wanted(&core, &caller, &query)?;
    let mut all = Vec::new();
    for organization in orgs::all(&core).await? {
        if wanted.is_none_or(|id| id == organization.id) {
            let confirmed = core.store.confirmed_accounts(organization.id).await?;
            let own = confirmed.into_iter().filter(|it| it.forge == forge);
            all.extend(own.map(|it| account_view(it, organization.name.as_str())));
        }
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.confirmed_at));
    let listed = page_of(all, &page, |it| format!("{}/{}", it.organization, it.account))?;
    Ok(ok(page_view(listed, |it| it)))
}

/// The number of an account, as far as its installation told it.
fn number_of(core: &Core, forge: &str, instance: &AppInstance, login: &str) -> Option<String> {
    let known = core.store.installations(forge);
    let named = known
        .iter()
        .find(|it| it.origin.as_deref() == Some(&instance.origin) && it.account.eq_ignore_ascii_case(login));
    named?.account_id.clone()
}

fn account_view(account: ConfirmedAccount, organization: &str) -> AccountView {
    AccountView {
        forge: account.forge,
        organization: organization.to_owned(),
        account: account.login,
        account_id: account.account_id,
        confirmed_at: account.confirmed_at,
    }
}
