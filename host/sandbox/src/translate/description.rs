//! A plugin's description, checked once when it is loaded.

use forgegate_model::name::Name;
use forgegate_model::plugin::{ApiBaseSpec, Description, HookForm, PathTemplate, Scope, Shorthand, TokenForm};

use super::headers::{name, withheld};
use super::{BadOutput, Checked, caps};
use crate::bindings::exports::forgegate::plugin::descriptor as wit;

/// Entries of the description's lists.
const MOST_HOSTS: usize = 16;
const MOST_HEADERS: usize = 32;
const MOST_WORDS: usize = 64;
const MOST_PATHS: usize = 128;

pub(crate) fn description(given: wit::Description) -> Checked<Description> {
    let checked = Description {
        forge: forge(given.forge)?,
        display_name: caps::word("display-name", given.display_name)?,
        version: caps::word("version", given.version)?,
        scope: match given.scope {
            wit::Scope::PerIntegration => Scope::PerIntegration,
            wit::Scope::PerApp => Scope::PerApp,
        },
        shorthands: caps::list("shorthands", given.shorthands, MOST_HOSTS, shorthand)?,
        public_hosts: caps::list("public-hosts", given.public_hosts, MOST_HOSTS, |it| {
            host("public-hosts", it)
        })?,
        credential_headers: names("credential-headers", given.credential_headers)?,
        kept_headers: names("kept-headers", given.kept_headers)?,
        hook: hook(given.hook)?,
        token: TokenForm {
            role: caps::line("token.role", given.token.role)?,
            scopes: caps::lines("token.scopes", given.token.scopes, MOST_WORDS)?,
            sentence: caps::line("token.sentence", given.token.sentence)?,
        },
        api: caps::list("api", given.api, MOST_HOSTS, api_base)?,
        paths: caps::list("paths", given.paths, MOST_PATHS, path)?,
    };
    keeps_no_credential(&checked)?;
    Ok(checked)
}

/// A kept header is stored and shown.
fn keeps_no_credential(description: &Description) -> Checked<()> {
    let withheld = withheld(description);
    match description.kept_headers.iter().find(|field| withheld.contains(field)) {
        Some(field) => Err(BadOutput(format!(
            "`kept-headers` names `{field}`, which carries a credential"
        ))),
        None => Ok(()),
    }
}

fn forge(text: String) -> Checked<String> {
    Name::try_from(text)
        .map(String::from)
        .map_err(|error| BadOutput(format!("`forge`: {error}")))
}

fn names(item: &str, fields: Vec<String>) -> Checked<Vec<String>> {
    caps::list(item, fields, MOST_HEADERS, |field| name(item, field))
}

fn shorthand(given: wit::Shorthand) -> Checked<Shorthand> {
    // A prefix looks like a name of ours; a longer or stranger one could be taken for a URL's scheme or a host.
    let prefix = Name::try_from(given.prefix).map_err(|error| BadOutput(format!("`shorthands`: {error}")))?;
    Ok(Shorthand {
        prefix: prefix.into(),
        host: host("shorthands", given.host)?,
    })
}

fn host(item: &str, text: String) -> Checked<String> {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    if text.len() <= 253 && text.split('.').all(label) {
        Ok(text)
    } else {
        Err(BadOutput(format!("`{item}` holds what is no host name in lower case")))
    }
}

fn hook(given: wit::HookForm) -> Checked<HookForm> {
    Ok(HookForm {
        content_type: caps::word("hook.content-type", given.content_type)?,
        secret_field: caps::word("hook.secret-field", given.secret_field)?,
        signing_key_field: caps::line_or_none("hook.signing-key-field", given.signing_key_field)?,
        events: caps::lines("hook.events", given.events, MOST_WORDS)?,
        warnings: caps::lines("hook.warnings", given.warnings, MOST_WORDS)?,
    })
}

/// An origin of its own is taken for a named host only: a credential must not leave for wherever a plugin likes, whatever the base URL.
fn api_base(given: wit::ApiBase) -> Checked<ApiBaseSpec> {
    let no_path = || BadOutput("`api.path` is neither empty nor a path such as `/api/v1`".to_owned());
    if !given.path.is_empty() && (given.path.len() > 256 || !is_path(&given.path) || given.path.contains("{}")) {
        return Err(no_path());
    }
    let host_name = given.host.map(|it| host("api.host", it)).transpose()?;
    if let Some(origin) = &given.origin {
        let lies = origin.strip_prefix("https://").map(str::to_owned);
        host("api.origin", lies.unwrap_or_default())?;
        if host_name.is_none() {
            return Err(BadOutput("`api.origin` is given without `api.host`".to_owned()));
        }
    }
    Ok(ApiBaseSpec {
        host: host_name,
        origin: given.origin,
        path: given.path,
    })
}

fn path(given: wit::PathTemplate) -> Checked<PathTemplate> {
    if !is_path(&given.path) || given.path.len() > 1024 {
        return Err(BadOutput(
            "`paths` holds what is no template such as `/repos/{}/{}/statuses/{}`".to_owned(),
        ));
    }
    Ok(PathTemplate {
        method: given.method.into(),
        path: given.path,
    })
}

/// Segments of unreserved characters or `{}`, none of them a way up.
fn is_path(text: &str) -> bool {
    let segment = |segment: &str| {
        segment == "{}"
            || (!matches!(segment, "" | "." | "..")
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')))
    };
    text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::forgegate::plugin::types::Method;

    fn good() -> wit::Description {
        wit::Description {
            forge: "example".into(),
            display_name: "Example".into(),
            version: "1.0.0".into(),
            scope: wit::Scope::PerIntegration,
            shorthands: vec![wit::Shorthand {
                prefix: "ex".into(),
                host: "git.example.com".into(),
            }],
            public_hosts: vec!["git.example.com".into()],
            credential_headers: vec!["x-token".into()],
            kept_headers: vec!["x-event".into()],
            hook: wit::HookForm {
                content_type: "application/json".into(),
                secret_field: "Secret".into(),
                signing_key_field: None,
                events: vec!["Push".into()],
                warnings: vec![],
            },
            token: wit::TokenForm {
                role: "Writer".into(),
                scopes: vec![],
                sentence: String::new(),
            },
            api: vec![wit::ApiBase {
                host: Some("git.example.com".into()),
                origin: Some("https://api.example.com".into()),
                path: String::new(),
            }],
            paths: vec![wit::PathTemplate {
                method: Method::Get,
                path: "/repos/{}/{}".into(),
            }],
        }
    }

    fn refused(change: impl FnOnce(&mut wit::Description)) -> String {
        let mut given = good();
        change(&mut given);
        description(given).unwrap_err().0
    }

    #[test]
    fn a_good_description_is_taken_as_it_is() {
        let checked = description(good()).unwrap();
        assert_eq!(checked.forge, "example");
        assert_eq!(checked.paths[0].path, "/repos/{}/{}");
    }

    #[test]
    fn a_bad_description_is_refused_by_its_field() {
        for (sentence, item) in [
            (refused(|it| it.forge = "Not A Slug".into()), "`forge`"),
            (
                refused(|it| it.credential_headers = vec!["X-Token".into()]),
                "`credential-headers`",
            ),
            (refused(|it| it.kept_headers = vec!["x-token".into()]), "`x-token`"),
            (refused(|it| it.kept_headers = vec!["cookie".into()]), "`cookie`"),
            (refused(|it| it.kept_headers = vec!["x".into(); 33]), "`kept-headers`"),
            (
                refused(|it| it.public_hosts = vec!["https://x".into()]),
                "`public-hosts`",
            ),
            (refused(|it| it.version = String::new()), "`version`"),
            (refused(|it| it.api[0].host = None), "`api.host`"),
            (refused(|it| it.api[0].origin = Some("http://x".into())), "`api.origin`"),
            (refused(|it| it.api[0].path = "/api/../x".into()), "`api.path`"),
        ] {
            assert!(sentence.contains(item), "{sentence}");
        }
    }

    #[test]
    fn a_template_has_segments_and_no_way_up() {
        for bad in [
            "repos/{}",
            "/repos//{}",
            "/repos/../x",
            "/repos/{}?a=b",
            "/repos/{name}",
            "/",
            "/a%2fb",
        ] {
            let sentence = refused(|it| it.paths[0].path = bad.into());
            assert!(sentence.contains("`paths`"), "{bad}: {sentence}");
        }
    }
}
