//! The parts of a repository URL.
//!
//! Written by hand, since a URL parser for the web repairs what must be refused here (backslashes, control characters) and rewrites
//! host names.

use std::net::Ipv6Addr;

use super::canonical::{Encoding, canonical_host, canonical_path, host_and_port};
use crate::plugin::Shorthand;

/// Longer ones are no repository's.
const MOST_BYTES: usize = 2_048;
/// Words before a colon that are schemes without `//`, never a host.
const SCHEMES: [&str; 8] = ["data", "ext", "file", "ftp", "git", "http", "https", "ssh"];

/// The way by which a repository is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `http` or `https`.
    Web(&'static str),
    /// `ssh` or `git`.
    Url(&'static str),
    /// The form of `scp`: `user@host:path`.
    Scp,
}

/// A URL, taken apart.
pub(super) struct Spelling<'a> {
    pub form: Form,
    /// The user, without its password.
    pub user: Option<&'a str>,
    /// The host in canonical form.
    pub host: String,
    /// The port, where it is not the scheme's own.
    pub port: Option<u16>,
    /// The path in canonical form.
    pub path: String,
    /// The path as it was given, without query.
    raw_path: &'a str,
}

/// True if it is an `http` or `https` URL, readable or not.
pub(super) fn is_web(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(word, _)| matches!(scheme(word), Some(Form::Web(_))))
}

impl<'a> Spelling<'a> {
    pub fn read(text: &'a str, shorthands: &[Shorthand]) -> Result<Self, &'static str> {
        well_formed(text)?;
        let bare = text.split(['?', '#']).next().unwrap_or_default();
        if let Some((word, rest)) = bare.split_once("://") {
            return Self::url(
                scheme(word).ok_or("its scheme is none of http, https, ssh and git")?,
                rest,
            );
        }
        let short = bare.split_once(':').and_then(|(prefix, path)| {
            shorthands
                .iter()
                .find(|short| short.prefix.eq_ignore_ascii_case(prefix))
                .map(|short| (short, path))
        });
        match short {
            // Some tools let a query name another host than the shorthand's: to drop it would mean another repository.
            Some(_) if names_host(text) => Err("its query names another host than its shorthand"),
            Some((short, path)) => Self::shorthand(&short.host, path),
            None => Self::scp(bare),
        }
    }

    pub fn clone_url(&self) -> String {
        let Self { user, host, .. } = self;
        let path = self.raw_path.trim_matches('/');
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let user = user.map(|user| format!("{user}@")).unwrap_or_default();
        match self.form {
            Form::Web(scheme) => format!("{scheme}://{host}{port}/{path}"),
            Form::Url("git") => format!("git://{host}{port}/{path}"),
            Form::Url(scheme) => format!("{scheme}://{user}{host}{port}/{path}"),
            Form::Scp => format!("{user}{host}:{}", self.raw_path),
        }
    }

    fn url(form: Form, rest: &'a str) -> Result<Self, &'static str> {
        let (authority, raw_path) = rest.split_once('/').ok_or("it has no path")?;
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        let (host, port) = host_and_port(address)?;
        let own = match form {
            Form::Web("http") => 80,
            Form::Web(_) => 443,
            Form::Url("git") => 9_418,
            Form::Url(_) | Form::Scp => 22,
        };
        Ok(Self {
            form,
            user: user_name(user)?,
            host,
            port: port.filter(|&port| port != own),
            path: canonical_path(raw_path, Encoding::Percent)?,
            raw_path,
        })
    }

    fn shorthand(host: &str, raw_path: &'a str) -> Result<Self, &'static str> {
        let path = canonical_path(raw_path, Encoding::Percent)?;
        Ok(Self {
            form: Form::Web("https"),
            user: None,
            host: canonical_host(host)?,
            port: None,
            path,
            raw_path,
        })
    }

    fn scp(text: &'a str) -> Result<Self, &'static str> {
        const WHY: &str = "it has neither a scheme nor the form user@host:path";
        let (user, rest) = match text.split_once('@') {
            Some((user, rest)) if !user.contains([':', '/', '[']) => (Some(user), rest),
            _ => (None, text),
        };
        let (address, raw_path) = if rest.starts_with('[') {
            rest.split_once("]:")
                .map(|(inner, path)| (inner.trim_start_matches('['), path))
                .ok_or(WHY)?
        } else {
            rest.split_once(':').ok_or(WHY)?
        };
        if address.contains('/') || (user.is_none() && SCHEMES.iter().any(|word| word.eq_ignore_ascii_case(address))) {
            return Err(WHY);
        }
        // Brackets hold an IPv6 address, or a host with a port, which has no other place in this form.
        let (host, port) = match address.parse::<Ipv6Addr>() {
            Ok(ip) => (format!("[{ip}]"), None),
            Err(_) if rest.starts_with('[') => host_and_port(address)?,
            Err(_) => (canonical_host(address)?, None),
        };
        let path = canonical_path(raw_path, Encoding::None)?;
        match port {
            None | Some(22) => Ok(Self {
                form: Form::Scp,
                user: user_name(user)?,
                host,
                port: None,
                path,
                raw_path,
            }),
            Some(_) => Ok(Self {
                form: Form::Url("ssh"),
                user: user_name(user)?,
                host,
                port,
                path,
                raw_path,
            }),
        }
    }
}

fn well_formed(text: &str) -> Result<(), &'static str> {
    let helper = text.split_once("::").is_some_and(|(word, _)| {
        word.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
    });
    if text.is_empty() {
        Err("it is empty")
    } else if text.len() > MOST_BYTES {
        Err("it is longer than 2,048 bytes")
    } else if text.starts_with('-') {
        Err("it begins with `-`")
    } else if text
        .chars()
        .any(|it| it.is_control() || it.is_whitespace() || it == '\\')
    {
        Err("it holds white space, a control character or a backslash")
    } else if helper {
        Err("it names a program that Git would run")
    } else {
        Ok(())
    }
}

fn scheme(word: &str) -> Option<Form> {
    match word.to_ascii_lowercase().as_str() {
        "http" | "git+http" => Some(Form::Web("http")),
        "https" | "git+https" => Some(Form::Web("https")),
        "ssh" | "git+ssh" | "ssh+git" => Some(Form::Url("ssh")),
        "git" => Some(Form::Url("git")),
        _ => None,
    }
}

fn names_host(text: &str) -> bool {
    text.split_once('?')
        .is_some_and(|(_, query)| query.split(['&', '#']).any(|pair| pair.starts_with("host=")))
}

fn user_name(user: Option<&str>) -> Result<Option<&str>, &'static str> {
    match user.map(|user| user.split(':').next().unwrap_or_default()) {
        Some(user) if user.starts_with('-') => Err("its user begins with `-`"),
        Some("") | None => Ok(None),
        Some(user) => Ok(Some(user)),
    }
}
