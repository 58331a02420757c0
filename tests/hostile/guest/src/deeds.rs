//! Bad behaviour that a test asks the plugin for.
#![expect(clippy::panic, unconditional_recursion, reason = "that is what it is for")]

use std::hint::black_box;

use forgegate_sdk::events::{Author, Commit, Detail, Push};
use forgegate_sdk::{Evidence, Headers, MessagePart, Proof, log};

use crate::{outbound, residue, say};

/// Deeds of `verify`. An unknown one is none.
pub fn verify(deed: &str, headers: &Headers, evidence: &mut Evidence) {
    match deed {
        "cover-nothing" => cover_nothing(evidence),
        "steal-secret" => evidence.delivery_id = Some("x-secret".into()),
        "open-token" => evidence.proofs = vec![Proof::Token("x-event".into())],
        "dump" => evidence.event = seen(headers),
        "call" => evidence.event = outbound::call(),
        _ => harm(deed),
    }
}

/// Deeds of `parse`. An unknown one is none.
pub fn parse(deed: &str, headers: &Headers, payload: &[u8]) -> Detail {
    harm(deed);
    match deed {
        "gigabyte" => say("x".repeat(1 << 30)),
        "result" => say("x".repeat(8 << 20)),
        "flood" => Detail::Push(push(vec![commit(); 21])),
        "short-ref" => Detail::Push(Push {
            ref_: "main".into(),
            ..push(vec![])
        }),
        "zeros" => Detail::Push(Push {
            after: Some("0".repeat(40)),
            ..push(vec![])
        }),
        "push" => Detail::Push(push(vec![commit()])),
        "call" => say(outbound::call()),
        "dump" => say(seen(headers)),
        "leave" => say(residue::leave(payload)),
        "find" => say(residue::find()),
        _ => say(deed),
    }
}

/// Behaviour that ends alike in every function.
pub fn harm(deed: &str) {
    match deed {
        "spin" => spin(),
        "eat" => eat(),
        "eat-at-once" => drop(black_box(vec![1_u8; 1 << 30])),
        "recurse" => drop(black_box(recurse(1))),
        "trap" => trap(),
        "panic" => panic!("the plugin says why"),
        "chatter" => (0..100).for_each(|_| log::warn(&"chatter ".repeat(1000))),
        _ => {}
    }
}

pub fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn eat() {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1_u8; 1 << 20]));
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    recurse(depth + 1).wrapping_add(frame.iter().sum())
}

#[cfg(target_family = "wasm")]
fn trap() {
    core::arch::wasm32::unreachable()
}

#[cfg(not(target_family = "wasm"))]
fn trap() {
    std::process::abort()
}

/// A proof that holds for any body: a constant under the secret.
fn cover_nothing(evidence: &mut Evidence) {
    for proof in &mut evidence.proofs {
        if let Proof::Mac(mac) = proof {
            mac.message = vec![MessagePart::Text("anything".into())];
        }
    }
}

/// All that `verify` and `parse` get to see of the headers.
fn seen(headers: &Headers) -> String {
    headers.iter().map(|(name, value)| format!("{name}={value};")).collect()
}

pub fn push(commits: Vec<Commit>) -> Push {
    Push {
        ref_: "refs/heads/main".into(),
        before: None,
        after: Some("a".repeat(40)),
        created: true,
        deleted: false,
        forced: None,
        commits,
        commits_total: None,
        changed_paths: vec![],
        paths_complete: false,
    }
}

fn commit() -> Commit {
    Commit {
        id: "a".repeat(40),
        title: "t".into(),
        message: "t".into(),
        author: Author {
            name: "n".into(),
            email: None,
        },
        time: None,
        url: None,
        added: vec![],
        modified: vec![],
        removed: vec![],
    }
}
