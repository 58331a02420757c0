//! Lists that forges answer a page at a time.

use super::{Answer, OutboundError};

/// The pages of a list, asked for one after the other.
///
/// They end where the forge names no further page. A list that is longer than what was allowed is an error: its end that was never
/// seen must not be taken for the absence of something.
pub struct Pages<F> {
    ask: F,
    next: Option<u32>,
    most: u32,
}

impl<F: Fn(u32) -> Result<Answer, OutboundError>> Pages<F> {
    /// So many pages at most, each asked for by its number, which begins at 1.
    pub fn new(most: u32, ask: F) -> Self {
        Self {
            ask,
            next: Some(1),
            most,
        }
    }

    /// Asks for the next page; none after the last one.
    pub fn next_page(&mut self) -> Result<Option<Answer>, OutboundError> {
        let Some(page) = self.next.take() else {
            return Ok(None);
        };
        if page > self.most {
            return Err(OutboundError::Other(
                "the forge's list is too long to be read to its end".into(),
            ));
        }
        let answer = (self.ask)(page)?;
        self.next = answer.page_after(page);
        Ok(Some(answer))
    }
}

/// The number of the page that a cursor names, or 1 where there is none. A cursor that is no number is rejected.
pub fn page_number(cursor: Option<&str>) -> Result<u32, OutboundError> {
    let number = cursor.map_or(Some(1), |cursor| cursor.parse().ok());
    number.ok_or_else(no_such_page)
}

/// The error for a cursor that names no page of the list.
pub fn no_such_page() -> OutboundError {
    OutboundError::Rejected("there is no such page".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_number_from_1_on() {
        assert_eq!(page_number(None), Ok(1));
        assert_eq!(page_number(Some("7")), Ok(7));
        assert_eq!(page_number(Some("next")), Err(no_such_page()));
    }
}
