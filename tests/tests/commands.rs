//! Commands and approvals at every forge: who may give them, what they do, and what whoever gave one is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use forgegate_tests::forges::{Fault, Level, Logged};
use forgegate_tests::people::{ANN, BOB, Person};
use forgegate_tests::stage::queued;
use forgegate_tests::{Answer, Side, Stage, wait};
use serde_json::{Value, json};

/// A gateway with all forges, whose projects listen to pull requests and comments.
async fn staged(sides: Vec<Side>) -> Stage {
    staged_with(sides, "").await
}

async fn staged_with(sides: Vec<Side>, further: &str) -> Stage {
    let stage = Stage::set(sides, further).await;
    for side in &stage.sides {
        side.inhabit();
        for kind in ["pull_request", "comment"] {
            let trigger = json!({ "kind": kind, "integration": side.integration() });
            let path = format!("/api/v1/orgs/acme/projects/{}/triggers", side.project());
            stage.gateway.make(&path, trigger).await;
        }
        // The repository's id is pinned by the first event.
        queued(&stage.gateway.post(&side.hook(), side.push(1)).await);
    }
    stage
}

fn sha(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// Opens a pull request of a fork, which must be held; the evaluation.
async fn held(stage: &Stage, side: &Side, number: u64, head: &str) -> String {
    let answer = stage.gateway.post(&side.hook(), side.opens(BOB, number, head)).await;
    let id = queued(&answer);
    assert_eq!(
        answer.message()["queued"][0]["state"],
        "held",
        "{}: {}",
        side.id,
        answer.text
    );
    id
}

/// Posts a comment; the record of its delivery once the forge has answered, and the comment.
async fn says(stage: &Stage, side: &Side, by: Person, number: u64, body: &str) -> (Value, u64) {
    let (delivery, comment) = side.writes(by, number, body);
    let answer = stage.gateway.post(&side.hook(), delivery).await;
    (followed_up(stage, &answer).await, comment)
}

async fn followed_up(stage: &Stage, answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let id = answer.message()["delivery_id"].as_str().unwrap().to_owned();
    wait::until(
        &format!("the follow-up work of {id} is over: {}", answer.text),
        async || {
            let row = stage.gateway.get(&format!("/api/v1/deliveries/{id}")).await;
            let stage = row["follow_up"]["stage"].as_str();
            (stage.is_none() || stage == Some("done") || stage == Some("gave_up")).then_some(row)
        },
    )
    .await
}

async fn is(stage: &Stage, id: &str, state: &str, trust: &str) {
    let evaluation = stage.gateway.evaluation(id).await;
    assert_eq!(
        (&evaluation["state"], &evaluation["trust"]),
        (&json!(state), &json!(trust)),
        "{evaluation}"
    );
}

/// What the audit log says of this way, the newest first: who, and how it ended.
async fn audited(stage: &Stage, action: &str) -> Vec<(String, String)> {
    let listed = stage.gateway.get("/api/v1/audit?limit=500").await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = listed["items"].as_array().unwrap().iter();
    rows.filter(|row| row["action"] == action)
        .map(|row| (text(row, "actor"), text(row, "outcome")))
        .collect()
}

#[tokio::test]
async fn who_may_write_approves_one_commit_by_a_comment_and_nobody_else_does() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let head = sha('1');
        let id = held(&stage, side, 3, &head).await;
        let approve = format!("/forgegate approve {head}");

        let (row, comment) = says(&stage, side, BOB, 3, &approve).await;
        assert_eq!(
            (&row["outcome"], &row["follow_up"]["stage"]),
            (&json!("skipped"), &json!("done")),
            "{row}"
        );
        assert_eq!(
            row["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
            "{row}"
        );
        is(&stage, &id, "held", "untrusted").await;
        assert_eq!(side.signs(comment), ["confused"], "{}", side.id);
        assert_eq!(side.replies(3).len(), 1, "{}: one reply", side.id);

        let (row, comment) = says(&stage, side, ANN, 3, &format!("> please approve\n\n{approve}\n")).await;
        assert_eq!(row["outcome"], "queued", "{}: {row}", side.id);
        assert_eq!(row["evaluations"], json!([id]), "{row}");
        is(&stage, &id, "queued", "approved").await;
        assert_eq!(side.signs(comment), ["eyes"], "{}", side.id);
        assert_eq!(side.replies(3).len(), 1, "{}: a sign is enough", side.id);
        let number = |login: &str, number: u64| format!("{login} ({} {number})", side.id);
        assert_eq!(
            audited(&stage, "command approve").await[..2],
            [
                (number("ann", 51), "200".to_owned()),
                (number("bob", 52), "403".to_owned())
            ]
        );

        // A later head waits again, and the same comment by a second hook does nothing.
        let next = sha('2');
        let moved = stage
            .gateway
            .post(&side.hook(), side.pushes(BOB, 3, &head, &next))
            .await;
        assert_eq!(
            moved.message()["queued"][0]["state"],
            "held",
            "{}: {}",
            side.id,
            moved.text
        );
        let again = side.comment(ANN, 3, comment, &approve, "by-another-hook");
        let answer = stage.gateway.post(&side.hook(), again).await;
        assert_eq!(
            answer.message()["skipped"][0]["reason"],
            "already_in_progress",
            "{}",
            answer.text
        );
        is(&stage, &queued(&moved), "held", "untrusted").await;
    }
}

#[tokio::test]
async fn an_approval_that_names_no_commit_is_answered_with_the_line_to_copy() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let head = sha('1');
        let id = held(&stage, side, 3, &head).await;
        let (row, comment) = says(&stage, side, ANN, 3, "/forgegate approve").await;
        is(&stage, &id, "held", "untrusted").await;
        assert_eq!(
            row["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
            "{row}"
        );
        assert_eq!(side.signs(comment), ["confused"], "{}", side.id);
        let replies = side.replies(3);
        let line = format!("/forgegate approve {head}");
        assert!(
            replies[0].lines().any(|it| it.trim() == line),
            "{}: {replies:?}",
            side.id
        );
        let (_, _) = says(&stage, side, ANN, 3, &line).await;
        is(&stage, &id, "queued", "approved").await;
    }
}

#[tokio::test]
async fn a_review_of_who_may_write_releases_the_commit_that_it_is_bound_to() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let (head, next) = (sha('1'), sha('2'));
        let id = held(&stage, side, 3, &head).await;
        let theirs = stage.gateway.post(&side.hook(), side.reviews(BOB, 3, &head)).await;
        let row = followed_up(&stage, &theirs).await;
        assert_eq!(row["outcome"], "skipped", "{}: {row}", side.id);
        is(&stage, &id, "held", "untrusted").await;

        // Somebody pushes; the approval is for the head before.
        let moved = stage
            .gateway
            .post(&side.hook(), side.pushes(BOB, 3, &head, &next))
            .await;
        let later = queued(&moved);
        let stale = stage.gateway.post(&side.hook(), side.reviews(ANN, 3, &head)).await;
        followed_up(&stage, &stale).await;
        is(&stage, &later, "held", "untrusted").await;

        let approved = stage.gateway.post(&side.hook(), side.reviews(ANN, 3, &next)).await;
        let row = followed_up(&stage, &approved).await;
        if side.id == "gitlab" {
            // It binds an approval to no commit: the head has to have stood for a minute.
            is(&stage, &later, "held", "untrusted").await;
            let sentences = row["follow_up"]["sentences"].to_string();
            assert!(sentences.contains("had not stood for a minute"), "{row}");
        } else {
            is(&stage, &later, "queued", "approved").await;
            assert_eq!(
                (&row["outcome"], &row["evaluations"]),
                (&json!("queued"), &json!([later])),
                "{row}"
            );
        }
    }
}

#[tokio::test]
async fn run_evaluates_the_head_again_and_cancel_stops_it() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let head = sha('1');
        let id = held(&stage, side, 3, &head).await;
        let (row, comment) = says(&stage, side, ANN, 3, "/forgegate run").await;
        assert_eq!(
            row["answer"]["body"]["message"]["skipped"][0]["reason"], "already_in_progress",
            "{}: {row}",
            side.id
        );
        assert_eq!(side.signs(comment), ["confused"], "{}", side.id);

        let (row, comment) = says(&stage, side, ANN, 3, "/forgegate cancel").await;
        is(&stage, &id, "cancelled", "untrusted").await;
        assert_eq!(
            (&row["outcome"], side.signs(comment)),
            (&json!("skipped"), vec!["eyes".to_owned()]),
            "{row}"
        );

        let (row, _) = says(&stage, side, ANN, 3, "/forgegate run --all of it").await;
        assert_eq!(row["outcome"], "held", "what nobody released is held: {row}");
        let again = row["evaluations"][0].as_str().unwrap().to_owned();
        let evaluation = stage.gateway.evaluation(&again).await;
        assert_eq!(
            (
                &evaluation["sha"],
                &evaluation["cause"]["argument"],
                &evaluation["cause"]["event"]
            ),
            (&json!(head), &json!("--all of it"), &json!("comment")),
            "{evaluation}"
        );
        says(&stage, side, ANN, 3, &format!("/forgegate approve {}", &head[..10])).await;
        is(&stage, &again, "queued", "approved").await;
        says(&stage, side, ANN, 3, "/forgegate cancel").await;
        let (row, _) = says(&stage, side, ANN, 3, "/forgegate run").await;
        assert_eq!(row["outcome"], "queued", "what was released runs again: {row}");
    }
}

#[tokio::test]
async fn help_is_given_and_what_is_no_command_is_none() {
    let stage = staged(vec![Side::gitea().await]).await;
    let side = &stage.sides[0];
    held(&stage, side, 3, &sha('1')).await;
    let (row, comment) = says(&stage, side, ANN, 3, "/forgegate help").await;
    assert_eq!(
        (side.signs(comment), side.replies(3).len()),
        (vec!["eyes".to_owned()], 1),
        "{row}"
    );
    assert!(side.replies(3)[0].contains("/forgegate approve"));
    for talk in [
        "> /forgegate cancel",
        "do not write\n/forgegate cancel",
        "/forgegatecancel",
    ] {
        let (row, comment) = says(&stage, side, ANN, 3, talk).await;
        assert_eq!(
            row["answer"]["body"]["message"]["skipped"][0]["reason"], "filtered",
            "{row}"
        );
        assert!(row["follow_up"].is_null() && side.signs(comment).is_empty(), "{row}");
    }
    let own = Person { id: 9, login: "gate" };
    let (row, comment) = says(&stage, side, own, 3, "/forgegate cancel").await;
    assert_eq!(
        row["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
        "{row}"
    );
    assert_eq!(side.signs(comment), ["confused"]);
}

#[tokio::test]
async fn a_token_that_may_not_ask_is_told_to_the_operator() {
    let stage = staged(vec![Side::gitea().await]).await;
    let side = &stage.sides[0];
    let id = held(&stage, side, 3, &sha('1')).await;
    side.permit(Person { id: 9, login: "gate" }, Level::Write);
    let (row, comment) = says(&stage, side, ANN, 3, &format!("/forgegate approve {}", sha('1'))).await;
    is(&stage, &id, "held", "untrusted").await;
    assert_eq!(row["follow_up"]["stage"], "done", "it was replied: {row}");
    let sentences = row["follow_up"]["sentences"].to_string();
    assert!(
        sentences.contains("the credential of `gitea` may not ask this"),
        "{row}"
    );
    assert_eq!(side.signs(comment), ["confused"]);
    let why = stage
        .gateway
        .get(&format!("/api/v1/deliveries/{}/why", row["id"].as_str().unwrap()))
        .await;
    assert!(why["sentences"].to_string().contains("may not ask this"), "{why}");
}

#[tokio::test]
async fn what_a_forge_that_is_down_was_to_be_asked_survives_a_crash() {
    let stage = staged(vec![Side::gitlab().await]).await;
    let side = stage.side("gitlab");
    let id = held(&stage, side, 3, &sha('1')).await;
    for _ in 0..3 {
        side.forge.fault("GET", Fault::Fail(502));
    }
    let (delivery, comment) = side.writes(ANN, 3, &format!("/forgegate approve {}", sha('1')));
    let answer = stage.gateway.post(&side.hook(), delivery).await;
    assert_eq!(
        (answer.status, &answer.message()["queued"]),
        (200, &json!([])),
        "{}",
        answer.text
    );
    let stage = stage.kill_and_start();
    let side = stage.side("gitlab");
    let row = followed_up(&stage, &answer).await;
    assert_eq!(row["outcome"], "queued", "{row}");
    is(&stage, &id, "queued", "approved").await;
    wait::until("the sign is there", async || {
        (side.signs(comment) == ["eyes"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_lost_access_since_is_refused() {
    let stage = staged(vec![Side::forgejo().await]).await;
    let side = &stage.sides[0];
    let id = held(&stage, side, 3, &sha('1')).await;
    let review = side.reviews(ANN, 3, &sha('1'));
    side.permit(ANN, Level::Read);
    let row = followed_up(&stage, &stage.gateway.post(&side.hook(), review).await).await;
    assert_eq!(
        row["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
        "{row}"
    );
    let (row, _) = says(&stage, side, ANN, 3, &format!("/forgegate approve {}", sha('1'))).await;
    assert_eq!(
        row["answer"]["body"]["message"]["skipped"][0]["reason"], "not_permitted",
        "{row}"
    );
    is(&stage, &id, "held", "untrusted").await;
}

#[tokio::test]
async fn code_of_people_who_may_write_is_released_as_trusted_after_the_forge_was_asked() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        side.permit(BOB, Level::Write);
        let answer = stage.gateway.post(&side.hook(), side.opens(BOB, 3, &sha('1'))).await;
        let row = followed_up(&stage, &answer).await;
        is(&stage, &queued(&answer), "queued", "trusted").await;
        assert_eq!(row["outcome"], "queued", "{}: {row}", side.id);
        // Whoever brings the next head counts as well.
        let stranger = Person { id: 53, login: "eve" };
        side.forge.world().accounts.push(forgegate_tests::forges::Account {
            id: 53,
            login: "eve".to_owned(),
            organization: false,
        });
        let moved = stage
            .gateway
            .post(&side.hook(), side.pushes(stranger, 3, &sha('1'), &sha('2')))
            .await;
        followed_up(&stage, &moved).await;
        is(&stage, &queued(&moved), "held", "untrusted").await;
    }
}

#[tokio::test]
async fn a_newer_head_takes_the_place_of_the_older_at_every_forge() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let (first, second) = (sha('1'), sha('2'));
        let older = held(&stage, side, 3, &first).await;
        let moved = stage
            .gateway
            .post(&side.hook(), side.pushes(BOB, 3, &first, &second))
            .await;
        let newer = queued(&moved);
        let superseded = wait::until(&format!("{}: the older makes way", side.id), async || {
            let it = stage.gateway.evaluation(&older).await;
            (it["state"] == "superseded").then_some(it)
        })
        .await;
        assert_eq!(superseded["superseded_by"], json!(newer), "{}", side.id);
        is(&stage, &newer, "held", "untrusted").await;
    }
}

#[tokio::test]
async fn people_on_the_trust_list_never_wait_and_numbers_decide() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let path = format!("/api/v1/orgs/acme/projects/{}", side.project());
        let trust = |forge: &str, host: String| json!({ "trusted": [{ "forge": forge, "host": host, "id": BOB.id.to_string() }] });
        // The same number at another host is another person.
        for (list, number, state) in [
            (trust(side.id, "forge.example".to_owned()), 3, "held"),
            (trust(side.id, side.forge.host()), 4, "queued"),
        ] {
            let patched = stage.gateway.call("PATCH", &path, Some(list)).await;
            assert_eq!(patched.status, 200, "{}", patched.text);
            let opened = stage
                .gateway
                .post(&side.hook(), side.opens(BOB, number, &sha('1')))
                .await;
            assert_eq!(
                opened.message()["queued"][0]["state"],
                state,
                "{}: {}",
                side.id,
                opened.text
            );
        }
        // A head that somebody else brought waits, whoever opened the pull request; so does one of who only took the name.
        let eve = Person { id: 53, login: "eve" };
        let brought = stage
            .gateway
            .post(&side.hook(), side.pushes(eve, 4, &sha('1'), &sha('2')))
            .await;
        is(&stage, &queued(&brought), "held", "untrusted").await;
        let namesake = Person { id: 54, login: "bob" };
        let brought = stage
            .gateway
            .post(&side.hook(), side.pushes(namesake, 4, &sha('2'), &sha('3')))
            .await;
        is(&stage, &queued(&brought), "held", "untrusted").await;
    }
}

#[tokio::test]
async fn an_approval_on_one_repository_never_reaches_another() {
    let stage = staged(vec![Side::gitea().await]).await;
    let side = &stage.sides[0];
    let project = json!({ "name": "gadgets", "repository": format!("{}/acme/gadgets", side.forge.url()), "inbound_integration": "gitea",
        "outbound_integration": "gitea" });
    stage.gateway.make("/api/v1/orgs/acme/projects", project).await;
    for kind in ["pull_request", "comment"] {
        let trigger = json!({ "kind": kind, "integration": "gitea" });
        stage
            .gateway
            .make("/api/v1/orgs/acme/projects/gadgets/triggers", trigger)
            .await;
    }
    let head = sha('1');
    let here = held(&stage, side, 3, &head).await;
    // The same pull request of the other repository: the same number, the same commit.
    let text = String::from_utf8(side.pull_of_fork(3, &head).body).unwrap();
    let text = text
        .replace("acme/widgets", "acme/gadgets")
        .replace("\"id\":7,", "\"id\":17,");
    let text = text.replace("\"repo_id\":7", "\"repo_id\":17");
    let other = forgegate_tests::delivery::sign(&text, "pull_request", "elsewhere", forgegate_tests::stage::SECRET);
    let other = stage.gateway.post(&side.hook(), other).await;
    let there = queued(&other);
    assert_eq!(
        other.message()["queued"][0]["project_name"],
        "gadgets",
        "{}",
        other.text
    );

    says(&stage, side, ANN, 3, &format!("/forgegate approve {head}")).await;
    is(&stage, &here, "queued", "approved").await;
    is(&stage, &there, "held", "untrusted").await;
    let review = stage.gateway.post(&side.hook(), side.reviews(ANN, 3, &head)).await;
    followed_up(&stage, &review).await;
    is(&stage, &there, "held", "untrusted").await;
}

#[tokio::test]
async fn a_look_that_fails_once_keeps_nobody_else_from_asking() {
    let stage = staged_with(vec![Side::gitea().await], "[reconciliation]\ninterval = \"1s\"\n").await;
    let side = &stage.sides[0];
    let id = held(&stage, side, 3, &sha('1')).await;
    side.forge.fault("/branches", Fault::Fail(502));
    wait::until("a look has failed", async || {
        let failed = |call: &Logged| call.call.path.contains("/branches") && call.status() == 502;
        side.forge.calls().iter().any(failed).then_some(())
    })
    .await;
    let (row, _) = says(&stage, side, ANN, 3, &format!("/forgegate approve {}", sha('1'))).await;
    assert_eq!(row["outcome"], "queued", "{row}");
    is(&stage, &id, "queued", "approved").await;
}
