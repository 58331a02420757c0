//! Lists that forges answer a page at a time.

use super::{Answer, Call, OutboundError};

/// Asks for page after page of a list.
///
/// It ends where the forge names no further page. A list that is longer than what was allowed is an error: its end that was never
/// seen must not be taken for the absence of something.
#[derive(Debug)]
pub struct Pages {
    call: Call,
    next: Option<u32>,
    most: u32,
}

impl Pages {
    pub(super) fn new(call: Call, most: u32) -> Self {
        Self {
            call,
            next: Some(1),
            most,
        }
    }

    /// The next page; none after the last one.
    pub fn next_page(&mut self) -> Result<Option<Answer>, OutboundError> {
        let Some(page) = self.next.take() else {
            return Ok(None);
        };
        if page > self.most {
            return Err(OutboundError::Other(
                "the forge's list is too long to be read to its end".into(),
            ));
        }
        let answer = self.call.page(page).ok()?;
        // A forge that names a page again would be asked for ever.
        self.next = answer.next_page().filter(|next| *next > page);
        Ok(Some(answer))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::{answer, forge};

    fn link(page: u32) -> String {
        format!(r#"<https://x.example/a?page={page}>; rel="next""#)
    }

    /// How many pages are read where this one names that one as the next.
    fn read(next: fn(u32) -> Option<u32>) -> Result<usize, OutboundError> {
        let _forge = forge(move |request| {
            assert_eq!(request.query.len(), 2, "{:?}", request.query);
            let page = request.query.iter().find(|(name, _)| name == "page").unwrap();
            match next(page.1.parse().unwrap()) {
                Some(next) => answer(200, &[("link", &link(next))], "[]"),
                None => answer(200, &[], "[]"),
            }
        });
        let mut pages = Call::get(&["a"]).query("limit", "50").pages(4);
        let mut count = 0;
        while pages.next_page()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn pages_are_read_to_the_end_of_the_list() {
        assert_eq!(read(|page| (page < 3).then_some(page + 1)), Ok(3));
        assert_eq!(read(|page| (page < 4).then_some(page + 1)), Ok(4));
        assert_eq!(read(|_| None), Ok(1));
    }

    #[test]
    fn a_list_that_is_too_long_is_no_list_that_ended() {
        assert!(matches!(read(|page| Some(page + 1)), Err(OutboundError::Other(_))));
    }

    #[test]
    fn a_forge_that_goes_in_circles_is_not_followed() {
        assert_eq!(read(|page| Some(if page < 3 { page + 1 } else { 1 })), Ok(3));
    }
}
