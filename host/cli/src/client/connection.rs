//! The choice of the gateway and the token: flags, environment, `cli.toml`, defaults, in that order.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::Deserialize;

use crate::Failure;

/// The flags that name the gateway and the caller's token.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Connection {
    /// The gateway's URL.
    #[arg(long, global = true)]
    pub url: Option<String>,
    /// The file that holds the access token.
    #[arg(long, global = true)]
    pub token_file: Option<PathBuf>,
}

impl Connection {
    /// The URL and the token that are meant.
    ///
    /// # Errors
    /// When a file cannot be read, or there is no token for that URL.
    pub(super) fn chosen(&self) -> Result<(String, String), Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let (url, token) = chosen(self, variable, cli_file()?)?;
        let token = match token {
            Token::Text(token) => token,
            Token::Named(file) => read(&file).map_err(|error| Failure::new(format!("the token file {error}")))?,
            Token::Usual => read(Path::new(USUAL_TOKEN_FILE))
                .map_err(|error| Failure::new(format!("no token is named, and {error}; {HOW_TO_NAME}")))?,
        };
        Ok((url, token))
    }
}

/// The contents of `~/.config/forgegate/cli.toml`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CliFile {
    url: Option<String>,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

/// The source of the token.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Named(PathBuf),
    Usual,
}

const USUAL_URL: &str = "http://127.0.0.1:8080";
const USUAL_TOKEN_FILE: &str = "./forgegate-data/admin-token";
const HOW_TO_NAME: &str = "name one by `--token-file`, `FORGEGATE_TOKEN` or `FORGEGATE_TOKEN_FILE`";

/// Chooses the URL and the token. A token that nobody named for this call goes only where it belongs: the one of `cli.toml` to
/// the URL beside it, the one of the usual file to this machine.
fn chosen(
    flags: &Connection,
    variable: impl Fn(&str) -> Option<String>,
    file: CliFile,
) -> Result<(String, Token), Failure> {
    let named = flags.url.clone().or_else(|| variable("FORGEGATE_URL"));
    let fits_file = named.is_none() || file.url.is_none() || named == file.url;
    let url = named.or(file.url).unwrap_or_else(|| USUAL_URL.to_owned());
    let own = flags.token_file.clone().map(Token::Named);
    let own = own.or_else(|| variable("FORGEGATE_TOKEN").map(Token::Text));
    let own = own.or_else(|| variable("FORGEGATE_TOKEN_FILE").map(|file| Token::Named(file.into())));
    let filed = file
        .token
        .map(Token::Text)
        .or(file.token_file.map(Token::Named))
        .filter(|_| fits_file);
    match own.or(filed) {
        Some(token) => Ok((url, token)),
        None if is_local(&url) => Ok((url, Token::Usual)),
        None => Err(Failure::new(format!(
            "there is no token for a gateway elsewhere; {HOW_TO_NAME}"
        ))),
    }
}

fn is_local(url: &str) -> bool {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn read(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", file.display())))?;
    Ok(text.trim().to_owned())
}

fn cli_file() -> Result<CliFile, Failure> {
    let Some(home) = std::env::var_os("HOME") else {
        return Ok(CliFile::default());
    };
    let file = PathBuf::from(home).join(".config/forgegate/cli.toml");
    let text = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(CliFile::default()),
        text => text.map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", file.display())))?,
    };
    // The sentence alone: the rest would show the line, which may hold the token.
    toml::from_str(&text).map_err(|error| Failure::new(format!("`{}`: {}", file.display(), error.message())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(
        url: Option<&str>,
        token_file: Option<&str>,
        variables: &[(&str, &str)],
        file: &str,
    ) -> Result<(String, Token), Failure> {
        let flags = Connection {
            url: url.map(str::to_owned),
            token_file: token_file.map(PathBuf::from),
        };
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(it, _)| *it == name)
                .map(|(_, value)| (*value).to_owned())
        };
        chosen(&flags, variable, toml::from_str(file).unwrap())
    }

    fn text(text: &str) -> Token {
        Token::Text(text.to_owned())
    }

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_file() {
        let file = "url = 'http://c'\ntoken = 'tc'";
        let environment = [
            ("FORGEGATE_URL", "http://b"),
            ("FORGEGATE_TOKEN", "tb"),
            ("FORGEGATE_TOKEN_FILE", "fb"),
        ];
        assert_eq!(
            choose(Some("http://a"), Some("fa"), &environment, file).unwrap(),
            ("http://a".into(), Token::Named("fa".into()))
        );
        assert_eq!(
            choose(None, None, &environment, file).unwrap(),
            ("http://b".into(), text("tb"))
        );
        assert_eq!(
            choose(None, None, &environment[2..], file).unwrap(),
            ("http://c".into(), Token::Named("fb".into()))
        );
        assert_eq!(choose(None, None, &[], file).unwrap(), ("http://c".into(), text("tc")));
        assert_eq!(choose(None, None, &[], "").unwrap(), (USUAL_URL.into(), Token::Usual));
    }

    #[test]
    fn a_token_that_nobody_named_stays_where_it_belongs() {
        let file = "url = 'https://c'\ntoken = 'tc'";
        assert!(choose(Some("https://elsewhere"), None, &[], file).is_err());
        assert!(choose(Some("https://elsewhere"), None, &[], "").is_err());
        assert!(choose(Some("https://127.0.0.1.example"), None, &[], "").is_err());
        assert_eq!(choose(Some("https://c"), None, &[], file).unwrap().1, text("tc"));
        for local in ["http://localhost:1", "http://127.0.0.1:9", "http://[::1]:9"] {
            assert_eq!(choose(Some(local), None, &[], file).unwrap().1, Token::Usual, "{local}");
        }
    }
}
