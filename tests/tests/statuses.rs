//! What becomes of an evaluation is told to its forge: each forge for real, through its plugin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use forgegate_tests::{Side, Stage};

/// The words of a forge for queued, running, succeeded, failed and errored.
fn words(forge: &str) -> [&'static str; 5] {
    match forge {
        "github" => ["queued", "in_progress", "success", "failure", "failure"],
        "gitlab" => ["pending", "running", "success", "failed", "failed"],
        _ => ["pending", "pending", "success", "failure", "error"],
    }
}

#[tokio::test]
async fn an_evaluation_is_seen_at_its_commit_from_queued_to_its_end() {
    let stage = Stage::set(Side::all().await, "").await;
    for side in &stage.sides {
        let [queued, running, succeeded, failed, errored] = words(side.id);
        for (number, state, word) in [
            (1, "succeeded", succeeded),
            (2, "failed", failed),
            (3, "errored", errored),
        ] {
            stage.push(side, number).await;
            side.shows(number, queued).await;
            let claimed = stage.gateway.claim(10_000, false).await.expect("an evaluation");
            side.shows(number, running).await;
            stage.finish(&claimed, state).await;
            side.shows(number, word).await;
        }
        assert_eq!(side.states(1).last().unwrap(), succeeded);
        let states = side.states(2);
        let (mut expected, ends) = (vec![queued, running], [succeeded, failed, errored]);
        expected.push(ends[1]);
        assert_eq!(states, expected, "{}", side.id);
    }
    stage.told().await;
    for status in stage.statuses("").await {
        assert_eq!(status["last_error"], serde_json::Value::Null, "{status}");
    }
}
