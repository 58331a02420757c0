//! The folder that a command runs in: its own, empty, with the claim's answer outside of it. Nothing of either stays.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder for one command. It is removed when this goes.
pub(super) struct Folder {
    outer: TempDir,
}

impl Folder {
    /// Makes it. `message` is what the evaluation's file holds.
    ///
    /// # Errors
    /// When the temporary folder cannot be written to.
    pub(super) fn make(message: &str) -> io::Result<Self> {
        let outer = tempfile::Builder::new()
            .prefix("forgegate-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        let folder = Self { outer };
        fs::create_dir(folder.work())?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.file())?;
        file.write_all(message.as_bytes())?;
        Ok(folder)
    }

    /// The command's own folder.
    pub(super) fn work(&self) -> PathBuf {
        self.outer.path().join("work")
    }

    /// The evaluation's file.
    pub(super) fn file(&self) -> PathBuf {
        self.outer.path().join("evaluation.json")
    }

    /// Removes everything, also what the command protected against that.
    pub(super) async fn remove(self) -> io::Result<()> {
        let removed = tokio::task::spawn_blocking(move || {
            if fs::remove_dir_all(self.outer.path()).is_err() {
                unlock(self.outer.path());
            }
            match self.outer.close() {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        });
        removed.await.map_err(io::Error::other)?
    }
}

/// Makes every folder below writable again: what lies in a protected one cannot be removed. Links are not followed.
fn unlock(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unlock(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn the_file_is_private_and_outside_of_the_empty_folder() {
        let folder = Folder::make("{}").unwrap();
        assert_eq!(fs::read_dir(folder.work()).unwrap().count(), 0);
        assert_eq!((mode(&folder.file()), mode(folder.outer.path())), (0o600, 0o700));
        assert!(!folder.file().starts_with(folder.work()));
    }

    #[tokio::test]
    async fn protected_folders_are_removed_too_and_links_lead_nowhere() {
        let elsewhere = TempDir::new().unwrap();
        let kept = elsewhere.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::set_permissions(&kept, Permissions::from_mode(0o500)).unwrap();
        let folder = Folder::make("{}").unwrap();
        let (outer, deep) = (folder.outer.path().to_owned(), folder.work().join("a/b"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("file"), "").unwrap();
        std::os::unix::fs::symlink(&kept, deep.join("link")).unwrap();
        fs::set_permissions(&deep, Permissions::from_mode(0o500)).unwrap();
        unlock(&outer);
        assert_eq!((mode(&deep), mode(&kept)), (0o700, 0o500));
        folder.remove().await.unwrap();
        assert!(!outer.exists() && kept.exists());
    }
}
