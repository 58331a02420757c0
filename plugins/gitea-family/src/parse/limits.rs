//! The most of one body that is handed on. The host takes 4 MiB in all from one call, and of each list only so much, while the forge
//! knows no limit. What is cut off here stays in the sealed payload.

use forgegate_sdk::MAX_PATH_BYTES;

/// The most assignees or reviewers.
pub const PEOPLE: usize = 100;

/// The most labels.
pub const LABELS: usize = 100;

/// The most files of a release.
pub const ASSETS: usize = 1_000;

/// The most bytes of a comment.
pub const COMMENT_BYTES: usize = 1 << 20;

/// The most bytes of a commit's message.
pub const MESSAGE_BYTES: usize = 16 << 10;

/// The most bytes of paths that are listed under the commits of a push.
const COMMIT_PATH_BYTES: usize = 512 << 10;

/// The rest of the room for paths under commits.
pub struct Room(usize);

impl Room {
    /// All of it.
    pub fn new() -> Self {
        Self(COMMIT_PATH_BYTES)
    }

    /// Takes the room for a path. False where there is not enough.
    pub fn holds(&mut self, path: &str) -> bool {
        let left = self.0.checked_sub(path.len());
        self.0 = left.unwrap_or(self.0);
        left.is_some() && path.len() <= MAX_PATH_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_bytes_of_paths() {
        let mut room = Room::new();
        let path = "d".repeat(MAX_PATH_BYTES);
        let held = (0..100).filter(|_| room.holds(&path)).count();
        assert_eq!(held, COMMIT_PATH_BYTES / MAX_PATH_BYTES);
        assert!(!Room::new().holds(&format!("{path}f")));
    }
}
