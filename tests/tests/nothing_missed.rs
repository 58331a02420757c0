//! Nothing missed: webhooks that never come, gateways that are not there when they do, and forges that are asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};

use forgegate_tests::delivery::Signed;
use forgegate_tests::forges::{Posted, Pull};
use forgegate_tests::stage::REPOSITORY;
use forgegate_tests::wait::until;
use forgegate_tests::{Gateway, Push, Side, Stage};
use serde_json::{Value, json};

const EVERY_SECOND: &str = "[reconciliation]\ninterval = \"1s\"\n";
const BRANCHES: u64 = 5;
const STEPS: u64 = 45;

/// Numbers that only look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A branch that moves, and what was told of it.
#[derive(Default)]
struct Walk {
    /// Where each branch of each forge stands.
    stands: BTreeMap<(&'static str, String), u64>,
    /// What was answered 200.
    told: BTreeSet<(&'static str, u64)>,
    /// What nobody heard of.
    lost: Vec<(&'static str, String, u64, Signed)>,
    steps: u64,
}

fn sha(number: u64) -> String {
    Push::new(number).sha()
}

/// How many looks at a forge's repositories came to a good end since the gateway was started.
async fn looks(gateway: &Gateway, forge: &str) -> u64 {
    let metrics = gateway.call("GET", "/metrics", None).await.text;
    let line = format!("forgegate_reconciliation_looks_total{{forge=\"{forge}\",result=\"ok\"}} ");
    let value = metrics.lines().find_map(|it| it.strip_prefix(line.as_str()));
    value.map_or(0, |value| value.parse().unwrap())
}

async fn looked(stage: &Stage) {
    for side in &stage.sides {
        until(&format!("a look at {}", side.id), async || {
            (looks(&stage.gateway, side.id).await > 0).then_some(())
        })
        .await;
    }
}

async fn evaluations(gateway: &Gateway, side: &Side) -> Vec<Value> {
    let path = format!(
        "/api/v1/evaluations?limit=500&organization=acme&project={}",
        side.project()
    );
    gateway.get(&path).await["items"].as_array().unwrap().clone()
}

async fn deliveries(gateway: &Gateway, side: &Side) -> Vec<Value> {
    let path = format!("/api/v1/deliveries?limit=500&forge={}", side.id);
    gateway.get(&path).await["items"].as_array().unwrap().clone()
}

/// Has everything that waits done, so that nothing is spared for being under way.
async fn work(stage: &Stage) {
    while let Some(claimed) = stage.gateway.claim(0, false).await {
        stage.finish(&claimed, "succeeded").await;
    }
}

impl Walk {
    /// One branch of every forge moves. Nobody hears of it where the forge's post is lost, or the gateway is not there.
    async fn step(&mut self, gateway: Option<&Gateway>, sides: &[Side], dice: &mut Dice) {
        self.steps += 1;
        for (place, side) in sides.iter().enumerate() {
            let number = 1000 * (place as u64 + 1) + self.steps;
            let branch = format!("line-{}", dice.roll(BRANCHES));
            let key = (side.id, branch.clone());
            let before = self.stands.get(&key).map_or_else(|| "0".repeat(40), |it| sha(*it));
            self.stands.insert(key, number);
            side.forge.world().repositories[0]
                .branches
                .insert(branch.clone(), sha(number));
            let push = side.moved(number, &branch, &before);
            let heard = match gateway.filter(|_| dice.roll(10) > 0) {
                Some(gateway) => gateway.try_post(&side.hook(), push.clone()).await,
                None => None,
            };
            match heard {
                Some(answer) => {
                    assert_eq!(answer.status, 200, "{}", answer.text);
                    self.told.insert((side.id, number));
                }
                None => {
                    remember(side, number, &push);
                    self.lost.push((side.id, branch, number, push));
                }
            }
        }
    }

    /// Every head that stands is evaluated, everything that was told is, and nothing is twice.
    async fn holds(&self, stage: &Stage) {
        for side in &stage.sides {
            let all = evaluations(&stage.gateway, side).await;
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for it in &all {
                *counts.entry(it["sha"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            let own = |(id, _): &&(&'static str, u64)| *id == side.id;
            for (_, number) in self.told.iter().filter(own) {
                assert_eq!(counts.get(&sha(*number)), Some(&1), "{}: {number} was told", side.id);
            }
            let twice: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
            assert!(twice.is_empty(), "{}: {twice:?}", side.id);
        }
    }

    /// Waits until every head that stands is evaluated: two looks suffice.
    async fn settles(&self, stage: &Stage) {
        for side in &stage.sides {
            let begun = looks(&stage.gateway, side.id).await;
            until(&format!("every head of {}", side.id), async || {
                let seen = looks(&stage.gateway, side.id).await;
                let all = evaluations(&stage.gateway, side).await;
                let has = |number: &u64| all.iter().any(|it| it["sha"] == sha(*number).as_str());
                let own = self.stands.iter().filter(|((id, _), _)| *id == side.id);
                let missing: Vec<_> = own.filter(|(_, number)| !has(number)).collect();
                assert!(
                    missing.is_empty() || seen < begun + 2,
                    "{}: missed {missing:?}",
                    side.id
                );
                missing.is_empty().then_some(())
            })
            .await;
        }
    }
}

/// A forge that keeps its deliveries has on record that this one did not arrive.
fn remember(side: &Side, number: u64, push: &Signed) {
    if side.app.is_none() {
        return;
    }
    let mut world = side.forge.world();
    let posted = Posted {
        id: world.number(),
        guid: Push::new(number).delivery_id(),
        event: "push".to_owned(),
        body: String::from_utf8(push.body.clone()).unwrap(),
        at: std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
        status: 0,
    };
    world.posted.push(posted);
}

/// Where an app's hook posts: the gateway's address changes with each start.
fn move_in(stage: &Stage) {
    for side in &stage.sides {
        if let Some(app) = &side.app {
            app.set(|settings| settings.hook_url = format!("{}/api/v1/hooks/{}", stage.gateway.url, side.id));
        }
    }
}

#[tokio::test]
async fn every_head_is_evaluated_and_none_twice_whatever_is_lost() {
    let mut dice = Dice(0x5eed_0f0f);
    let mut walk = Walk::default();
    let mut stage = Stage::set(Side::all().await, EVERY_SECOND).await;
    move_in(&stage);
    looked(&stage).await;
    assert!(
        deliveries(&stage.gateway, &stage.sides[0]).await.is_empty(),
        "the first look only notes"
    );
    for step in 0..STEPS {
        if step == STEPS / 3 {
            stage = stage
                .restart(async |sides| {
                    for _ in 0..3 {
                        walk.step(None, sides, &mut dice).await;
                    }
                })
                .await;
            move_in(&stage);
        }
        if step == STEPS * 2 / 3 {
            stage = stage.kill_and_start();
            move_in(&stage);
        }
        walk.step(Some(&stage.gateway), &stage.sides, &mut dice).await;
        work(&stage).await;
    }
    walk.settles(&stage).await;
    work(&stage).await;
    walk.holds(&stage).await;
    let lost: BTreeSet<_> = walk.lost.iter().map(|(id, ..)| *id).collect();
    assert_eq!(lost.len(), stage.sides.len(), "something was lost of each forge");

    late(&stage, &walk).await;
    work(&stage).await;
    for side in &stage.sides {
        let seen = looks(&stage.gateway, side.id).await;
        until("two more looks", async || {
            (looks(&stage.gateway, side.id).await > seen + 1).then_some(())
        })
        .await;
    }
    walk.holds(&stage).await;
}

/// What was lost comes after all, long after a look stated it: it queues nothing, and its record says why.
async fn late(stage: &Stage, walk: &Walk) {
    let mut came = 0;
    for (id, branch, number, push) in &walk.lost {
        let side = stage.side(id);
        let stated = walk.stands.get(&(side.id, branch.clone())) == Some(number);
        if !stated {
            continue;
        }
        let answer = stage.gateway.post(&side.hook(), push.clone()).await;
        let message = answer.message();
        if message["duplicate"] == true {
            continue;
        }
        came += 1;
        assert_eq!(message["queued"], json!([]), "{id} {number}: {}", answer.text);
        assert_eq!(message["skipped"][0]["reason"], "already_in_progress", "{id} {number}");
    }
    assert!(came > 0, "something was stated");
}

/// A pull request, from a fork where another repository is named.
fn pull(number: u64, commit: u64, head_repository: u64) -> Pull {
    Pull {
        number,
        author: "bob".to_owned(),
        sha: sha(commit),
        branch: format!("topic-{number}"),
        head_repository: Some(head_repository),
        base: "main".to_owned(),
        ..Pull::default()
    }
}

/// A stage where pull requests are wanted, too, and every forge was looked at.
async fn with_pull_requests() -> Stage {
    let stage = Stage::set(Side::all().await, EVERY_SECOND).await;
    for side in &stage.sides {
        side.forge.world().enrol(3, "bob", "bobs token");
        side.forge.world().found(8, "bob/widgets", &sha(1));
        let trigger = json!({ "kind": "pull_request", "integration": side.integration() });
        let path = format!("/api/v1/orgs/acme/projects/{}/triggers", side.project());
        stage.gateway.make(&path, trigger).await;
    }
    looked(&stage).await;
    stage
}

async fn of_commit(stage: &Stage, side: &Side, commit: u64) -> Value {
    until(&format!("{}: an evaluation of {commit}", side.id), async || {
        let all = evaluations(&stage.gateway, side).await;
        all.into_iter().find(|it| it["sha"] == sha(commit).as_str())
    })
    .await
}

#[tokio::test]
async fn a_pull_request_that_nobody_told_of_is_found_and_a_strangers_is_held() {
    let stage = with_pull_requests().await;
    for side in &stage.sides {
        side.forge.world().repositories[0].pulls = vec![pull(7, 71, 8), pull(9, 91, REPOSITORY)];
    }
    for side in &stage.sides {
        let held = of_commit(&stage, side, 71).await;
        assert_eq!(
            (&held["state"], &held["trust"]),
            (&json!("held"), &json!("untrusted")),
            "{}",
            side.id
        );
        assert_eq!(held["cause"]["pull_request"], 7);
        let own = of_commit(&stage, side, 91).await;
        assert_eq!(
            (&own["state"], &own["trust"]),
            (&json!("queued"), &json!("trusted")),
            "{}",
            side.id
        );
        assert_eq!(own["ref"], "refs/heads/topic-9");
    }
    for side in &stage.sides {
        side.forge.world().repositories[0].pulls[0].closed = true;
        side.forge.world().repositories[0].pulls[1].sha = sha(92);
    }
    for side in &stage.sides {
        until("what was closed is cancelled", async || {
            let all = evaluations(&stage.gateway, side).await;
            all.iter()
                .any(|it| it["sha"] == sha(71).as_str() && it["state"] == "cancelled")
                .then_some(())
        })
        .await;
        of_commit(&stage, side, 92).await;
        let old = of_commit(&stage, side, 91).await;
        assert_eq!(
            old["state"], "superseded",
            "{}: the forge confirms what is newer",
            side.id
        );
    }
}

#[tokio::test]
async fn what_was_found_is_a_delivery_that_says_so() {
    let stage = with_pull_requests().await;
    for side in &stage.sides {
        side.forge.world().repositories[0]
            .branches
            .insert("topic".to_owned(), sha(5));
    }
    for side in &stage.sides {
        let id = of_commit(&stage, side, 5).await["cause"]["delivery_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/api/v1/deliveries/{id}");
        let shown = stage.gateway.get(&path).await;
        assert_eq!(
            (&shown["recovered"], &shown["source_ip"]),
            (&json!(true), &Value::Null),
            "{shown}"
        );
        assert_eq!((&shown["headers"], &shown["payload_bytes"]), (&json!({}), &json!(0)));
        assert_eq!(shown["event"]["kind"], "push");
        assert_eq!(shown["event"]["push"]["after"], sha(5).as_str());
        assert_eq!(shown["forge"], side.id);
        assert_eq!(
            stage.gateway.call("GET", &format!("{path}/payload"), None).await.status,
            404
        );
        let again = stage.gateway.call("POST", &format!("{path}/replay"), None).await;
        assert_eq!((again.status, again.code()), (409, "conflict"));
        let why = stage.gateway.get(&format!("{path}/why")).await;
        assert!(
            why["sentences"][0].as_str().unwrap().starts_with("nobody sent it"),
            "{why}"
        );
    }
    for side in &stage.sides {
        side.forge.world().repositories[0].branches.remove("topic");
    }
    for side in &stage.sides {
        until("what is gone takes along what waits", async || {
            let all = evaluations(&stage.gateway, side).await;
            all.iter()
                .any(|it| it["sha"] == sha(5).as_str() && it["state"] == "cancelled")
                .then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_forge_that_keeps_its_deliveries_is_asked_to_send_them_again() {
    let stage = Stage::set(vec![Side::github().await], EVERY_SECOND).await;
    move_in(&stage);
    looked(&stage).await;
    let side = &stage.sides[0];
    // Nobody can see this by looking: the branch has moved on, or the tag is no branch.
    let push = side.moved(77, "passing", &"f".repeat(40));
    remember(side, 77, &push);
    let found = of_commit(&stage, side, 77).await;
    let id = found["cause"]["delivery_id"].as_str().unwrap();
    let shown = stage.gateway.get(&format!("/api/v1/deliveries/{id}")).await;
    assert_eq!(shown["recovered"], true);
    assert!(shown["payload_bytes"].as_u64().unwrap() > 0, "it is the forge's own");
}

#[tokio::test]
async fn an_integration_that_pulls_needs_no_secret_and_no_hook() {
    for side in [Side::gitea().await, Side::forgejo().await, Side::gitlab().await] {
        let stage = Stage::set(vec![], &format!("{EVERY_SECOND}# {}", side.id)).await;
        let (gateway, url) = (&stage.gateway, side.forge.url());
        let path = "/api/v1/orgs/acme/integrations";
        let inbound = json!({ "name": "in", "kind": "inbound", "forge": side.id, "base_url": url, "mode": "pull" });
        assert_eq!(gateway.make(path, inbound).await["mode"], "pull");
        let outbound = json!({ "name": "out", "kind": "outbound", "forge": side.id, "base_url": url,
            "token": forgegate_tests::stage::TOKEN });
        gateway.make(path, outbound).await;
        let project = json!({ "name": side.project(), "repository": format!("{url}/acme/widgets") });
        gateway.make("/api/v1/orgs/acme/projects", project).await;
        until("a look", async || (looks(gateway, side.id).await > 0).then_some(())).await;
        side.forge.world().repositories[0]
            .branches
            .insert("main".to_owned(), sha(3));
        let found = of_commit(&stage, &side, 3).await;
        assert_eq!(
            (&found["trust"], &found["ref"]),
            (&json!("trusted"), &json!("refs/heads/main"))
        );
        let posted = gateway.post(&format!("{}/acme/in", side.id), side.push(4)).await;
        assert_eq!((posted.status, posted.code()), (503, "no_secret"));
    }
}
