//! The key ring: the file that everything sealed depends on.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use zeroize::Zeroizing;

use super::cipher::Key;

/// A fault of the key ring. No text holds a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key file `{path}`: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The failure.
        error: std::io::Error,
    },
    /// Others than its owner may read the file.
    #[error("the key file `{0}` is open to others than its owner; its mode must be 0600")]
    Exposed(PathBuf),
    /// A line is not a number, a blank and 64 hexadecimal digits, or a number repeats, or there is no line.
    #[error("the key file `{0}` is not a list of `<number> <64 hexadecimal digits>`, each number once")]
    Malformed(PathBuf),
    /// The database was sealed with keys that the ring lacks.
    #[error("the database was sealed with the keys {needed}, and the key file `{path}` holds none of them")]
    Missing {
        /// The keys' numbers and fingerprints.
        needed: String,
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// A key of the ring.
#[derive(Clone, Debug)]
pub(crate) struct RingKey {
    /// Its number in the file.
    pub(crate) number: u32,
    pub(crate) key: Key,
}

impl RingKey {
    /// What names the key without telling anything of it.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.derive("forgegate: fingerprint of a ring key")
    }

    /// A key for another purpose. Who has it cannot compute this one, nor that of a third purpose.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut out = [0; 32];
        if let Some(mut mac) = MacState::new(Digest::Sha256, self.key.expose()) {
            mac.update(purpose.as_bytes());
            for (to, from) in out.iter_mut().zip(mac.tag()) {
                *to = from;
            }
        }
        out
    }
}

/// The keys of the file, the newest last.
#[derive(Clone, Debug)]
pub(crate) struct KeyRing {
    older: Vec<RingKey>,
    newest: RingKey,
}

impl KeyRing {
    /// Reads the file.
    pub(crate) fn load(path: &Path) -> Result<Self, KeyError> {
        let io = |error| KeyError::Io {
            path: path.to_owned(),
            error,
        };
        let mut file = File::open(path).map_err(io)?;
        let mode = file.metadata().map_err(io)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(io)?;
        Self::parse(&text).ok_or_else(|| KeyError::Malformed(path.to_owned()))
    }

    /// Makes a ring of one key: written aside, synced, renamed, read back.
    pub(crate) fn create(path: &Path) -> Result<Self, KeyError> {
        let io = |error| KeyError::Io {
            path: path.to_owned(),
            error,
        };
        let key = Key::random().map_err(|_| KeyError::Random)?;
        let line = Zeroizing::new(format!("1 {}\n", Zeroizing::new(hex(key.expose())).as_str()));
        let aside = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)
            .map_err(io)?;
        file.write_all(line.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        std::fs::rename(&aside, path).map_err(io)?;
        sync_folder(path).map_err(io)?;
        Self::load(path)
    }

    /// The key that seals.
    pub(crate) const fn newest(&self) -> &RingKey {
        &self.newest
    }

    /// The key of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&RingKey> {
        self.all().find(|key| key.number == number)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &RingKey> {
        self.older.iter().chain([&self.newest])
    }

    fn parse(text: &str) -> Option<Self> {
        let mut keys: Vec<RingKey> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (number, digits) = line.trim().split_once(' ')?;
            let number = number.parse().ok()?;
            if keys.iter().any(|key| key.number == number) {
                return None;
            }
            keys.push(RingKey {
                number,
                key: unhex(digits.trim())?,
            });
        }
        let newest = keys.pop()?;
        Some(Self { older: keys, newest })
    }
}

/// Makes a rename or a new file in a file's folder durable.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn hex(bytes: &[u8; 32]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = String::with_capacity(64);
    for byte in bytes {
        text.extend(DIGITS.get(usize::from(byte >> 4)));
        text.extend(DIGITS.get(usize::from(byte & 15)));
    }
    text
}

fn unhex(text: &str) -> Option<Key> {
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.chars()
            .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
            .collect::<Option<_>>()?,
    );
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(pairs.iter().map(|[high, low]| high << 4 | low).collect());
    Key::from_slice(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_lines_of_a_number_and_64_digits() {
        let one = "11".repeat(32);
        let two = "fe".repeat(32);
        let ring = KeyRing::parse(&format!("1 {one}\n7 {two}\n")).unwrap();
        assert_eq!(ring.newest().number, 7);
        assert_eq!(ring.newest().key.expose(), &[0xfe; 32]);
        assert_eq!(ring.get(1).unwrap().key.expose(), &[0x11; 32]);
        assert!(ring.get(2).is_none());
        for bad in [
            String::new(),
            "1".to_owned(),
            format!("x {one}"),
            format!("1 {one}00"),
            format!("1 {}", &one[1..]),
            format!("1 {}", one.replace('1', "g")),
            format!("1 {one}\n1 {two}"),
        ] {
            assert!(KeyRing::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_ring_that_was_made_is_read_again_and_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let made = KeyRing::create(&path).unwrap();
        let read = KeyRing::load(&path).unwrap();
        assert_eq!(made.newest().fingerprint(), read.newest().fingerprint());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(KeyRing::load(&path), Err(KeyError::Exposed(_))));
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let ring = KeyRing::parse(&format!("1 {}", "22".repeat(32))).unwrap();
        assert_ne!(ring.newest().derive("a"), ring.newest().derive("b"));
        assert_ne!(&ring.newest().derive("a"), ring.newest().key.expose());
    }
}
