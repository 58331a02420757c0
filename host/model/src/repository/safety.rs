//! Checks of what may be handed to a worker, who will give it to `git`: nothing that a shell script could take for an option, a
//! program or another file.

use super::spelling::{Form, Spelling};

const MOST_REF_BYTES: usize = 1_024;

/// True if it is a URL that `git clone` takes and that means a repository of another host: no `file:`, no `helper::`, nothing that
/// begins with `-`, no `git+`, no shorthand.
#[must_use]
pub fn clone_url_is_safe(url: &str) -> bool {
    let plain = ["http://", "https://", "ssh://", "git://"];
    Spelling::read(url, &[]).is_ok_and(|it| it.form == Form::Scp || plain.iter().any(|scheme| url.starts_with(scheme)))
}

/// True if it is a full ref by the rules of `git check-ref-format`, and neither a branch nor a tag whose short name begins with `-`.
#[must_use]
pub fn ref_is_safe(name: &str) -> bool {
    let short = ["refs/heads/", "refs/tags/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix));
    name.len() <= MOST_REF_BYTES
        && name.starts_with("refs/")
        && short.is_none_or(|short| !short.starts_with('-'))
        && name.split('/').count() >= 3
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.chars().any(|it| it.is_control() || " ~^:?*[\\".contains(it))
}

/// True if it is a commit id: 40 or 64 lower-case hex digits, not all of them zero.
#[must_use]
pub fn sha_is_safe(sha: &str) -> bool {
    matches!(sha.len(), 40 | 64)
        && sha.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
        && sha.bytes().any(|it| it != b'0')
}
