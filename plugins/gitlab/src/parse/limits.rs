//! The most of one body that is handed on. The host takes 4 MiB in all from one call, and of each list and line only so much;
//! GitLab sends bodies of up to 25 MB. What is cut off here stays in the sealed payload.

use forgegate_sdk::text;

/// The most bytes of a comment.
pub const COMMENT: usize = 1024 * 1024;

/// The most bytes of a commit's or tag's message.
pub const MESSAGE: usize = 32 * 1024;

/// The most bytes of a title, and of a name or word that has no length of its own.
pub const TITLE: usize = 1024;

/// The most bytes of paths that a push lists under its commits; as many may stand in its list of all paths.
pub const PATHS: usize = 512 * 1024;

/// The most assignees or reviewers (GitLab takes 200 of either), and the most labels.
pub const PEOPLE: usize = 100;
pub const LABELS: usize = 100;

/// The most stages of a pipeline.
pub const STAGES: usize = 200;

/// The most files of a release.
pub const ASSETS: usize = 1000;

/// A copy of the text, cut between two characters.
pub fn cut(text: &str, bytes: usize) -> String {
    text::cut(text, bytes).to_owned()
}
