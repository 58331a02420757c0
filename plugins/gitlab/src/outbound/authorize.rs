//! The form in which calls carry the credential.

use forgegate_sdk::outbound::{Account, Authorization, CredentialHeader, OutboundError};

/// Personal, project and group tokens go into a field of GitLab's own. There are no apps that sign for themselves.
pub fn authorize(account: &Account) -> Result<Authorization, OutboundError> {
    match account {
        Account::Token => Ok(Authorization::Header(CredentialHeader {
            name: "private-token".to_owned(),
            prefix: String::new(),
        })),
        Account::Installation(_) | Account::App => Err(OutboundError::Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_into_its_own_field_without_a_prefix() {
        let expected = CredentialHeader {
            name: "private-token".into(),
            prefix: String::new(),
        };
        assert_eq!(authorize(&Account::Token), Ok(Authorization::Header(expected)));
    }

    #[test]
    fn there_are_no_apps() {
        assert_eq!(authorize(&Account::App), Err(OutboundError::Unsupported));
    }
}
