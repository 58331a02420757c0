//! Restart of a gateway: within a second and without compiling, whatever it was doing before.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use forgegate_tests::Gateway;
use forgegate_tests::gateway::files;

/// The compiled plugins: their names, times and sizes.
fn artefacts(data: &Path) -> Vec<(PathBuf, SystemTime, u64)> {
    let mut all: Vec<_> = files(&data.join("artefacts"))
        .into_iter()
        .map(|file| {
            let about = std::fs::metadata(&file).unwrap();
            (file, about.modified().unwrap(), about.len())
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn after_kill_9_it_listens_again_within_a_second_and_compiles_nothing() {
    let mut gateway = Gateway::with_project("").await;
    let compiled = artefacts(&gateway.data());
    assert_eq!(compiled.len(), 4, "{compiled:?}");
    for round in 0..3 {
        let id = gateway.push(round).await;
        let folder = gateway.kill();
        let begun = Instant::now();
        gateway = Gateway::start_in(folder, "");
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(1), "it took {took:?}: {}", gateway.log());
        assert_eq!(gateway.call("GET", "/health/ready", None).await.status, 200);
        assert_eq!(artefacts(&gateway.data()), compiled, "something was compiled again");
        assert_eq!(gateway.evaluation(&id).await["state"], "queued");
    }
}

#[tokio::test]
async fn an_artefact_that_somebody_touched_is_not_run() {
    let gateway = Gateway::with_project("").await;
    let compiled = artefacts(&gateway.data());
    let folder = gateway.stop();
    let (file, _, _) = &compiled[0];
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, &bytes).unwrap();
    let gateway = Gateway::start_in(folder, "");
    gateway.push(1).await;
    assert_ne!(std::fs::read(file).unwrap(), bytes, "the artefact was not made again");
    let plugins = gateway.get("/api/v1/plugins").await;
    assert_eq!(plugins["items"].as_array().unwrap().len(), 4);
}
