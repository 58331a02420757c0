//! Who may command and approve: whoever may write to the project's own repository, by the forge's word, and is not the gateway itself.
//!
//! What an approval then releases is the rule of `forgegate_model::approval`.

use forgegate_model::approval::Permission;
use forgegate_model::event::User;
use forgegate_sandbox::outbound::AccessLevel;

use super::question::{AskError, ProjectForge};

/// The permission of somebody to command and approve in a project, by the word of its forge.
///
/// # Errors
/// Where there is no answer: nobody is permitted by silence.
pub async fn permission(forge: &ProjectForge<'_>, who: &User) -> Result<Permission, AskError> {
    if is_own_account(forge, who).await? {
        return Ok(Permission::OwnAccount);
    }
    Ok(Permission::of_access(may_write(forge, who).await?))
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
