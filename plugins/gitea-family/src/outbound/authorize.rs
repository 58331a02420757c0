//! The form in which calls carry the credential.

use forgegate_sdk::outbound::{Account, Authorization, CredentialHeader, OutboundError};

/// A stored access token goes into `authorization: token …`. These forges have no apps.
pub fn authorize(account: &Account) -> Result<Authorization, OutboundError> {
    match account {
        Account::Token => Ok(Authorization::Header(CredentialHeader {
            name: "authorization".into(),
            prefix: "token ".into(),
        })),
        Account::Installation(_) | Account::App => Err(OutboundError::Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_into_the_authorization_field() {
        let expected = Authorization::Header(CredentialHeader {
            name: "authorization".into(),
            prefix: "token ".into(),
        });
        assert_eq!(authorize(&Account::Token), Ok(expected));
    }

    #[test]
    fn there_are_no_apps() {
        assert_eq!(authorize(&Account::App), Err(OutboundError::Unsupported));
        let installation = Account::Installation("1".into());
        assert_eq!(authorize(&installation), Err(OutboundError::Unsupported));
    }
}
