//! The form in which calls carry the credential.

use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{Account, Authorization, Call, CredentialHeader, Request, TokenExchange};

/// A stored token is a bearer; the App signs for itself, and its installations exchange that for a token.
pub fn authorize(account: &Account) -> Authorization {
    let request = match account {
        Account::Token => return Authorization::Header(bearer()),
        Account::App => None,
        Account::Installation(_) => Some(token_request()),
    };
    Authorization::Exchange(TokenExchange {
        header: bearer(),
        request,
        token: "/token".into(),
        expires_at: "/expires_at".into(),
        token_header: bearer(),
    })
}

fn bearer() -> CredentialHeader {
    CredentialHeader {
        name: "authorization".into(),
        prefix: "Bearer ".into(),
    }
}

/// Asks for a token that reaches the one repository that the host is about to call for. What the installation may do is not narrowed:
/// asking for a permission that it lacks is refused as a whole, and an App may do without check runs.
fn token_request() -> Request {
    Call::post(&["app", "installations", "{installation}", "access_tokens"])
        .header("accept", "application/vnd.github+json")
        .json(Object::new().texts("repository_ids", &["{repository-id}"]))
        .secret("/token")
        .request()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::describe;

    #[test]
    fn a_stored_token_is_a_bearer() {
        assert_eq!(authorize(&Account::Token), Authorization::Header(bearer()));
    }

    #[test]
    fn the_app_calls_with_its_claims_themselves() {
        let Authorization::Exchange(exchange) = authorize(&Account::App) else {
            panic!("no exchange");
        };
        assert_eq!(exchange.request, None);
        assert_eq!(exchange.header, bearer());
    }

    #[test]
    fn an_installation_exchanges_them_by_a_declared_call_whose_token_stays_with_the_host() {
        let Authorization::Exchange(exchange) = authorize(&Account::Installation("7".into())) else {
            panic!("no exchange");
        };
        let request = exchange.request.expect("a request");
        let path = format!("/{}", request.path.join("/")).replace("{installation}", "{}");
        assert!(
            describe()
                .paths
                .iter()
                .any(|template| template.method == request.method && template.path == path)
        );
        assert_eq!(request.secrets, [exchange.token]);
        let narrowed = br#"{"repository_ids":["{repository-id}"]}"#;
        assert_eq!(request.body.as_deref(), Some(&narrowed[..]));
    }
}
