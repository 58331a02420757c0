//! Commands in comments and approvals at every forge: who may give them, their effect, and the reply.

use forgegate_tests::activity::{ANN, BOB, Person};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{Fault, Level, Logged};
use forgegate_tests::{Answer, TestForge, Testbed, wait};
use serde_json::{Value, json};

/// A gateway with all forges, whose projects listen to pull requests and comments.
async fn testbed(forges: Vec<TestForge>) -> Testbed {
    testbed_with(forges, "").await
}

async fn testbed_with(forges: Vec<TestForge>, further: &str) -> Testbed {
    let testbed = Testbed::start(forges, further).await;
    for forge in &testbed.forges {
        forge.add_people();
        for kind in ["pull_request", "comment"] {
            let trigger = json!({ "kind": kind, "integration": forge.integration() });
            let path = format!("/api/v1/orgs/acme/projects/{}/triggers", forge.project());
            testbed.gateway.make(&path, trigger).await;
        }
        // The repository's id is pinned by the first event.
        testbed.gateway.post(&forge.hook(), forge.push(1)).await.queued();
    }
    testbed
}

fn sha(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// Opens a pull request of a fork, which must be held; the evaluation.
async fn held(testbed: &Testbed, forge: &TestForge, number: u64, head: &str) -> String {
    let answer = testbed
        .gateway
        .post(&forge.hook(), forge.open_pull_request(BOB, number, head))
        .await;
    let id = answer.queued();
    assert_eq!(
        answer.message()["queued"][0]["state"],
        "held",
        "{}: {}",
        forge.id,
        answer.text
    );
    id
}

/// Posts a comment; the record of its delivery once the forge has answered, and the comment.
async fn says(testbed: &Testbed, forge: &TestForge, by: Person, number: u64, body: &str) -> (Value, u64) {
    let (delivery, comment) = forge.write_comment(by, number, body);
    let answer = testbed.gateway.post(&forge.hook(), delivery).await;
    (followed_up(testbed, &answer).await, comment)
}

async fn followed_up(testbed: &Testbed, answer: &Answer) -> Value {
    answer.expect_ok();
    let id = answer.delivery_id().to_owned();
    wait::until(
        &format!("the follow-up work of {id} is over: {}", answer.text),
        async || {
            let record = testbed.gateway.delivery(&id).await;
            let testbed = record["follow_up"]["stage"].as_str();
            (testbed.is_none() || testbed == Some("done") || testbed == Some("gave_up")).then_some(record)
        },
    )
    .await
}

async fn is(testbed: &Testbed, id: &str, state: &str, trust: &str) {
    let evaluation = testbed.gateway.evaluation(id).await;
    assert_fields(&evaluation, &json!({ "state": state, "trust": trust }));
}

/// The actor and the outcome of every audit entry with this action, newest first.
async fn audited(testbed: &Testbed, action: &str) -> Vec<(String, String)> {
    let listed = testbed.gateway.get("/api/v1/audit?limit=500").await;
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let entries = listed["items"].as_array().unwrap().iter();
    entries
        .filter(|record| record["action"] == action)
        .map(|record| (text(record, "actor"), text(record, "outcome")))
        .collect()
}

#[tokio::test]
async fn who_may_write_approves_one_commit_by_a_comment_and_nobody_else_does() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let head = sha('1');
        let id = held(&testbed, forge, 3, &head).await;
        let approve = format!("/forgegate approve {head}");

        let (record, comment) = says(&testbed, forge, BOB, 3, &approve).await;
        assert_fields(
            &record,
            &json!({ "outcome": "skipped", "follow_up": { "stage": "done" } }),
        );
        assert_eq!(
            record["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
            "{record}"
        );
        is(&testbed, &id, "held", "untrusted").await;
        assert_eq!(forge.reactions(comment), ["confused"], "{}", forge.id);
        assert_eq!(forge.replies(3).len(), 1, "{}: one reply", forge.id);

        let (record, comment) = says(&testbed, forge, ANN, 3, &format!("> please approve\n\n{approve}\n")).await;
        assert_eq!(record["outcome"], "queued", "{}: {record}", forge.id);
        assert_eq!(record["evaluations"], json!([id]), "{record}");
        is(&testbed, &id, "queued", "approved").await;
        assert_eq!(forge.reactions(comment), ["eyes"], "{}", forge.id);
        assert_eq!(forge.replies(3).len(), 1, "{}: a sign is enough", forge.id);
        let number = |login: &str, number: u64| format!("{login} ({} {number})", forge.id);
        assert_eq!(
            audited(&testbed, "command approve").await[..2],
            [
                (number("ann", 51), "200".to_owned()),
                (number("bob", 52), "403".to_owned())
            ]
        );

        // A later head waits again, and the same comment by a second hook does nothing.
        let next = sha('2');
        let moved = testbed
            .gateway
            .post(&forge.hook(), forge.push_head(BOB, 3, &head, &next))
            .await;
        assert_eq!(
            moved.message()["queued"][0]["state"],
            "held",
            "{}: {}",
            forge.id,
            moved.text
        );
        let again = forge.comment_delivery(ANN, 3, comment, &approve, "by-another-hook");
        let answer = testbed.gateway.post(&forge.hook(), again).await;
        assert_eq!(
            answer.message()["skipped"][0]["reason"],
            "already_in_progress",
            "{}",
            answer.text
        );
        is(&testbed, &moved.queued(), "held", "untrusted").await;
    }
}

#[tokio::test]
async fn an_approval_that_names_no_commit_is_answered_with_the_line_to_copy() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let head = sha('1');
        let id = held(&testbed, forge, 3, &head).await;
        let (record, comment) = says(&testbed, forge, ANN, 3, "/forgegate approve").await;
        is(&testbed, &id, "held", "untrusted").await;
        assert_eq!(
            record["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
            "{record}"
        );
        assert_eq!(forge.reactions(comment), ["confused"], "{}", forge.id);
        let replies = forge.replies(3);
        let line = format!("/forgegate approve {head}");
        assert!(
            replies[0].lines().any(|it| it.trim() == line),
            "{}: {replies:?}",
            forge.id
        );
        let (_, _) = says(&testbed, forge, ANN, 3, &line).await;
        is(&testbed, &id, "queued", "approved").await;
    }
}

#[tokio::test]
async fn a_review_of_who_may_write_releases_the_commit_that_it_is_bound_to() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let (head, next) = (sha('1'), sha('2'));
        let id = held(&testbed, forge, 3, &head).await;
        let theirs = testbed
            .gateway
            .post(&forge.hook(), forge.approve_in_review(BOB, 3, &head))
            .await;
        let record = followed_up(&testbed, &theirs).await;
        assert_eq!(record["outcome"], "skipped", "{}: {record}", forge.id);
        is(&testbed, &id, "held", "untrusted").await;

        // Somebody pushes; the approval is for the head before.
        let moved = testbed
            .gateway
            .post(&forge.hook(), forge.push_head(BOB, 3, &head, &next))
            .await;
        let later = moved.queued();
        let stale = testbed
            .gateway
            .post(&forge.hook(), forge.approve_in_review(ANN, 3, &head))
            .await;
        followed_up(&testbed, &stale).await;
        is(&testbed, &later, "held", "untrusted").await;

        let approved = testbed
            .gateway
            .post(&forge.hook(), forge.approve_in_review(ANN, 3, &next))
            .await;
        let record = followed_up(&testbed, &approved).await;
        if forge.id == "gitlab" {
            // It binds an approval to no commit: the head has to have stood for a minute.
            is(&testbed, &later, "held", "untrusted").await;
            let sentences = record["follow_up"]["sentences"].to_string();
            assert!(sentences.contains("had not stood for a minute"), "{record}");
        } else {
            is(&testbed, &later, "queued", "approved").await;
            assert_fields(&record, &json!({ "outcome": "queued", "evaluations": [later] }));
        }
    }
}

#[tokio::test]
async fn run_evaluates_the_head_again_and_cancel_stops_it() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let head = sha('1');
        let id = held(&testbed, forge, 3, &head).await;
        let (record, comment) = says(&testbed, forge, ANN, 3, "/forgegate run").await;
        assert_eq!(
            record["answer"]["body"]["message"]["skipped"][0]["reason"], "already_in_progress",
            "{}: {record}",
            forge.id
        );
        assert_eq!(forge.reactions(comment), ["confused"], "{}", forge.id);

        let (record, comment) = says(&testbed, forge, ANN, 3, "/forgegate cancel").await;
        is(&testbed, &id, "cancelled", "untrusted").await;
        assert_eq!(
            (&record["outcome"], forge.reactions(comment)),
            (&json!("skipped"), vec!["eyes".to_owned()]),
            "{record}"
        );

        let (record, _) = says(&testbed, forge, ANN, 3, "/forgegate run --all of it").await;
        assert_eq!(record["outcome"], "held", "what nobody released is held: {record}");
        let again = record["evaluations"][0].as_str().unwrap().to_owned();
        let evaluation = testbed.gateway.evaluation(&again).await;
        assert_fields(
            &evaluation,
            &json!({ "sha": head, "cause": { "argument": "--all of it", "event": "comment" } }),
        );
        says(&testbed, forge, ANN, 3, &format!("/forgegate approve {}", &head[..10])).await;
        is(&testbed, &again, "queued", "approved").await;
        says(&testbed, forge, ANN, 3, "/forgegate cancel").await;
        let (record, _) = says(&testbed, forge, ANN, 3, "/forgegate run").await;
        assert_eq!(record["outcome"], "queued", "what was released runs again: {record}");
    }
}

#[tokio::test]
async fn help_is_given_and_what_is_no_command_is_none() {
    let testbed = testbed(vec![TestForge::gitea().await]).await;
    let forge = &testbed.forges[0];
    held(&testbed, forge, 3, &sha('1')).await;
    let (record, comment) = says(&testbed, forge, ANN, 3, "/forgegate help").await;
    assert_eq!(
        (forge.reactions(comment), forge.replies(3).len()),
        (vec!["eyes".to_owned()], 1),
        "{record}"
    );
    assert!(forge.replies(3)[0].contains("/forgegate approve"));
    for talk in [
        "> /forgegate cancel",
        "do not write\n/forgegate cancel",
        "/forgegatecancel",
    ] {
        let (record, comment) = says(&testbed, forge, ANN, 3, talk).await;
        assert_eq!(
            record["answer"]["body"]["message"]["skipped"][0]["reason"], "filtered",
            "{record}"
        );
        assert!(
            record["follow_up"].is_null() && forge.reactions(comment).is_empty(),
            "{record}"
        );
    }
    let own = Person { id: 9, login: "gate" };
    let (record, comment) = says(&testbed, forge, own, 3, "/forgegate cancel").await;
    assert_eq!(
        record["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
        "{record}"
    );
    assert_eq!(forge.reactions(comment), ["confused"]);
}

#[tokio::test]
async fn a_token_that_may_not_ask_is_told_to_the_operator() {
    let testbed = testbed(vec![TestForge::gitea().await]).await;
    let forge = &testbed.forges[0];
    let id = held(&testbed, forge, 3, &sha('1')).await;
    forge.set_level(Person { id: 9, login: "gate" }, Level::Write);
    let (record, comment) = says(&testbed, forge, ANN, 3, &format!("/forgegate approve {}", sha('1'))).await;
    is(&testbed, &id, "held", "untrusted").await;
    assert_eq!(record["follow_up"]["stage"], "done", "it was replied: {record}");
    let sentences = record["follow_up"]["sentences"].to_string();
    assert!(
        sentences.contains("the credential of `gitea` may not ask this"),
        "{record}"
    );
    assert_eq!(forge.reactions(comment), ["confused"]);
    let why = testbed
        .gateway
        .get(&format!("/api/v1/deliveries/{}/why", record["id"].as_str().unwrap()))
        .await;
    assert!(why["sentences"].to_string().contains("may not ask this"), "{why}");
}

#[tokio::test]
async fn what_a_forge_that_is_down_was_to_be_asked_survives_a_crash() {
    let testbed = testbed(vec![TestForge::gitlab().await]).await;
    let forge = testbed.forge("gitlab");
    let id = held(&testbed, forge, 3, &sha('1')).await;
    for _ in 0..3 {
        forge.fake.fault("GET", Fault::Fail(502));
    }
    let (delivery, comment) = forge.write_comment(ANN, 3, &format!("/forgegate approve {}", sha('1')));
    let answer = testbed.gateway.post(&forge.hook(), delivery).await;
    assert_fields(answer.expect_ok(), &json!({ "queued": [] }));
    let testbed = testbed.kill_and_start();
    let forge = testbed.forge("gitlab");
    let record = followed_up(&testbed, &answer).await;
    assert_eq!(record["outcome"], "queued", "{record}");
    is(&testbed, &id, "queued", "approved").await;
    wait::until("the sign is there", async || {
        (forge.reactions(comment) == ["eyes"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_lost_access_since_is_refused() {
    let testbed = testbed(vec![TestForge::forgejo().await]).await;
    let forge = &testbed.forges[0];
    let id = held(&testbed, forge, 3, &sha('1')).await;
    let review = forge.approve_in_review(ANN, 3, &sha('1'));
    forge.set_level(ANN, Level::Read);
    let record = followed_up(&testbed, &testbed.gateway.post(&forge.hook(), review).await).await;
    assert_eq!(
        record["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
        "{record}"
    );
    let (record, _) = says(&testbed, forge, ANN, 3, &format!("/forgegate approve {}", sha('1'))).await;
    assert_eq!(
        record["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
        "{record}"
    );
    is(&testbed, &id, "held", "untrusted").await;
}

#[tokio::test]
async fn code_of_people_who_may_write_is_released_as_trusted_after_the_forge_was_asked() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        forge.set_level(BOB, Level::Write);
        let answer = testbed
            .gateway
            .post(&forge.hook(), forge.open_pull_request(BOB, 3, &sha('1')))
            .await;
        let record = followed_up(&testbed, &answer).await;
        is(&testbed, &answer.queued(), "queued", "trusted").await;
        assert_eq!(record["outcome"], "queued", "{}: {record}", forge.id);
        // Whoever brings the next head counts as well.
        let stranger = Person { id: 53, login: "eve" };
        forge.fake.world().accounts.push(forgegate_tests::forges::Account {
            id: 53,
            login: "eve".to_owned(),
            organization: false,
        });
        let moved = testbed
            .gateway
            .post(&forge.hook(), forge.push_head(stranger, 3, &sha('1'), &sha('2')))
            .await;
        followed_up(&testbed, &moved).await;
        is(&testbed, &moved.queued(), "held", "untrusted").await;
    }
}

#[tokio::test]
async fn a_newer_head_takes_the_place_of_the_older_at_every_forge() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let (first, second) = (sha('1'), sha('2'));
        let older = held(&testbed, forge, 3, &first).await;
        let moved = testbed
            .gateway
            .post(&forge.hook(), forge.push_head(BOB, 3, &first, &second))
            .await;
        let newer = moved.queued();
        let superseded = wait::until(&format!("{}: the older makes way", forge.id), async || {
            let it = testbed.gateway.evaluation(&older).await;
            (it["state"] == "superseded").then_some(it)
        })
        .await;
        assert_eq!(superseded["superseded_by"], json!(newer), "{}", forge.id);
        is(&testbed, &newer, "held", "untrusted").await;
    }
}

#[tokio::test]
async fn people_on_the_trust_list_never_wait_and_numbers_decide() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let path = format!("/api/v1/orgs/acme/projects/{}", forge.project());
        let trust = |forge: &str, host: String| json!({ "trusted": [{ "forge": forge, "host": host, "id": BOB.id.to_string() }] });
        // The same number at another host is another person.
        for (list, number, state) in [
            (trust(forge.id, "forge.example".to_owned()), 3, "held"),
            (trust(forge.id, forge.fake.host()), 4, "queued"),
        ] {
            testbed.gateway.change(&path, list).await;
            let opened = testbed
                .gateway
                .post(&forge.hook(), forge.open_pull_request(BOB, number, &sha('1')))
                .await;
            assert_eq!(
                opened.message()["queued"][0]["state"],
                state,
                "{}: {}",
                forge.id,
                opened.text
            );
        }
        // A head that somebody else brought waits, whoever opened the pull request; so does one of who only took the name.
        let eve = Person { id: 53, login: "eve" };
        let brought = testbed
            .gateway
            .post(&forge.hook(), forge.push_head(eve, 4, &sha('1'), &sha('2')))
            .await;
        is(&testbed, &brought.queued(), "held", "untrusted").await;
        let namesake = Person { id: 54, login: "bob" };
        let brought = testbed
            .gateway
            .post(&forge.hook(), forge.push_head(namesake, 4, &sha('2'), &sha('3')))
            .await;
        is(&testbed, &brought.queued(), "held", "untrusted").await;
    }
}

#[tokio::test]
async fn an_approval_on_one_repository_never_reaches_another() {
    let testbed = testbed(vec![TestForge::gitea().await]).await;
    let forge = &testbed.forges[0];
    let project = json!({ "name": "gadgets", "repository": format!("{}/acme/gadgets", forge.fake.url()), "inbound_integration": "gitea",
        "outbound_integration": "gitea" });
    testbed.gateway.make("/api/v1/orgs/acme/projects", project).await;
    for kind in ["pull_request", "comment"] {
        let trigger = json!({ "kind": kind, "integration": "gitea" });
        testbed
            .gateway
            .make("/api/v1/orgs/acme/projects/gadgets/triggers", trigger)
            .await;
    }
    let head = sha('1');
    let here = held(&testbed, forge, 3, &head).await;
    // The same pull request of the other repository: the same number, the same commit.
    let text = String::from_utf8(forge.unknown_pull_request(3, &head).body).unwrap();
    let text = text
        .replace("acme/widgets", "acme/gadgets")
        .replace("\"id\":7,", "\"id\":17,");
    let text = text.replace("\"repo_id\":7", "\"repo_id\":17");
    let other = forgegate_tests::delivery::sign(&text, "pull_request", "elsewhere", forgegate_tests::SECRET);
    let other = testbed.gateway.post(&forge.hook(), other).await;
    let there = other.queued();
    assert_eq!(
        other.message()["queued"][0]["project_name"],
        "gadgets",
        "{}",
        other.text
    );

    says(&testbed, forge, ANN, 3, &format!("/forgegate approve {head}")).await;
    is(&testbed, &here, "queued", "approved").await;
    is(&testbed, &there, "held", "untrusted").await;
    let review = testbed
        .gateway
        .post(&forge.hook(), forge.approve_in_review(ANN, 3, &head))
        .await;
    followed_up(&testbed, &review).await;
    is(&testbed, &there, "held", "untrusted").await;
}

#[tokio::test]
async fn a_look_that_fails_once_keeps_nobody_else_from_asking() {
    let testbed = testbed_with(vec![TestForge::gitea().await], "[reconciliation]\ninterval = \"1s\"\n").await;
    let forge = &testbed.forges[0];
    let id = held(&testbed, forge, 3, &sha('1')).await;
    forge.fake.fault("/branches", Fault::Fail(502));
    wait::until("a look has failed", async || {
        let failed = |call: &Logged| call.call.path.contains("/branches") && call.status() == 502;
        forge.fake.calls().iter().any(failed).then_some(())
    })
    .await;
    let (record, _) = says(&testbed, forge, ANN, 3, &format!("/forgegate approve {}", sha('1'))).await;
    assert_eq!(record["outcome"], "queued", "{record}");
    is(&testbed, &id, "queued", "approved").await;
}
