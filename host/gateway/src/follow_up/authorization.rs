//! Who may command and approve: whoever may write to the project's own repository, by the forge's word, and is not the gateway itself.
//!
//! What an approval then releases is the rule of `forgegate_model::approval`.

use forgegate_model::event::User;
use forgegate_sandbox::outbound::AccessLevel;

use super::question::{AskError, ProjectForge};

/// Whether somebody may command and approve in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// The forge says that they may write to the repository.
    Writer,
    /// The forge says that they may not.
    NotAWriter,
    /// It is the account of the gateway's own token, which commands and approves nothing.
    OwnAccount,
}

/// Asks the forge what somebody may do in a project.
///
/// # Errors
/// Where there is no answer: nobody is authorized by silence.
pub async fn authorize(forge: &ProjectForge<'_>, who: &User) -> Result<Authorization, AskError> {
    if is_own_account(forge, who).await? {
        return Ok(Authorization::OwnAccount);
    }
    Ok(if may_write(forge, who).await? {
        Authorization::Writer
    } else {
        Authorization::NotAWriter
    })
}

/// Asks the forge whether somebody may write to the project's repository.
///
/// # Errors
/// Where there is no answer.
pub async fn may_write(forge: &ProjectForge<'_>, who: &User) -> Result<bool, AskError> {
    let level = forge
        .ask(async |plugin| plugin.access(forge.repository(), who).await)
        .await?;
    Ok(matches!(level, AccessLevel::Write | AccessLevel::Admin))
}

/// Asks the forge whether somebody is the account that the gateway's own token is of.
async fn is_own_account(forge: &ProjectForge<'_>, who: &User) -> Result<bool, AskError> {
    // An app speaks as a bot, and bots command nothing.
    if forge.integration().is_app_managed() {
        return Ok(false);
    }
    let (accounts, integration) = (&forge.service().accounts, forge.integration().id);
    let own = match accounts.get(integration) {
        Some(own) => own,
        None => {
            let report = forge.ask(async |plugin| plugin.probe(None).await).await?;
            let own = report.account.and_then(|account| account.id);
            accounts.remember(integration, own.clone());
            own
        }
    };
    Ok(own.is_some() && own == who.id)
}
