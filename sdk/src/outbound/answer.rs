//! The answer of a forge.

use super::{OutboundError, Response, problem, wait};
use crate::json::{Fields, Tree};
use crate::text::contains;

/// The forge's answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer(Response);

impl Answer {
    /// The answer as the host hands it over.
    pub fn new(response: Response) -> Self {
        Self(response)
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The value of the first header field of this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self
            .0
            .headers
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name));
        field.map(|field| field.value.as_str())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body, an object or a list, of which these fields are read.
    pub fn tree(&self, fields: Fields) -> Result<Tree<'_>, OutboundError> {
        Ok(Tree::read_any(&self.0.body, fields)?)
    }

    /// The answer itself, unless its status is outside of 200 to 299.
    pub fn ok(self) -> Result<Self, OutboundError> {
        match self.0.status {
            200..=299 => Ok(self),
            _ => Err(self.problem()),
        }
    }

    /// The error that an answer outside of 200 to 299 stands for, as far as forges have it in common.
    pub fn problem(&self) -> OutboundError {
        problem::of(self)
    }

    /// The forge's words for people where it says no: one short line of its `message`, `error` or `error_description`.
    pub fn message(&self) -> Option<String> {
        problem::message(&self.0.body)
    }

    /// The seconds that the forge asks to wait: by `retry-after`, or, where no more calls remain, until the limit is reset.
    pub fn wait(&self) -> Option<u64> {
        wait::seconds(self)
    }

    /// The number of the next page: by `link`, or by `x-next-page`. None at the end of the list.
    pub fn next_page(&self) -> Option<u32> {
        let page = self.next_by("page").or_else(|| self.header("x-next-page"))?;
        page.parse().ok()
    }

    /// The number of the next page after this one. A forge that names a page again would be asked for ever: it has none.
    pub fn page_after(&self, page: u32) -> Option<u32> {
        self.next_page().filter(|next| *next > page)
    }

    /// The value of this name in the query of the link to the next page, not decoded: for forges that count by a cursor.
    pub fn next_by(&self, name: &str) -> Option<&str> {
        query_value(next_link(self.header("link")?)?, name)
    }
}

/// The target of the link whose relation is `next`.
fn next_link(links: &str) -> Option<&str> {
    let is_next = |parameters: &&str| contains(parameters, "rel=\"next\"") || contains(parameters, "rel=next");
    // A target may hold commas, so that the list is taken apart at the brackets.
    links.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        Some(parameters).filter(is_next).map(|_| target)
    })
}

/// The value as it stands in the URL's query.
fn query_value<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).into(),
            value: (*value).into(),
        };
        Answer::new(Response {
            status: 200,
            headers: headers.iter().map(header).collect(),
            body: Vec::new(),
        })
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let links = r#"<https://x.example/a?page=1&q=a,b>; rel="prev", <https://x.example/a?limit=50&page=3>; rel="next",<https://x.example/a?page=9>; rel="last""#;
        assert_eq!(answer(&[("link", links)]).next_page(), Some(3));
        assert_eq!(answer(&[("x-next-page", "4")]).next_page(), Some(4));
    }

    #[test]
    fn the_end_of_a_list_has_no_next_page() {
        let last = r#"<https://x.example/a?page=1>; rel="first""#;
        for headers in [
            &[][..],
            &[("x-next-page", "")],
            &[("link", last)],
            &[("link", "<>; rel=\"next\"")],
        ] {
            assert_eq!(answer(headers).next_page(), None, "{headers:?}");
        }
    }
}
