//! A call, put together a piece at a time.

use super::{Answer, CallError, OutboundError, Pages, RepositoryRef, Request, send};
use crate::json::Object;
use crate::{Header, Method};

/// A call to the forge. Nothing in it is percent-encoded: the host does that.
#[derive(Clone, Debug)]
pub struct Call(Request);

impl Call {
    /// Asks for what lies there. The path is given in segments under the API base.
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::Get, path)
    }

    /// Posts there.
    pub fn post(path: &[&str]) -> Self {
        Self::new(Method::Post, path)
    }

    /// Puts there.
    pub fn put(path: &[&str]) -> Self {
        Self::new(Method::Put, path)
    }

    /// Changes what lies there.
    pub fn patch(path: &[&str]) -> Self {
        Self::new(Method::Patch, path)
    }

    /// Removes what lies there.
    pub fn delete(path: &[&str]) -> Self {
        Self::new(Method::Delete, path)
    }

    /// A call of any method.
    pub fn new(method: Method, path: &[&str]) -> Self {
        Self(Request {
            method,
            path: path.iter().map(|&segment| segment.to_owned()).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            secrets: Vec::new(),
        })
    }

    /// With this pair in the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.0.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this header field, whose name must be in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0.headers.push(Header::new(name, value));
        self
    }

    /// With this body.
    #[must_use]
    pub fn json(mut self, body: Object) -> Self {
        self.0.body = Some(body.finish().into_bytes());
        self
    }

    /// With a value in the answer, named by its JSON pointer, that the host takes out before the plugin sees the rest.
    #[must_use]
    pub fn secret(mut self, pointer: &str) -> Self {
        self.0.secrets.push(pointer.to_owned());
        self
    }

    /// The request, for what the host sends by itself.
    pub fn request(self) -> Request {
        self.0
    }

    /// Sends it; whatever the forge says is an answer.
    pub fn send(&self) -> Result<Answer, OutboundError> {
        match send(&self.0) {
            Ok(response) => Ok(Answer::new(response)),
            Err(CallError::RateLimited(seconds)) => Err(OutboundError::TryLater(seconds)),
            Err(error) => Err(OutboundError::Call(error)),
        }
    }

    /// Sends it; an answer with a status outside of 200 to 299 is the error that it stands for.
    pub fn ok(&self) -> Result<Answer, OutboundError> {
        self.send()?.ok()
    }

    /// Likewise, but what is not found is none.
    pub fn found(&self) -> Result<Option<Answer>, OutboundError> {
        match self.ok() {
            Ok(answer) => Ok(Some(answer)),
            Err(OutboundError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks for page after page, so many at most.
    pub fn pages(self, most: u32) -> Pages<impl Fn(u32) -> Result<Answer, OutboundError>> {
        Pages::new(most, move |page| self.page(page).ok())
    }

    /// The same call with the number of a page as the query's `page`.
    #[must_use]
    pub fn page(&self, page: u32) -> Self {
        let call = self.clone();
        call.query("page", &u64::from(page).to_string())
    }

    /// With these pairs in the query.
    #[must_use]
    pub fn queries(self, pairs: &[(&str, &str)]) -> Self {
        pairs.iter().fold(self, |call, (name, value)| call.query(name, value))
    }
}

/// The two segments of the path of a repository, for forges where it has exactly two.
///
/// ```
/// # use forgegate_sdk::outbound::{RepositoryRef, OutboundError, owner_and_name};
/// let repository = RepositoryRef { id: None, full_name: "acme/widgets".into() };
/// assert_eq!(owner_and_name(&repository), Ok(("acme", "widgets")));
/// ```
pub fn owner_and_name(repository: &RepositoryRef) -> Result<(&str, &str), OutboundError> {
    let names = repository.full_name.split_once('/');
    let names = names.filter(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'));
    names.ok_or_else(|| OutboundError::Rejected("the repository's path is not an owner and a name".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_what_was_put_into_it() {
        let call = Call::post(&["repos", "acme", "a b"])
            .query("ref", "refs/heads/a&b")
            .header("accept", "text/plain")
            .secret("/token")
            .json(Object::new().text("state", "success"));
        assert_eq!(
            call.request(),
            Request {
                method: Method::Post,
                path: vec!["repos".into(), "acme".into(), "a b".into()],
                query: vec![("ref".into(), "refs/heads/a&b".into())],
                headers: vec![Header {
                    name: "accept".into(),
                    value: "text/plain".into()
                }],
                body: Some(br#"{"state":"success"}"#.into()),
                secrets: vec!["/token".into()],
            }
        );
    }

    #[test]
    fn a_path_that_is_not_of_two_segments_is_rejected() {
        for full_name in ["", "acme", "acme/", "/widgets", "acme/tools/widgets"] {
            let repository = RepositoryRef {
                id: None,
                full_name: full_name.into(),
            };
            let found = owner_and_name(&repository);
            assert!(matches!(found, Err(OutboundError::Rejected(_))), "{full_name}");
        }
    }
}
