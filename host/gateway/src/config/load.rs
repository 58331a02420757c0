//! Reading: file, environment, flags. Every complaint names its source, and line and key where there are any.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Config;
use super::keys::{Shape, shape};

/// The settings of the command line.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The configuration file; without one, `forgegate.toml` in the working directory is read where it exists.
    pub file: Option<PathBuf>,
    /// `storage.path`.
    pub data: Option<PathBuf>,
    /// `server.listen`.
    pub listen: Option<SocketAddr>,
}

/// The error of a configuration that is not accepted: one sentence that names file or variable, line and key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

const DEFAULT_FILE: &str = "forgegate.toml";
const PREFIX: &str = "FORGEGATE_";

/// Reads everything. `environment` is all of the process's; only names with `FORGEGATE_` and `__` are looked at.
///
/// # Errors
/// The first thing that is wrong.
pub fn load(flags: &Flags, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let mut table = match file_of(flags) {
        Some(file) => read_file(&file)?,
        None => Table::new(),
    };
    let mut names = BTreeMap::new();
    for (name, text) in environment {
        if let Some(path) = path_of(&name) {
            let value = value_of(&name, &path, text)?;
            insert(&mut table, &path, value).map_err(|reason| ConfigError(format!("{name}: {reason}")))?;
            names.insert(path, name);
        }
    }
    let mut config = read(table, &names)?;
    if let Some(path) = &flags.data {
        config.storage.path.clone_from(path);
    }
    if let Some(listen) = flags.listen {
        config.server.listen = listen;
    }
    check(&config)?;
    Ok(config)
}

fn file_of(flags: &Flags) -> Option<PathBuf> {
    let usual = || Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists());
    flags.file.clone().or_else(usual)
}

fn read_file(file: &Path) -> Result<Table, ConfigError> {
    let place = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| ConfigError(format!("{place}: cannot be read: {error}")))?;
    let table: Table = toml::from_str(&text).map_err(|error| complaint(&place, &text, "", &error))?;
    refuse_what_is_not_here(&table, "").map_err(|(key, reason)| {
        let line = line_of_key(&text, &key);
        ConfigError(format!("{place}:{line}: `{key}`: {reason}"))
    })?;
    let from = toml::Deserializer::parse(&text).map_err(|error| complaint(&place, &text, "", &error))?;
    let _: Config = serde_path_to_error::deserialize(from)
        .map_err(|error| complaint(&place, &text, &error.path().to_string(), error.inner()))?;
    Ok(table)
}

fn complaint(place: &impl Display, text: &str, key: &str, error: &toml::de::Error) -> ConfigError {
    let line = error.span().map_or(1, |span| line_at(text, span.start));
    let key = if matches!(key, "" | ".") {
        String::new()
    } else {
        format!(" `{key}`:")
    };
    ConfigError(format!("{place}:{line}:{key} {}", error.message()))
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

/// The line of a key that the parser accepted: the first that names its last segment after its section.
fn line_of_key(text: &str, key: &str) -> usize {
    let (section, last) = key.rsplit_once('.').unwrap_or(("", key));
    let mut within = section.is_empty();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            within = line.trim_matches(['[', ']', ' ']) == section || line.trim_matches(['[', ']', ' ']) == key;
        }
        let named = line.split('=').next().is_some_and(|name| name.trim() == last);
        if within && (named || line.trim_matches(['[', ']', ' ']) == key) {
            return index + 1;
        }
    }
    1
}

fn refuse_what_is_not_here(table: &Table, above: &str) -> Result<(), (String, &'static str)> {
    for (name, value) in table {
        let path = if above.is_empty() {
            name.clone()
        } else {
            format!("{above}.{name}")
        };
        if shape(&path) == Some(Shape::NotHere) {
            return Err((path, NOT_HERE));
        }
        if let Value::Table(below) = value {
            refuse_what_is_not_here(below, &path)?;
        }
    }
    Ok(())
}

const NOT_HERE: &str = "this version does not act on it yet; take it out rather than believe that it does something";

/// Reads what file and environment make together. The file was accepted before, so a complaint is about a variable.
fn read(table: Table, names: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let path = error.path().to_string();
        let name = names
            .iter()
            .find(|(key, _)| path.starts_with(key.as_str()))
            .map(|(_, name)| name.as_str());
        let reason = error.inner().message();
        ConfigError(format!("{}: `{path}`: {reason}", name.unwrap_or("the environment")))
    })
}

/// `FORGEGATE_SECTION__KEY` is `section.key`.
fn path_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix(PREFIX)?;
    rest.contains("__")
        .then(|| rest.to_ascii_lowercase().replace("__", "."))
}

fn value_of(name: &str, path: &str, text: String) -> Result<Value, ConfigError> {
    let list = |text: &str| {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
    };
    match shape(path) {
        Some(Shape::Text) => Ok(Value::String(text)),
        Some(Shape::Several | Shape::List) => Ok(list(&text)),
        Some(Shape::Number) => {
            let number = text.parse::<i64>();
            number
                .map(Value::Integer)
                .map_err(|_| ConfigError(format!("{name}: `{text}` is no whole number")))
        }
        Some(Shape::NotHere) => Err(ConfigError(format!("{name}: {NOT_HERE}"))),
        None => Err(ConfigError(format!("{name}: there is no key `{path}`"))),
    }
}

fn insert(table: &mut Table, path: &str, value: Value) -> Result<(), String> {
    let Some((section, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value);
        return Ok(());
    };
    match table.entry(section).or_insert_with(|| Value::Table(Table::new())) {
        Value::Table(below) => insert(below, rest, value),
        _ => Err(format!("`{section}` is no section")),
    }
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let refuse = |sentence: &str| Err(ConfigError(sentence.to_owned()));
    if config.server.max_connections == 0 {
        return refuse("`server.max_connections`: at least 1 is needed");
    }
    if config.server.max_in_flight < config.server.max_body {
        return refuse("`server.max_in_flight`: it must have room for one body of `server.max_body`");
    }
    if config.queue.max_attempts == 0 {
        return refuse("`queue.max_attempts`: at least 1 is needed");
    }
    if config.queue.lease.is_zero() {
        return refuse("`queue.lease`: a worker needs some time");
    }
    if config.deliveries.retention < config.deliveries.dedup_window {
        return refuse(
            "`deliveries.retention`: it is shorter than `deliveries.dedup_window`; a repeat would not be known",
        );
    }
    if config.deliveries.at_once_per_project == 0 {
        return refuse("`deliveries.at_once_per_project`: at least 1 is needed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn from_file(text: &str) -> Result<Config, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let flags = Flags {
            file: Some(file.path().to_owned()),
            ..Flags::default()
        };
        let name = file.path().display().to_string();
        load(&flags, []).map_err(|error| error.to_string().replace(&name, "F"))
    }

    fn from_environment(name: &str, text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let flags = Flags {
            file: Some(file.path().to_owned()),
            ..Flags::default()
        };
        load(&flags, [(name.to_owned(), text.to_owned())]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_sets_what_it_names() {
        let config = from_file(
            "[server]\nlisten = \"[::1]:0\"\ntrusted_proxies = [\"10.0.0.1\"]\nmax_body = \"1MiB\"\n[queue]\nlease = \"2s\"\n\
             [apps.someforge]\napp_id = 7\nwebhook_secret_file = \"/s\"\nprivate_key_file = \"/k\"\nbase_url = \"https://f.example.org/\"\n\
             [outbound]\nallow = [\"10.0.0.0/8\", \"::1\"]\nproxy = \"http://u:secret@proxy:3128\"\n[reporting]\nrequests_per_minute = 60\n",
        )
        .unwrap();
        assert_eq!(config.server.listen.to_string(), "[::1]:0");
        assert_eq!(config.server.max_body, 1 << 20);
        assert_eq!(config.queue.lease.as_secs(), 2);
        assert_eq!(config.queue.max_attempts, 3);
        let app = &config.apps["someforge"];
        assert_eq!((app.app_id.as_str(), app.webhook_secret_file.len()), ("7", 1));
        assert_eq!(app.base_url.as_deref(), Some("https://f.example.org"));
        assert_eq!(app.private_key_file.as_deref(), Some(Path::new("/k")));
        assert_eq!(config.outbound.allow.len(), 2);
        assert_eq!(config.reporting.requests_per_minute.get(), 60);
        assert!(
            config
                .outbound
                .proxy
                .as_ref()
                .is_some_and(|proxy| proxy.url().port() == Some(3128))
        );
        assert!(!format!("{config:?}").contains("secret@"));
    }

    #[test]
    fn a_complaint_names_file_line_and_key() {
        for (text, wanted) in [
            ("[server]\nlisten = 7\n", "F:2: `server.listen`"),
            (
                "[server]\n\nlissten = \"a\"\n",
                "F:3: `server.lissten`: unknown field `lissten`",
            ),
            ("[serverr]\n", "F:1: `serverr`: unknown field `serverr`"),
            ("[queue]\nlease = \"soon\"\n", "F:2: `queue.lease`"),
            (
                "[deliveries]\ndedup_window = \"1d\"\nmax_bytes = \"1GiB\"\n",
                "F:3: `deliveries.max_bytes`: this version",
            ),
            ("[server.tls]\ncert = \"a\"\n", "F:1: `server.tls`: this version"),
            (
                "[storage]\nengine = \"postgres\"\n",
                "F:2: `storage.engine`: unknown variant",
            ),
            (
                "[deliveries]\nretention = \"1d\"\n",
                "`deliveries.retention`: it is shorter",
            ),
            ("[outbound]\nallow = [\"intranet\"]\n", "F:2: `outbound.allow`"),
            ("[outbound]\nproxy = \"socks5://p\"\n", "F:2: `outbound.proxy`"),
            (
                "[reporting]\nrequests_per_minute = 0\n",
                "F:2: `reporting.requests_per_minute`",
            ),
            ("x =\n", "F:1:"),
        ] {
            let error = from_file(text).unwrap_err();
            assert!(error.starts_with(wanted), "{error} / {wanted}");
        }
    }

    #[test]
    fn the_environment_stands_before_the_file() {
        let config = from_environment("FORGEGATE_SERVER__TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16").unwrap();
        assert_eq!(config.server.trusted_proxies.len(), 2);
        assert_eq!(
            from_environment("FORGEGATE_QUEUE__MAX_ATTEMPTS", "9")
                .unwrap()
                .queue
                .max_attempts,
            9
        );
        assert!(from_environment("FORGEGATE_TOKEN", "no key").is_ok());
        for (name, text, wanted) in [
            (
                "FORGEGATE_QUEUE__LEESE",
                "1s",
                "FORGEGATE_QUEUE__LEESE: there is no key `queue.leese`",
            ),
            (
                "FORGEGATE_QUEUE__LEASE",
                "soon",
                "FORGEGATE_QUEUE__LEASE: `queue.lease`:",
            ),
            (
                "FORGEGATE_QUEUE__MAX_ATTEMPTS",
                "x",
                "FORGEGATE_QUEUE__MAX_ATTEMPTS: `x` is no whole number",
            ),
        ] {
            let error = from_environment(name, text).unwrap_err();
            assert!(error.starts_with(wanted), "{error} / {wanted}");
        }
    }

    #[test]
    fn flags_stand_before_everything() {
        let flags = Flags {
            file: None,
            data: Some("/d".into()),
            listen: Some(([127, 0, 0, 1], 9).into()),
        };
        let environment = [("FORGEGATE_STORAGE__PATH".to_owned(), "/e".to_owned())];
        let config = load(&flags, environment).unwrap();
        assert_eq!(
            (config.storage.path.as_path(), config.server.listen.port()),
            (Path::new("/d"), 9)
        );
    }
}
