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
