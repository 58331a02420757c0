//! Replies to commands: one sign under the comment, and one text where it was refused or asks for one.

use serde::{Deserialize, Serialize};

use super::Address;
use crate::approval::Refusal;
use crate::command::Command;
use crate::delivery::Reason;

/// A sign under a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplyReaction {
    /// It was accepted.
    Eyes,
    /// It was refused.
    Confused,
}

/// A reply to a command at the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Through whom, and where.
    pub address: Address,
    /// The number of the pull request.
    pub number: u64,
    /// The forge's number of the comment that is answered.
    pub comment: String,
    /// The sign under it.
    pub sign: ReplyReaction,
    /// The text, Markdown; none where the sign says it all.
    pub text: Option<String>,
}

/// The sign and the text for a command of which these came in the projects that listened: nothing where it was done, else the sentence
/// that says why not.
#[must_use]
pub fn reply_to(command: &Command, prefix: &str, came: &[Result<(), String>]) -> (ReplyReaction, Option<String>) {
    if came.iter().any(Result::is_ok) {
        let text = matches!(command, Command::Help).then(|| help(prefix));
        return (ReplyReaction::Eyes, text);
    }
    let mut sentences: Vec<&str> = came
        .iter()
        .filter_map(|it| it.as_ref().err())
        .map(String::as_str)
        .collect();
    sentences.dedup();
    let text = sentences.join("\n\n");
    if matches!(command, Command::Unknown) {
        return (
            ReplyReaction::Confused,
            Some(format!("{text}\n\n{}", help(prefix)).trim().to_owned()),
        );
    }
    (ReplyReaction::Confused, Some(text))
}

/// The text about an approval that releases nothing, with the line that would.
#[must_use]
pub fn refusal_text(refusal: &Refusal, prefix: &str) -> String {
    match refusal {
        Refusal::Unknown => {
            "No head of this pull request that is so named was on record when this was written. Name the whole commit id.".to_owned()
        }
        Refusal::Ambiguous => "More than one head begins like this. Name the whole commit id.".to_owned(),
        Refusal::NotHeld => "Nothing of that commit waits for approval.".to_owned(),
        Refusal::Fresh { head } => format!(
            "The head is younger than a minute or moved since, so it may not be what you reviewed. To approve it, look at it and write:\n\n```\n{prefix} approve {head}\n```"
        ),
    }
}

impl Reason {
    /// The text about this reason for whoever gave a command.
    #[must_use]
    pub const fn told_to_commander(self) -> &'static str {
        match self {
            Self::NotPermitted => "You may not do this here: it takes the right to write to the repository.",
            Self::AlreadyInProgress => "This commit is queued, running or waiting for approval already.",
            Self::Concurrency => {
                "Something for this pull request is under way, and this project lets nothing else begin."
            }
            Self::Inactive => "This project is switched off.",
            Self::RepositoryReplaced => "Another repository stands under the project's name.",
            Self::Filtered => "There is nothing to do.",
            _ => "It could not be done; the operator can see why.",
        }
    }
}

fn help(prefix: &str) -> String {
    format!(
        "Each as the only line of a comment, by whoever may write to the repository:\n\n\
         - `{prefix} run [argument]` evaluates the head again\n\
         - `{prefix} approve [commit]` lets one commit of a stranger run\n\
         - `{prefix} cancel` stops what this pull request caused\n\
         - `{prefix} help` shows this"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_replied_is_itself_a_command() {
        let prefix = "/forgegate";
        let head = "a".repeat(40);
        let refusals = [
            Refusal::Unknown,
            Refusal::Ambiguous,
            Refusal::NotHeld,
            Refusal::Fresh { head },
        ];
        for refusal in refusals {
            let sentence = refusal_text(&refusal, prefix);
            let (sign, text) = reply_to(&Command::Approve { sha: None }, prefix, &[Err(sentence)]);
            assert_eq!(sign, ReplyReaction::Confused);
            assert_eq!(Command::in_text(&text.unwrap(), prefix), None);
        }
        let (_, help) = reply_to(&Command::Help, prefix, &[Ok(())]);
        assert_eq!(Command::in_text(&help.unwrap(), prefix), None);
        let no = Err("no".to_owned());
        let (_, unknown) = reply_to(&Command::Unknown, prefix, &[no]);
        assert_eq!(Command::in_text(&unknown.unwrap(), prefix), None);
    }

    #[test]
    fn what_was_done_in_one_project_is_accepted_and_equal_refusals_are_told_once() {
        let cancel = Command::Cancel;
        let no = || Err("no".to_owned());
        assert_eq!(reply_to(&cancel, "/x", &[no(), Ok(())]), (ReplyReaction::Eyes, None));
        assert_eq!(
            reply_to(&cancel, "/x", &[no(), no()]),
            (ReplyReaction::Confused, Some("no".into()))
        );
    }
}
