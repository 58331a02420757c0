//! The address of a forge: an origin and perhaps a sub-path, under which its repositories lie.

use super::canonical::{Encoding, canonical_path, host_and_port};
use super::{InvalidRepository, RepositoryIdentity, shown};

/// The canonical host and sub-path of a forge's base URL. As in an identity, the port is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeBase {
    host: String,
    path: String,
}

impl ForgeBase {
    /// Reads an `http` or `https` URL without user and query: `https://git.example.org/gitea`.
    ///
    /// # Errors
    ///
    /// Everything else.
    pub fn parse(url: &str) -> Result<Self, InvalidRepository> {
        read(url).map_err(|why| InvalidRepository { shown: shown(url), why })
    }

    /// A host's root, for the hosts that a plugin names.
    ///
    /// # Errors
    ///
    /// The text that is no host name.
    pub fn of_host(host: &str) -> Result<Self, InvalidRepository> {
        Self::parse(&format!("https://{host}"))
    }

    /// The canonical host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path of a repository below this address, or `None` where it lies elsewhere. A sub-path ends between two segments.
    #[must_use]
    pub fn below<'a>(&self, repository: &'a RepositoryIdentity) -> Option<&'a str> {
        let path = repository.path();
        if repository.host() != self.host {
            None
        } else if self.path.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(self.path.as_str())?.strip_prefix('/')
        }
    }
}

fn read(url: &str) -> Result<ForgeBase, &'static str> {
    const WHY: &str = "it is no http or https URL of a forge";
    let (scheme, rest) = url.split_once("://").ok_or(WHY)?;
    let is_web = ["http", "https"].iter().any(|word| word.eq_ignore_ascii_case(scheme));
    let plain = |it: char| !(it.is_control() || it.is_whitespace() || "\\?#@".contains(it));
    if !is_web || !rest.chars().all(plain) {
        return Err(WHY);
    }
    let (address, raw) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, _) = host_and_port(address)?;
    let path = if raw.trim_matches('/').is_empty() {
        String::new()
    } else {
        canonical_path(raw, Encoding::Percent)?
    };
    Ok(ForgeBase { host, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_lies_below_its_forge() {
        for (base, repository, below) in [
            ("https://h", "https://h/a/b", Some("a/b")),
            ("http://H:3000/", "ssh://git@h:22/a/b.git", Some("a/b")),
            ("https://h/code", "https://h/Code/a/b.git", Some("a/b")),
            ("https://h//code//", "https://h/code/a/b", Some("a/b")),
            ("https://h/code", "https://h/codex/a/b", None),
            ("https://h/code", "https://h/code", None),
            ("https://h/code", "https://h/a/b", None),
            ("https://h", "https://h.example/a/b", None),
            ("https://h", "https://x/h/a", None),
            ("https://[::1]:3000", "https://[::1]/a/b", Some("a/b")),
        ] {
            let identity = RepositoryIdentity::parse(repository, &[]).unwrap();
            assert_eq!(
                ForgeBase::parse(base).unwrap().below(&identity),
                below,
                "{base} {repository}"
            );
        }
    }

    #[test]
    fn only_the_web_address_of_a_forge_is_read() {
        for bad in [
            "",
            "h",
            "h/a",
            "ssh://h",
            "https://",
            "https:///a",
            "https://u@h",
            "https://h?x",
            "https://h#x",
            "https://h/..",
            "https://h:x",
            "https://-h",
            "https://h/a b",
        ] {
            assert!(ForgeBase::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "a b", "h?x", "u@h"] {
            assert!(ForgeBase::of_host(bad).is_err(), "{bad}");
        }
    }
}
