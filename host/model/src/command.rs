//! Commands that people write in comments on pull requests.
//!
//! Here is decided which text is one, and which comment carries one. The permission of its author is asked of the forge, after the
//! answer.

use serde::{Deserialize, Serialize};

use crate::delivery::Reason;
use crate::event::{Comment, CommentAction, Detail, Event, User};

/// The longest argument of `run`, in bytes. It goes to a worker, beside small fields.
const MOST_ARGUMENT: usize = 500;
/// The fewest digits by which a commit is named.
const LEAST_DIGITS: usize = 7;

/// A command in a comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Evaluates the head once more. It releases nothing.
    Run {
        /// The text behind the word, for whatever runs.
        argument: Option<String>,
    },
    /// Releases what is held of one commit.
    Approve {
        /// The commit, or how it begins, in lower-case hexadecimal digits.
        sha: Option<String>,
    },
    /// Stops what the pull request caused.
    Cancel,
    /// Says which commands there are.
    Help,
    /// The prefix, and behind it nothing that is a command.
    Unknown,
}

/// A command in a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// The command that was given.
    pub command: Command,
    /// The comment that gives it.
    pub comment: &'a Comment,
    /// The number of the pull request.
    pub number: u64,
    /// The author, with a number.
    pub by: &'a User,
}

impl Command {
    /// The command that a text carries: its only line that is neither blank nor quoted, where that begins with the prefix. Text
    /// beside a command, a quoted one and one in a block of code are talk about commands.
    #[must_use]
    pub fn in_text(text: &str, prefix: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !is_blank_or_quoted(line));
        let line = lines.next().filter(|line| !is_code(line))?;
        if lines.next().is_some() {
            return None;
        }
        let rest = line.trim().strip_prefix(prefix)?;
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return None;
        }
        let rest = rest.trim();
        let (word, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(Self::of(word, argument.trim()))
    }

    fn of(word: &str, argument: &str) -> Self {
        let bare = argument.is_empty();
        match word {
            "run" if argument.len() > MOST_ARGUMENT => Self::Unknown,
            "run" => Self::Run {
                argument: (!bare).then(|| argument.to_owned()),
            },
            "approve" if bare => Self::Approve { sha: None },
            "approve" if names_a_commit(argument) => Self::Approve {
                sha: Some(argument.to_ascii_lowercase()),
            },
            "cancel" if bare => Self::Cancel,
            "help" | "" if bare => Self::Help,
            _ => Self::Unknown,
        }
    }

    /// The command's word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::Approve { .. } => "approve",
            Self::Cancel => "cancel",
            Self::Help => "help",
            Self::Unknown => "unknown",
        }
    }
}

/// The command that an event carries.
///
/// # Errors
/// The reason why it carries none: `filtered` where nobody asked for anything, `not_permitted` where a command stands in a comment
/// that is not its author's own and new, is a bot's or is not for everybody.
pub fn said<'a>(event: &'a Event, prefix: &str) -> Result<Said<'a>, Reason> {
    let Detail::Comment(comment) = &event.detail else {
        return Err(Reason::Filtered);
    };
    let command = Command::in_text(&comment.body, prefix).ok_or(Reason::Filtered)?;
    let number = comment.number.filter(|_| comment.on_pull_request);
    let number = number.ok_or(Reason::Filtered)?;
    let is_new = comment.action == CommentAction::Created;
    let own = event
        .actor
        .as_ref()
        .is_some_and(|actor| !actor.bot && actor.user.id.is_some() && actor.user.id == comment.author.id);
    if !is_new || !own || comment.confidential {
        return Err(Reason::NotPermitted);
    }
    Ok(Said {
        command,
        comment,
        number,
        by: &comment.author,
    })
}

fn is_blank_or_quoted(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('>')
}

/// Four columns of indentation are a block of code in Markdown.
fn is_code(line: &str) -> bool {
    line.starts_with("    ") || line.trim_start_matches(' ').starts_with('\t')
}

fn names_a_commit(text: &str) -> bool {
    (LEAST_DIGITS..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Actor;
    use crate::testing;

    const PREFIX: &str = "/forgegate";

    /// The difference from a plain comment.
    type Change = fn(&mut Comment, &mut Actor);

    fn command(text: &str) -> Option<Command> {
        Command::in_text(text, PREFIX)
    }

    fn approve(sha: Option<&str>) -> Option<Command> {
        let sha = sha.map(str::to_owned);
        Some(Command::Approve { sha })
    }

    #[test]
    fn a_command_is_the_only_line_that_is_not_quoted() {
        let run = |argument: Option<&str>| {
            let argument = argument.map(str::to_owned);
            Some(Command::Run { argument })
        };
        for (text, expected) in [
            ("/forgegate run", run(None)),
            ("  /forgegate   run  all the tests \r\n\n", run(Some("all the tests"))),
            ("> /forgegate cancel\n\n/forgegate run", run(None)),
            ("/forgegate approve", approve(None)),
            ("/forgegate approve ABCDEF0", approve(Some("abcdef0"))),
            ("/forgegate cancel", Some(Command::Cancel)),
            ("/forgegate help", Some(Command::Help)),
            ("/forgegate", Some(Command::Help)),
            ("/forgegate approve abcdef", Some(Command::Unknown)),
            ("/forgegate approve main", Some(Command::Unknown)),
            ("/forgegate cancel all", Some(Command::Unknown)),
            ("/forgegate Run", Some(Command::Unknown)),
            ("/forgegated run", None),
            ("please /forgegate run", None),
            ("> /forgegate run", None),
            ("    /forgegate run", None),
            ("\t/forgegate run", None),
            ("```\n/forgegate run\n```", None),
            ("/forgegate run\nplease", None),
            ("/forgegate run\n/forgegate approve", None),
            ("", None),
        ] {
            assert_eq!(command(text), expected, "{text:?}");
        }
        let long = format!("/forgegate run {}", "x".repeat(MOST_ARGUMENT + 1));
        assert_eq!(command(&long), Some(Command::Unknown));
        assert_eq!(Command::in_text("/ci run", "/ci"), run(None));
    }

    proptest! {
        #[test]
        fn whatever_is_quoted_around_it_a_command_stays_what_it_is(quoted in ".{0,40}", sha in "[0-9a-f]{7,40}") {
            let quoted: String = quoted.chars().filter(|it| *it != '\n' && *it != '\r').collect();
            let text = format!("> {quoted}\n/forgegate approve {sha}\n>{quoted}");
            prop_assert_eq!(command(&text), approve(Some(&sha)));
        }

        #[test]
        fn any_other_line_beside_it_makes_it_talk(other in "[a-z`*#-][ -~]{0,40}") {
            let before = format!("{other}\n/forgegate approve");
            let after = format!("/forgegate approve\n{other}");
            prop_assert_eq!(command(&before), None);
            prop_assert_eq!(command(&after), None);
        }
    }

    fn comment(change: impl FnOnce(&mut Comment, &mut Actor)) -> Event {
        let mut actor = testing::actor("5");
        let mut it = testing::comment("/forgegate approve", &actor.user);
        change(&mut it, &mut actor);
        Event {
            actor: Some(actor),
            ..testing::event(Detail::Comment(it))
        }
    }

    #[test]
    fn only_a_persons_own_new_comment_on_a_pull_request_commands() {
        let event = comment(|_, _| ());
        assert_eq!(said(&event, PREFIX).unwrap().number, 7);
        let refused: [(&str, Change, Reason); 9] = [
            (
                "edited",
                |it, _| it.action = CommentAction::Edited,
                Reason::NotPermitted,
            ),
            (
                "deleted",
                |it, _| it.action = CommentAction::Deleted,
                Reason::NotPermitted,
            ),
            (
                "edited by another",
                |_, by| by.user.id = Some("6".into()),
                Reason::NotPermitted,
            ),
            ("a bot's", |_, by| by.bot = true, Reason::NotPermitted),
            (
                "not for everybody",
                |it, _| it.confidential = true,
                Reason::NotPermitted,
            ),
            (
                "of nobody",
                |it, by| {
                    it.author.id = None;
                    by.user.id = None;
                },
                Reason::NotPermitted,
            ),
            ("on an issue", |it, _| it.on_pull_request = false, Reason::Filtered),
            ("on a commit", |it, _| it.number = None, Reason::Filtered),
            ("no command", |it, _| it.body = "nice".into(), Reason::Filtered),
        ];
        for (name, change, reason) in refused {
            assert_eq!(said(&comment(change), PREFIX), Err(reason), "{name}");
        }
    }
}
