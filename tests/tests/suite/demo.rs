//! The command `forgegate demo`, as a newcomer runs it.

use std::process::Command;

use forgegate_tests::gateway::program;

#[test]
fn the_demo_takes_a_push_of_each_forge_to_its_end() {
    let folder = tempfile::TempDir::new().unwrap();
    let output = Command::new(program())
        .arg("demo")
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for forge in ["gitea", "forgejo", "gitlab", "github"] {
        let last = text.lines().rfind(|line| line.starts_with(forge));
        assert!(last.is_some_and(|line| line.ends_with("succeeded")), "{forge}: {text}");
        let shown = last.is_some_and(|line| line.contains("the commit ") && line.contains(" shows success"));
        assert!(shown, "{forge}: no status on the commit: {text}");
        let pending = text
            .lines()
            .any(|line| line.starts_with(forge) && line.contains("the stand-in was told by POST /"));
        assert!(pending, "{forge}: the stand-in was told nothing: {text}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the demo left something behind"
    );
}
