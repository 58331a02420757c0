//! Credentials and apps.

use super::wit;
use crate::outbound::{Account, AppExchange, AppForm, AppSpec, Authorization, CredentialHeader, TokenExchange};
use crate::translate::request::{pairs, path, pointer};
use crate::translate::{BadOutput, Checked, caps, headers, request};

/// Fields of one form.
const MOST_FIELDS: usize = 64;

pub(crate) fn account(account: &Account) -> wit::Account {
    match account {
        Account::Token => wit::Account::Token,
        Account::Installation(id) => wit::Account::Installation(id.clone()),
        Account::App => wit::Account::App,
    }
}

pub(crate) fn app_spec(it: &AppSpec) -> wit::AppSpec {
    wit::AppSpec {
        name: it.name.clone(),
        owner: it.owner.clone(),
        home: it.home.clone(),
        hook_url: it.hook_url.clone(),
        callback_url: it.callback_url.clone(),
        state: it.state.clone(),
    }
}

pub(crate) fn authorization(it: wit::Authorization) -> Checked<Authorization> {
    Ok(match it {
        wit::Authorization::Header(header) => Authorization::Header(credential_header(header)?),
        wit::Authorization::Exchange(it) => Authorization::Exchange(Box::new(TokenExchange {
            header: credential_header(it.header)?,
            request: it.request.map(request).transpose()?,
            token: pointer("exchange.token", it.token)?,
            expires_at: pointer("exchange.expires-at", it.expires_at)?,
            token_header: credential_header(it.token_header)?,
        })),
    })
}

pub(crate) fn app_form(it: wit::AppForm) -> Checked<AppForm> {
    Ok(AppForm {
        path: path("app-form.path", it.path)?,
        query: pairs("app-form.query", it.query)?,
        // The whole wish may be one field's text.
        fields: caps::list("app-form.fields", it.fields, MOST_FIELDS, |(name, value)| {
            Ok((
                caps::word("app-form.fields", name)?,
                caps::text("app-form.fields", value)?,
            ))
        })?,
    })
}

pub(crate) fn app_exchange(it: wit::AppExchange) -> Checked<AppExchange> {
    Ok(AppExchange {
        request: request(it.request)?,
        id: pointer("app-exchange.id", it.id)?,
        page: pointer("app-exchange.page", it.page)?,
        private_key: pointer("app-exchange.private-key", it.private_key)?,
        webhook_secret: pointer("app-exchange.webhook-secret", it.webhook_secret)?,
    })
}

/// A field with room for a credential. The prefix goes into a request as it is.
fn credential_header(it: wit::CredentialHeader) -> Checked<CredentialHeader> {
    let plain = it.prefix.len() <= 64 && it.prefix.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !plain {
        return Err(BadOutput(
            "`authorization.prefix` is longer than 64 bytes or holds control characters".to_owned(),
        ));
    }
    Ok(CredentialHeader {
        name: headers::name("authorization.name", it.name)?,
        prefix: it.prefix,
    })
}
