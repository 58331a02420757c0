//! Connections of integrations to forges: their tests, and the hooks that are kept there.

mod checks;
mod hooks;

use std::process::Output;
use std::time::{Duration, Instant};

use forgegate_tests::configuration::{self, LOOPBACK_ALLOWED};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{Account, AppSettings, FakeForge, Fault, Hook, Installation, Level};
use forgegate_tests::{Gateway, Push, SECRET, wait};
use serde_json::{Value, json};

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const INTEGRATIONS: &str = "/api/v1/orgs/acme/integrations";
const INBOUND: &str = "/api/v1/orgs/acme/integrations/inbound/hooks";
const OUTBOUND: &str = "/api/v1/orgs/acme/integrations/outbound/out";

/// A forge where `gate`, whose token is `t-gate`, has this level at `acme/widgets`.
fn people(forge: &FakeForge, level: Level) {
    let mut world = forge.world();
    world.enrol(2, "ann", "t-ann");
    world.enrol(9, "gate", "t-gate");
    let widgets = world.found(7, "acme/widgets", HEAD);
    widgets.levels = [("gate".to_owned(), level)].into();
}

/// A gateway with an organization `acme` and an outbound integration `out` of the forge.
async fn gateway_with_outbound(kind: &str, forge: &FakeForge) -> Gateway {
    let gateway = Gateway::start(LOOPBACK_ALLOWED);
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let row = json!({ "name": "out", "kind": "outbound", "forge": kind, "base_url": forge.url(), "token": "t-gate" });
    gateway.make(INTEGRATIONS, row).await;
    gateway
}

/// The same with an inbound integration `hooks`, and a project `widgets` that both are attached to.
async fn gateway_with_pair(kind: &str, forge: &FakeForge, secret: Option<&str>) -> Gateway {
    let gateway = gateway_with_outbound(kind, forge).await;
    let mut row = json!({ "name": "hooks", "kind": "inbound", "forge": kind });
    if let Some(secret) = secret {
        row["secret"] = secret.into();
    }
    gateway.make(INTEGRATIONS, row).await;
    project(&gateway, forge, "widgets").await;
    gateway
}

async fn project(gateway: &Gateway, forge: &FakeForge, name: &str) {
    let repository = format!("{}/acme/{name}", forge.url());
    let made = gateway
        .make(
            "/api/v1/orgs/acme/projects",
            json!({ "name": name, "repository": repository }),
        )
        .await;
    assert_eq!(made["outbound_integration"], "out");
}

/// A hook that somebody made by hand.
fn hook(gateway: &Gateway, kind: &str, secret: &str) -> Hook {
    Hook {
        id: 41,
        owner: "acme/widgets".to_owned(),
        url: format!("{}/api/v1/hooks/{kind}/acme/hooks", gateway.url),
        secret: secret.to_owned(),
        fields: json!({ "type": kind, "active": true, "events": ["push"], "content_type": "json" }),
        ..Hook::default()
    }
}

/// The findings of a check: whether they are well, and the sentence.
fn found<'a>(test: &'a Value, check: &str) -> (&'a Value, &'a str) {
    let all = test["findings"].as_array().unwrap();
    let finding = all.iter().find(|it| it["check"] == check);
    let finding = finding.unwrap_or_else(|| panic!("no finding `{check}` in {test}"));
    (&finding["ok"], finding["sentence"].as_str().unwrap())
}

/// Runs a command to its end. The forge lives in this very process and has to answer meanwhile.
async fn command(gateway: &Gateway, line: &str) -> Output {
    gateway.run(&line.split(' ').collect::<Vec<_>>()).await
}

async fn secrets(gateway: &Gateway) -> Vec<Value> {
    gateway.get(INBOUND).await["secrets"].as_array().unwrap().clone()
}

async fn evaluations(gateway: &Gateway) -> usize {
    gateway.get("/api/v1/evaluations").await["items"]
        .as_array()
        .unwrap()
        .len()
}

/// The hooks that the forge holds: number, owner and secret.
fn held(forge: &FakeForge) -> Vec<(u64, String, String)> {
    let world = forge.world();
    let hooks = world.hooks.iter();
    hooks.map(|it| (it.id, it.owner.clone(), it.secret.clone())).collect()
}
