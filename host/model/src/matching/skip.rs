//! Commits that ask to be skipped.

use crate::event::{PullRequest, Push, Tag};

/// The words that ask for it, anywhere in the message, whatever their case.
pub(super) const MARKERS: [&str; 6] = [
    "[skip ci]",
    "[ci skip]",
    "[no ci]",
    "[skip actions]",
    "[actions skip]",
    "***no_ci***",
];

/// True if the head commit of a push asks to be skipped. A push that does not carry its head commit does not ask.
#[must_use]
pub fn asked_by_push(push: &Push) -> bool {
    let head = push
        .commits
        .iter()
        .rev()
        .find(|commit| Some(&commit.id) == push.after.as_ref());
    head.is_some_and(|commit| asked_by(&commit.message))
}

/// True if the message of a tag, or of its commit, asks to be skipped.
#[must_use]
pub fn asked_by_tag(tag: &Tag) -> bool {
    tag.message.as_deref().is_some_and(asked_by)
}

/// True if the title of a pull request, or the message of its head commit where the payload tells, asks to be skipped.
#[must_use]
pub fn asked_by_pull_request(it: &PullRequest) -> bool {
    asked_by(&it.title) || it.message.as_deref().is_some_and(asked_by)
}

fn asked_by(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    MARKERS.iter().any(|marker| message.contains(marker)) || has_trailer(&message)
}

/// Trailers are the lines of the last paragraph, unless that is the first, the title.
fn has_trailer(message: &str) -> bool {
    let mut lines = message
        .trim_end()
        .lines()
        .rev()
        .map(str::trim)
        .take_while(|line| !line.is_empty());
    let asks = |line: &str| {
        line.strip_prefix("skip-checks:")
            .is_some_and(|value| value.trim() == "true")
    };
    lines.any(asks) && message.trim().lines().any(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_message_asks_by_marker_or_trailer() {
        for asking in [
            "fix [skip ci]",
            "[ci skip] fix",
            "fix\n\nlong text [no ci] more",
            "fix [SKIP CI]",
            "fix [skip actions]",
            "fix [Actions Skip]",
            "fix ***NO_CI***",
            "fix\n\nskip-checks: true",
            "fix\n\ntext\n\nSigned-off-by: a\nSkip-Checks:true\n\n",
            "fix\r\n\r\nskip-checks: true\r\n",
        ] {
            assert!(asked_by(asking), "{asking:?}");
        }
        for silent in [
            "",
            "fix",
            "skip ci",
            "[skip-ci]",
            "[skip  ci]",
            "NO_CI",
            "skip-checks: true",
            "fix\nskip-checks: true",
            "fix\n\nskip-checks: true\n\nmore",
            "fix\n\nskip-checks: false",
            "fix\n\nx skip-checks: true",
        ] {
            assert!(!asked_by(silent), "{silent:?}");
        }
    }

    #[test]
    fn only_the_head_commit_counts() {
        let commit = |id: char, message: &str| testing::commit(&id.to_string().repeat(40), message);
        let push = |commits| Push {
            commits,
            after: Some("b".repeat(40)),
            ..testing::push("refs/heads/main")
        };
        assert!(asked_by_push(&push(vec![commit('a', "x"), commit('b', "[skip ci]")])));
        assert!(!asked_by_push(&push(vec![commit('a', "[skip ci]"), commit('b', "x")])));
        assert!(
            !asked_by_push(&push(vec![commit('a', "[skip ci]")])),
            "the head is not among them"
        );
        assert!(!asked_by_push(&push(vec![])));
    }
}
