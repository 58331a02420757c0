//! `forgegate worker --exec`, as a process beside a gateway.

use std::path::{Path, PathBuf};
use std::process::Command;

use forgegate_tests::fields::assert_fields;
use forgegate_tests::wait::until;
use forgegate_tests::{Gateway, Worker};
use serde_json::{Value, json};
use tempfile::TempDir;

async fn gateway_and_folder(config: &str) -> (Gateway, TempDir) {
    let gateway = Gateway::with_project(config).await;
    (gateway, TempDir::new().unwrap())
}

/// Waits until the evaluation is in this state.
async fn is(gateway: &Gateway, id: &str, state: &str) -> Value {
    until(&format!("{id} is {state}"), async || {
        let evaluation = gateway.evaluation(id).await;
        (evaluation["state"] == state).then_some(evaluation)
    })
    .await
}

/// Waits until the file has been written, line end included; what is in it.
async fn written(file: &Path) -> String {
    until(&format!("{}", file.display()), async || {
        std::fs::read_to_string(file).ok().filter(|text| text.ends_with('\n'))
    })
    .await
}

/// True while the process runs. A process that ended and was not reaped does not.
fn is_alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim()));
    status.is_ok_and(|status| !status.lines().any(|line| line.starts_with("State:\tZ")))
}

/// A command that says its process's id in a file and then does not end.
fn endless(file: &Path) -> String {
    format!("echo $$ >> {}; exec sleep 1000", file.display())
}

fn file(folder: &TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

#[tokio::test]
async fn the_exit_code_is_the_result() {
    let (gateway, folder) = gateway_and_folder("").await;
    let exec = r#"case "$FORGEGATE_REF" in refs/heads/b1) exit 0;; refs/heads/b2) exit 7;; refs/heads/b3) exit 126;; *) kill -9 $$;; esac"#;
    let _worker = Worker::start(&gateway, folder.path(), exec);
    for (number, state, sentence) in [
        (1, "succeeded", Value::Null),
        (2, "failed", json!("the command ended with 7")),
        (3, "errored", json!("the command ended with 126")),
        (4, "errored", json!("the command was ended by signal 9")),
    ] {
        let id = gateway.push(number).await;
        let evaluation = is(&gateway, &id, state).await;
        assert_eq!(evaluation["description"], sentence, "{evaluation}");
        assert_eq!(evaluation["attempt"], 1);
    }
}

#[tokio::test]
async fn the_command_gets_a_clean_environment_an_empty_folder_and_a_private_file() {
    let (gateway, folder) = gateway_and_folder("").await;
    let (variables, seen) = (file(&folder, "variables"), file(&folder, "seen"));
    let exec = format!(
        r#"env > {0}.part && mv {0}.part {0}; ls -A > {1}; stat -c %a "$FORGEGATE_EVALUATION_FILE" >> {1}; cat "$FORGEGATE_EVALUATION_FILE" >> {1}"#,
        variables.display(),
        seen.display()
    );
    let _worker = Worker::start(&gateway, folder.path(), &exec);
    let id = gateway.push(1).await;
    is(&gateway, &id, "succeeded").await;

    let variables = std::fs::read_to_string(&variables).unwrap();
    let value = |name: &str| {
        let mut lines = variables.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    let names: Vec<&str> = variables
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    for name in &names {
        // What a shell sets by itself is nobody's secret.
        let usual = ["PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_"].contains(name);
        assert!(usual || name.starts_with("FORGEGATE_"), "{name} was handed on");
    }
    assert!(
        !variables.contains(&gateway.token),
        "the worker's own token was handed on"
    );
    for (name, expected) in [
        ("FORGEGATE_EVALUATION_ID", id.as_str()),
        ("FORGEGATE_ORGANIZATION", "acme"),
        ("FORGEGATE_PROJECT", "widgets"),
        ("FORGEGATE_REF", "refs/heads/b1"),
        ("FORGEGATE_FETCH_REF", "refs/heads/b1"),
        ("FORGEGATE_SHA", "0000000000000000000000000000000000000002"),
        ("FORGEGATE_TRUST", "trusted"),
        ("FORGEGATE_CLONE_URL", "https://git.example.com/acme/widgets.git"),
    ] {
        assert_eq!(value(name), Some(expected), "{name}");
    }
    assert_eq!(value("FORGEGATE_URL").unwrap().trim_end_matches('/'), gateway.url);

    let seen = std::fs::read_to_string(&seen).unwrap();
    let (mode, handed) = seen.split_once('\n').unwrap();
    assert_eq!(
        mode, "600",
        "the folder was not empty, or the file is not private: {seen}"
    );
    let handed: Value = serde_json::from_str(handed).unwrap();
    assert_eq!(handed["evaluation"]["id"], json!(id));
    assert_eq!(handed["lease"]["token"].as_str(), value("FORGEGATE_LEASE_TOKEN"));
    until("nothing is left of it", async || {
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        (left == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_lease_token_alone_may_name_checks_of_its_own_evaluation() {
    let (gateway, folder) = gateway_and_folder("").await;
    let (lease, end) = (file(&folder, "lease"), file(&folder, "end"));
    let exec = format!(
        r#"echo "$FORGEGATE_LEASE_TOKEN" > {}; while [ ! -e {} ]; do sleep 0.02; done"#,
        lease.display(),
        end.display()
    );
    let _worker = Worker::start(&gateway, folder.path(), &exec);
    let id = gateway.push(1).await;
    let lease = written(&lease).await;
    let check = json!({ "name": "unit", "state": "succeeded" });
    let own = format!("/api/v1/evaluations/{id}/checks");
    let answer = gateway.call_as(lease.trim(), "POST", &own, Some(check.clone())).await;
    answer.expect_ok();
    for (path, body) in [
        ("/api/v1/evaluations/claim", json!({ "worker": "w" })),
        (&format!("/api/v1/evaluations/{id}/cancel"), json!({})),
    ] {
        let answer = gateway.call_as(lease.trim(), "POST", path, Some(body)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "unauthorized"),
            "{path}: {}",
            answer.text
        );
    }
    let other = gateway.push(2).await;
    let path = format!("/api/v1/evaluations/{other}/checks");
    let answer = gateway.call_as(lease.trim(), "POST", &path, Some(check)).await;
    answer.expect_refusal(409, "lease_lost");
    std::fs::write(&end, "").unwrap();
    let evaluation = is(&gateway, &id, "succeeded").await;
    assert_eq!(evaluation["checks"][0]["name"], "unit");
}

#[tokio::test]
async fn a_worker_that_is_asked_to_stop_finishes_what_runs() {
    let (gateway, folder) = gateway_and_folder("").await;
    let (begun, end) = (file(&folder, "begun"), file(&folder, "end"));
    let exec = format!(
        "echo yes > {}; while [ ! -e {} ]; do sleep 0.02; done",
        begun.display(),
        end.display()
    );
    let mut worker = Worker::start(&gateway, folder.path(), &exec);
    let id = gateway.push(1).await;
    written(&begun).await;
    worker.ask_to_stop();
    assert_eq!(gateway.evaluation(&id).await["state"], "running");
    assert!(worker.ended().is_none());
    std::fs::write(&end, "").unwrap();
    let ended = until("the worker has ended", async || worker.ended()).await;
    assert!(ended.success(), "{ended}");
    assert_eq!(gateway.evaluation(&id).await["state"], "succeeded");
    let next = gateway.push(2).await;
    assert_eq!(gateway.evaluation(&next).await["state"], "queued");
}

#[tokio::test]
async fn a_cancel_ends_the_command() {
    let (gateway, folder) = gateway_and_folder("[queue]\nlease = \"1s\"\n").await;
    let process = file(&folder, "process");
    let _worker = Worker::start(&gateway, folder.path(), &endless(&process));
    let id = gateway.push(1).await;
    let pid = written(&process).await;
    let cancelled = gateway.act(&format!("/api/v1/evaluations/{id}/cancel"), None).await;
    assert_eq!(cancelled["state"], "cancelled");
    until("the command is gone", async || (!is_alive(&pid)).then_some(())).await;
    assert_eq!(gateway.evaluation(&id).await["state"], "cancelled");
    // The worker is well, and takes the next.
    gateway.push(2).await;
    until("the next command", async || {
        let text = std::fs::read_to_string(&process).unwrap();
        (text.lines().count() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_heartbeat_holds_the_lease_of_a_command_that_takes_longer() {
    let (gateway, folder) = gateway_and_folder("[queue]\nlease = \"1s\"\n").await;
    let _worker = Worker::start(&gateway, folder.path(), "sleep 3");
    let id = gateway.push(1).await;
    assert_eq!(is(&gateway, &id, "succeeded").await["attempt"], 1);
}

#[tokio::test]
async fn what_a_killed_worker_had_is_tried_again_and_errored_after_the_last_attempt() {
    let (gateway, folder) = gateway_and_folder("[queue]\nlease = \"1s\"\nmax_attempts = 2\n").await;
    let id = gateway.push(1).await;
    for (attempt, then) in [(1, "queued"), (2, "errored")] {
        let process = file(&folder, &format!("process-{attempt}"));
        let worker = Worker::start(&gateway, folder.path(), &endless(&process));
        let pid = written(&process).await;
        assert_eq!(is(&gateway, &id, "running").await["attempt"], attempt);
        worker.kill();
        let ended = Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
        assert!(ended.success());
        is(&gateway, &id, then).await;
    }
    assert_eq!(gateway.claim(0, true).await, None);
}

#[tokio::test]
async fn who_lost_the_lease_cannot_finish() {
    let (gateway, _folder) = gateway_and_folder("[queue]\nlease = \"1s\"\n").await;
    let id = gateway.push(1).await;
    let lost = gateway.claim(5_000, false).await.unwrap()["lease"]["token"].clone();
    is(&gateway, &id, "queued").await;
    let held = gateway.claim(5_000, false).await.unwrap()["lease"]["token"].clone();
    let path = format!("/api/v1/evaluations/{id}/finish");
    let late = json!({ "lease": lost, "state": "failed" });
    let late = gateway.call("POST", &path, Some(late)).await;
    late.expect_refusal(409, "lease_lost");
    let done = gateway
        .act(&path, Some(json!({ "lease": held, "state": "succeeded" })))
        .await;
    assert_fields(&done, &json!({ "state": "succeeded", "attempt": 2 }));
}

#[tokio::test]
async fn a_restart_of_the_gateway_interrupts_nobody_who_works() {
    let (gateway, folder) = gateway_and_folder("").await;
    let id = gateway.push(1).await;
    let claimed = gateway.claim(5_000, false).await.unwrap();
    let lease = claimed["lease"]["token"].clone();
    let gateway = Gateway::start_in(gateway.kill(), "");
    let beat = gateway
        .act(
            &format!("/api/v1/evaluations/{id}/heartbeat"),
            Some(json!({ "lease": lease })),
        )
        .await;
    assert_eq!(beat["cancel"], false);
    let finish = json!({ "lease": lease, "state": "succeeded" });
    let done = gateway
        .act(&format!("/api/v1/evaluations/{id}/finish"), Some(finish))
        .await;
    assert_fields(&done, &json!({ "state": "succeeded", "attempt": 1 }));
    drop(folder);
}
