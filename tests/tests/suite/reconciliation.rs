//! Reconciliation: heads without a webhook are found, while webhooks and gateways come and go.

use std::collections::{BTreeMap, BTreeSet};

use forgegate_tests::delivery::Signed;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{Posted, Pull};
use forgegate_tests::test_forge::REPOSITORY;
use forgegate_tests::wait::until;
use forgegate_tests::{Gateway, Push, TestForge, Testbed};
use serde_json::{Value, json};

const EVERY_SECOND: &str = "[reconciliation]\ninterval = \"1s\"\n";
const BRANCHES: u64 = 5;
const STEPS: u64 = 45;

/// Pseudo-random numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, forges: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % forges
    }
}

/// Branches that move, and the pushes that were delivered or lost.
#[derive(Default)]
struct Walk {
    /// The number of the push that each branch of each forge is at.
    stands: BTreeMap<(&'static str, String), u64>,
    /// The pushes that were answered with 200.
    delivered: BTreeSet<(&'static str, u64)>,
    /// The pushes that did not arrive.
    lost: Vec<(&'static str, String, u64, Signed)>,
    steps: u64,
}

fn sha(number: u64) -> String {
    Push::new(number).sha()
}

/// The number of successful polls of a forge's repositories since the gateway was started.
async fn polls(gateway: &Gateway, forge: &str) -> u64 {
    let metrics = gateway.call("GET", "/metrics", None).await.text;
    let line = format!("forgegate_reconciliation_looks_total{{forge=\"{forge}\",result=\"ok\"}} ");
    let value = metrics.lines().find_map(|it| it.strip_prefix(line.as_str()));
    value.map_or(0, |value| value.parse().unwrap())
}

async fn polled(testbed: &Testbed) {
    for forge in &testbed.forges {
        until(&format!("a look at {}", forge.id), async || {
            (polls(&testbed.gateway, forge.id).await > 0).then_some(())
        })
        .await;
    }
}

async fn evaluations(gateway: &Gateway, forge: &TestForge) -> Vec<Value> {
    let path = format!(
        "/api/v1/evaluations?limit=500&organization=acme&project={}",
        forge.project()
    );
    gateway.list(&path).await
}

async fn deliveries(gateway: &Gateway, forge: &TestForge) -> Vec<Value> {
    let path = format!("/api/v1/deliveries?limit=500&forge={}", forge.id);
    gateway.list(&path).await
}

/// Has everything that waits done, so that nothing is spared for being under way.
async fn work(testbed: &Testbed) {
    while let Some(claimed) = testbed.gateway.claim(0, false).await {
        testbed.finish(&claimed, "succeeded").await;
    }
}

impl Walk {
    /// One branch of every forge moves. Nobody hears of it where the forge's post is lost, or the gateway is not there.
    async fn step(&mut self, gateway: Option<&Gateway>, forges: &[TestForge], dice: &mut Dice) {
        self.steps += 1;
        for (place, forge) in forges.iter().enumerate() {
            let number = 1000 * (place as u64 + 1) + self.steps;
            let branch = format!("line-{}", dice.roll(BRANCHES));
            let key = (forge.id, branch.clone());
            let before = self.stands.get(&key).map_or_else(|| "0".repeat(40), |it| sha(*it));
            self.stands.insert(key, number);
            forge.fake.world().repositories[0]
                .branches
                .insert(branch.clone(), sha(number));
            let push = forge.push_of(number, &branch, &before);
            let answer = match gateway.filter(|_| dice.roll(10) > 0) {
                Some(gateway) => gateway.try_post(&forge.hook(), push.clone()).await,
                None => None,
            };
            match answer {
                Some(answer) => {
                    answer.expect_ok();
                    self.delivered.insert((forge.id, number));
                }
                None => {
                    remember(forge, number, &push);
                    self.lost.push((forge.id, branch, number, push));
                }
            }
        }
    }

    /// Every head that stands is evaluated, everything that was told is, and nothing is twice.
    async fn holds(&self, testbed: &Testbed) {
        for forge in &testbed.forges {
            let all = evaluations(&testbed.gateway, forge).await;
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for it in &all {
                *counts.entry(it["sha"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            let own = |(id, _): &&(&'static str, u64)| *id == forge.id;
            for (_, number) in self.delivered.iter().filter(own) {
                assert_eq!(counts.get(&sha(*number)), Some(&1), "{}: {number} was told", forge.id);
            }
            let twice: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
            assert!(twice.is_empty(), "{}: {twice:?}", forge.id);
        }
    }

    /// Waits until every head that stands is evaluated: two looks suffice.
    async fn settles(&self, testbed: &Testbed) {
        for forge in &testbed.forges {
            let begun = polls(&testbed.gateway, forge.id).await;
            until(&format!("every head of {}", forge.id), async || {
                let seen = polls(&testbed.gateway, forge.id).await;
                let all = evaluations(&testbed.gateway, forge).await;
                let has = |number: &u64| all.iter().any(|it| it["sha"] == sha(*number).as_str());
                let own = self.stands.iter().filter(|((id, _), _)| *id == forge.id);
                let missing: Vec<_> = own.filter(|(_, number)| !has(number)).collect();
                assert!(
                    missing.is_empty() || seen < begun + 2,
                    "{}: missed {missing:?}",
                    forge.id
                );
                missing.is_empty().then_some(())
            })
            .await;
        }
    }
}

/// A forge that keeps its deliveries has on record that this one did not arrive.
fn remember(forge: &TestForge, number: u64, push: &Signed) {
    if forge.app.is_none() {
        return;
    }
    let mut world = forge.fake.world();
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

/// Points the apps' hooks at the gateway, whose address changes with each start.
fn move_in(testbed: &Testbed) {
    for forge in &testbed.forges {
        if let Some(app) = &forge.app {
            app.set(|settings| settings.hook_url = format!("{}/api/v1/hooks/{}", testbed.gateway.url, forge.id));
        }
    }
}

#[tokio::test]
async fn every_head_is_evaluated_and_none_twice_whatever_is_lost() {
    let mut dice = Dice(0x5eed_0f0f);
    let mut walk = Walk::default();
    let mut testbed = Testbed::start(TestForge::all().await, EVERY_SECOND).await;
    move_in(&testbed);
    polled(&testbed).await;
    assert!(
        deliveries(&testbed.gateway, &testbed.forges[0]).await.is_empty(),
        "the first look only notes"
    );
    for step in 0..STEPS {
        if step == STEPS / 3 {
            testbed = testbed
                .restart(async |forges| {
                    for _ in 0..3 {
                        walk.step(None, forges, &mut dice).await;
                    }
                })
                .await;
            move_in(&testbed);
        }
        if step == STEPS * 2 / 3 {
            testbed = testbed.kill_and_start();
            move_in(&testbed);
        }
        walk.step(Some(&testbed.gateway), &testbed.forges, &mut dice).await;
        work(&testbed).await;
    }
    walk.settles(&testbed).await;
    work(&testbed).await;
    walk.holds(&testbed).await;
    let lost: BTreeSet<_> = walk.lost.iter().map(|(id, ..)| *id).collect();
    assert_eq!(lost.len(), testbed.forges.len(), "something was lost of each forge");

    late(&testbed, &walk).await;
    work(&testbed).await;
    for forge in &testbed.forges {
        let seen = polls(&testbed.gateway, forge.id).await;
        until("two more looks", async || {
            (polls(&testbed.gateway, forge.id).await > seen + 1).then_some(())
        })
        .await;
    }
    walk.holds(&testbed).await;
}

/// Delivers the lost pushes long after a poll found their heads: they queue nothing, and their records say why.
async fn late(testbed: &Testbed, walk: &Walk) {
    let mut came = 0;
    for (id, branch, number, push) in &walk.lost {
        let forge = testbed.forge(id);
        let stated = walk.stands.get(&(forge.id, branch.clone())) == Some(number);
        if !stated {
            continue;
        }
        let answer = testbed.gateway.post(&forge.hook(), push.clone()).await;
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
async fn with_pull_requests() -> Testbed {
    let testbed = Testbed::start(TestForge::all().await, EVERY_SECOND).await;
    for forge in &testbed.forges {
        forge.fake.world().enrol(3, "bob", "bobs token");
        forge.fake.world().found(8, "bob/widgets", &sha(1));
        let trigger = json!({ "kind": "pull_request", "integration": forge.integration() });
        let path = format!("/api/v1/orgs/acme/projects/{}/triggers", forge.project());
        testbed.gateway.make(&path, trigger).await;
    }
    polled(&testbed).await;
    testbed
}

async fn of_commit(testbed: &Testbed, forge: &TestForge, commit: u64) -> Value {
    until(&format!("{}: an evaluation of {commit}", forge.id), async || {
        let all = evaluations(&testbed.gateway, forge).await;
        all.into_iter().find(|it| it["sha"] == sha(commit).as_str())
    })
    .await
}

#[tokio::test]
async fn a_pull_request_that_nobody_told_of_is_found_and_a_strangers_is_held() {
    let testbed = with_pull_requests().await;
    for forge in &testbed.forges {
        forge.fake.world().repositories[0].pulls = vec![pull(7, 71, 8), pull(9, 91, REPOSITORY)];
    }
    for forge in &testbed.forges {
        let held = of_commit(&testbed, forge, 71).await;
        assert_eq!(
            (&held["state"], &held["trust"]),
            (&json!("held"), &json!("untrusted")),
            "{}",
            forge.id
        );
        assert_eq!(held["cause"]["pull_request"], 7);
        let own = of_commit(&testbed, forge, 91).await;
        assert_eq!(
            (&own["state"], &own["trust"]),
            (&json!("queued"), &json!("trusted")),
            "{}",
            forge.id
        );
        assert_eq!(own["ref"], "refs/heads/topic-9");
    }
    for forge in &testbed.forges {
        forge.fake.world().repositories[0].pulls[0].closed = true;
        forge.fake.world().repositories[0].pulls[1].sha = sha(92);
    }
    for forge in &testbed.forges {
        until("what was closed is cancelled", async || {
            let all = evaluations(&testbed.gateway, forge).await;
            all.iter()
                .any(|it| it["sha"] == sha(71).as_str() && it["state"] == "cancelled")
                .then_some(())
        })
        .await;
        of_commit(&testbed, forge, 92).await;
        let old = of_commit(&testbed, forge, 91).await;
        assert_eq!(
            old["state"], "superseded",
            "{}: the forge confirms what is newer",
            forge.id
        );
    }
}

#[tokio::test]
async fn what_was_found_is_a_delivery_that_says_so() {
    let testbed = with_pull_requests().await;
    for forge in &testbed.forges {
        forge.fake.world().repositories[0]
            .branches
            .insert("topic".to_owned(), sha(5));
    }
    for forge in &testbed.forges {
        let id = of_commit(&testbed, forge, 5).await["cause"]["delivery_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/api/v1/deliveries/{id}");
        let shown = testbed.gateway.get(&path).await;
        assert_fields(&shown, &json!({ "recovered": true, "source_ip": null }));
        assert_fields(&shown, &json!({ "headers": {}, "payload_bytes": 0 }));
        assert_eq!(shown["event"]["kind"], "push");
        assert_eq!(shown["event"]["push"]["after"], sha(5).as_str());
        assert_eq!(shown["forge"], forge.id);
        assert_eq!(
            testbed
                .gateway
                .call("GET", &format!("{path}/payload"), None)
                .await
                .status,
            404
        );
        let again = testbed.gateway.call("POST", &format!("{path}/replay"), None).await;
        assert_eq!((again.status, again.code()), (409, "conflict"));
        let why = testbed.gateway.get(&format!("{path}/why")).await;
        assert!(
            why["sentences"][0].as_str().unwrap().starts_with("nobody sent it"),
            "{why}"
        );
    }
    for forge in &testbed.forges {
        forge.fake.world().repositories[0].branches.remove("topic");
    }
    for forge in &testbed.forges {
        until("what is gone takes along what waits", async || {
            let all = evaluations(&testbed.gateway, forge).await;
            all.iter()
                .any(|it| it["sha"] == sha(5).as_str() && it["state"] == "cancelled")
                .then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_forge_that_keeps_its_deliveries_is_asked_to_send_them_again() {
    let testbed = Testbed::start(vec![TestForge::github().await], EVERY_SECOND).await;
    move_in(&testbed);
    polled(&testbed).await;
    let forge = &testbed.forges[0];
    // Nobody can see this by looking: the branch has moved on, or the tag is no branch.
    let push = forge.push_of(77, "passing", &"f".repeat(40));
    remember(forge, 77, &push);
    let found = of_commit(&testbed, forge, 77).await;
    let id = found["cause"]["delivery_id"].as_str().unwrap();
    let shown = testbed.gateway.delivery(id).await;
    assert_eq!(shown["recovered"], true);
    assert!(shown["payload_bytes"].as_u64().unwrap() > 0, "it is the forge's own");
}

#[tokio::test]
async fn an_integration_that_pulls_needs_no_secret_and_no_hook() {
    for forge in [
        TestForge::gitea().await,
        TestForge::forgejo().await,
        TestForge::gitlab().await,
    ] {
        let testbed = Testbed::start(vec![], &format!("{EVERY_SECOND}# {}", forge.id)).await;
        let (gateway, url) = (&testbed.gateway, forge.fake.url());
        let path = "/api/v1/orgs/acme/integrations";
        let inbound = json!({ "name": "in", "kind": "inbound", "forge": forge.id, "base_url": url, "mode": "pull" });
        assert_eq!(gateway.make(path, inbound).await["mode"], "pull");
        let outbound = json!({ "name": "out", "kind": "outbound", "forge": forge.id, "base_url": url,
            "token": forgegate_tests::test_forge::TOKEN });
        gateway.make(path, outbound).await;
        let project = json!({ "name": forge.project(), "repository": format!("{url}/acme/widgets") });
        gateway.make("/api/v1/orgs/acme/projects", project).await;
        until("a look", async || (polls(gateway, forge.id).await > 0).then_some(())).await;
        forge.fake.world().repositories[0]
            .branches
            .insert("main".to_owned(), sha(3));
        let found = of_commit(&testbed, &forge, 3).await;
        assert_fields(&found, &json!({ "trust": "trusted", "ref": "refs/heads/main" }));
        let posted = gateway.post(&format!("{}/acme/in", forge.id), forge.push(4)).await;
        assert_eq!((posted.status, posted.code()), (503, "no_secret"));
    }
}
