//! From what is typed to what is sent.

use clap::error::ErrorKind;
use serde_json::json;

use super::*;

fn parse(line: &[&str]) -> Result<ArgMatches, clap::Error> {
    Command::new("forgegate")
        .subcommands(commands())
        .try_get_matches_from(line)
}

/// The call that arguments make, and the gateway's URL that they name.
fn call(line: &[&str]) -> Result<(Call, Option<String>), Failure> {
    let matches = parse(&[&["forgegate"], line].concat()).unwrap();
    let (noun, before) = matches.subcommand().unwrap();
    let (word, given) = before.subcommand().unwrap();
    let verb = verb::of(noun).find(|it| it.name() == word).unwrap();
    Ok((verb.call(given)?, common(Some(&verb), given, before, "url")))
}

fn sent(line: &str) -> (String, Option<Value>) {
    let (call, _) = call(&line.split(' ').collect::<Vec<_>>()).unwrap();
    let query: Vec<_> = call
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    (format!("{}?{}", call.path().join("/"), query.join("&")), call.body)
}

#[test]
fn the_commands_are_well_formed() {
    Command::new("forgegate").subcommands(commands()).debug_assert();
}

#[test]
fn names_are_positional_and_fields_are_flags() {
    let (path, body) =
        sent("integration create acme main --kind inbound --forge f --allowed-ips 10.0.0.1 --allowed-ips 10.0.0.2");
    assert_eq!(path, "orgs/acme/integrations?");
    assert_eq!(
        body.unwrap(),
        json!({ "name": "main", "kind": "inbound", "forge": "f", "allowed_ips": ["10.0.0.1", "10.0.0.2"] })
    );
    let (path, body) = sent("trigger edit acme widgets 7 --drafts false --target-branches main");
    assert_eq!(
        (path.as_str(), body.unwrap()),
        (
            "orgs/acme/projects/widgets/triggers/7?",
            json!({ "drafts": false, "target_branches": ["main"] })
        )
    );
    let (path, body) = sent("integration show acme inbound main");
    assert_eq!((path.as_str(), body), ("orgs/acme/integrations/inbound/main?", None));
    let (path, body) = sent("project evaluate acme widgets --ref refs/heads/main --sha abc");
    assert_eq!(
        (path.as_str(), body.unwrap()),
        (
            "orgs/acme/projects/widgets/evaluate?",
            json!({ "ref": "refs/heads/main", "sha": "abc" })
        )
    );
    assert_eq!(
        sent("delivery replay 7"),
        ("deliveries/7/replay?".to_owned(), Some(json!({})))
    );
    assert_eq!(
        sent("evaluation cancel 7"),
        ("evaluations/7/cancel?".to_owned(), Some(json!({})))
    );
}

#[test]
fn a_connection_is_tested_and_its_hook_explained() {
    assert_eq!(
        sent("integration test acme inbound main --forge f --event tag"),
        (
            "orgs/acme/integrations/inbound/main/test?".to_owned(),
            Some(json!({ "forge": "f", "event": "tag" }))
        )
    );
    assert_eq!(
        sent("integration test acme outbound main"),
        ("orgs/acme/integrations/outbound/main/test?".to_owned(), Some(json!({})))
    );
    assert_eq!(
        sent("integration hook-guide acme main --forge f"),
        (
            "orgs/acme/integrations/inbound/main/hook-guide?forge=f".to_owned(),
            None
        )
    );
    let line = |line: &str| parse(&line.split(' ').collect::<Vec<_>>());
    assert!(line("forgegate integration hook ensure acme main --rotate --json").is_ok());
    for bad in [
        "hook",
        "hook ensure acme",
        "hook ensure acme main --per-project --repository a/b",
    ] {
        assert!(line(&format!("forgegate integration {bad}")).is_err(), "{bad}");
    }
}

#[test]
fn filters_and_switches_are_parameters() {
    assert_eq!(
        sent("org delete acme --cascade"),
        ("orgs/acme?cascade=true".to_owned(), None)
    );
    assert_eq!(sent("org delete acme").0, "orgs/acme?");
    assert_eq!(
        sent("evaluation list --organization acme --ref main --limit 5").0,
        "evaluations?organization=acme&ref=main&limit=5"
    );
}

#[test]
fn what_is_empty_clears() {
    let (_, body) = sent("project edit acme widgets --inbound-integration= --runs-on= --trusted= --repository-id null");
    assert_eq!(
        body.unwrap(),
        json!({ "inbound_integration": null, "runs_on": [], "trusted": [], "repository_id": null })
    );
    let (_, body) = sent("integration edit acme inbound main --secret-file= --token-value-file=");
    assert_eq!(body.unwrap(), json!({ "secret": "", "token": "" }));
}

#[test]
fn json_values_are_read() {
    let (_, body) = sent(
        r#"project create acme widgets --trusted {"forge":"f","host":"h","id":"1"} --trusted {"forge":"f","host":"h","id":"2"}"#,
    );
    assert_eq!(
        body.unwrap()["trusted"],
        json!([{ "forge": "f", "host": "h", "id": "1" }, { "forge": "f", "host": "h", "id": "2" }])
    );
}

#[test]
fn secrets_come_from_files_without_their_last_line_end_and_never_empty() {
    let folder = tempfile::TempDir::new().unwrap();
    let (full, empty) = (folder.path().join("full"), folder.path().join("empty"));
    std::fs::write(&full, " hunter2 hunter2\n").unwrap();
    std::fs::write(&empty, "\n").unwrap();
    let edit = |flag: &str, file: &std::path::Path| {
        call(&[
            "integration",
            "edit",
            "acme",
            "inbound",
            "main",
            flag,
            file.to_str().unwrap(),
        ])
    };
    for (flag, field) in [
        ("--secret-file", "secret"),
        ("--signing-key-file", "signing_key"),
        ("--token-value-file", "token"),
    ] {
        let (call, _) = edit(flag, &full).ok().unwrap();
        assert_eq!(call.body.unwrap(), json!({ field: " hunter2 hunter2" }));
        let refused = edit(flag, &empty).err().unwrap().to_string();
        assert!(refused.contains("is empty"), "{refused}");
    }
    let twice = call(&[
        "integration",
        "edit",
        "acme",
        "inbound",
        "main",
        "--secret-file",
        "-",
        "--signing-key-file",
        "-",
    ]);
    assert!(twice.is_err());
}

#[test]
fn the_gateway_is_named_before_or_after_the_verb_and_a_field_means_itself() {
    let url = |line: &[&str]| call(line).ok().unwrap().1;
    assert_eq!(url(&["org", "list", "--url", "http://g"]).as_deref(), Some("http://g"));
    assert_eq!(url(&["org", "--url", "http://g", "list"]).as_deref(), Some("http://g"));
    let (call, url) = call(&[
        "action",
        "--url",
        "http://g",
        "create",
        "acme",
        "widgets",
        "chat",
        "--kind",
        "web_request",
        "--url",
        "http://h",
    ])
    .ok()
    .unwrap();
    assert_eq!(
        (url.as_deref(), call.body.unwrap()),
        (
            Some("http://g"),
            json!({ "name": "chat", "kind": "web_request", "url": "http://h" })
        )
    );
}

#[test]
fn wrong_usage_is_told_apart() {
    let kind = |line: &str| parse(&line.split(' ').collect::<Vec<_>>()).unwrap_err().kind();
    assert_eq!(kind("forgegate org show"), ErrorKind::MissingRequiredArgument);
    assert_eq!(kind("forgegate org show .."), ErrorKind::ValueValidation);
    assert_eq!(
        kind("forgegate project edit a b --repository-id {"),
        ErrorKind::ValueValidation
    );
    assert_eq!(
        kind("forgegate trigger edit a b c --drafts perhaps"),
        ErrorKind::InvalidValue
    );
    assert_eq!(kind("forgegate org burn acme"), ErrorKind::InvalidSubcommand);
    assert_eq!(kind("forgegate org show acme --secret x"), ErrorKind::UnknownArgument);
}

#[test]
fn an_app_is_made_for_one_forge_named_either_way() {
    for line in [
        &["forgegate", "app", "create", "someforge"][..],
        &[
            "forgegate",
            "app",
            "create",
            "--forge",
            "someforge",
            "--name",
            "gate",
            "--url",
            "http://h",
        ],
    ] {
        assert!(parse(line).is_ok(), "{line:?}");
    }
    for line in [
        &["forgegate", "app", "create"][..],
        &["forgegate", "app", "create", "a", "--forge", "b"],
    ] {
        assert!(parse(line).is_err(), "{line:?}");
    }
}

#[test]
fn a_binding_is_one_organizations() {
    assert_eq!(
        sent("app delete someforge 50 --organization acme").0,
        "apps/someforge/installations/50?organization=acme"
    );
    let (path, body) = sent("app confirm someforge --organization acme --account Acme");
    assert_eq!(
        (path.as_str(), body.unwrap()),
        (
            "apps/someforge/installations/accounts?",
            json!({ "organization": "acme", "account": "Acme" })
        )
    );
}
