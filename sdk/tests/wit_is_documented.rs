//! Every item of the contract says what it promises: rustc's lint does not reach the generated bindings.
#![expect(
    clippy::indexing_slicing,
    reason = "ids of an arena are looked up in it, and a test may stop at the first surprise"
)]

use std::path::Path;

use wit_parser::{Docs, Resolve, Type, TypeDefKind, TypeId};

/// The names of all items without a word.
fn undocumented(resolve: &Resolve) -> Vec<String> {
    let mut found = Vec::new();
    for (_, package) in &resolve.packages {
        for (name, interface) in &package.interfaces {
            let interface = &resolve.interfaces[*interface];
            note(&mut found, &interface.docs, name);
            for (function, it) in &interface.functions {
                note(&mut found, &it.docs, &format!("{name}.{function}"));
            }
            for (of, id) in &interface.types {
                note_type(&mut found, resolve, *id, &format!("{name}.{of}"));
            }
        }
        for (name, world) in &package.worlds {
            note(&mut found, &resolve.worlds[*world].docs, name);
        }
    }
    found
}

fn note_type(found: &mut Vec<String>, resolve: &Resolve, id: TypeId, place: &str) {
    let it = &resolve.types[id];
    match &it.kind {
        // What `use` brings in is documented where it comes from.
        TypeDefKind::Type(Type::Id(_)) if it.docs.contents.is_none() => return,
        TypeDefKind::Record(record) => {
            for field in &record.fields {
                note(found, &field.docs, &format!("{place}.{}", field.name));
            }
        }
        TypeDefKind::Variant(variant) => {
            for case in &variant.cases {
                note(found, &case.docs, &format!("{place}.{}", case.name));
            }
        }
        TypeDefKind::Enum(it) => {
            for case in &it.cases {
                note(found, &case.docs, &format!("{place}.{}", case.name));
            }
        }
        TypeDefKind::Flags(flags) => {
            for flag in &flags.flags {
                note(found, &flag.docs, &format!("{place}.{}", flag.name));
            }
        }
        _ => {}
    }
    note(found, &it.docs, place);
}

fn note(found: &mut Vec<String>, docs: &Docs, place: &str) {
    let says_something = docs.contents.as_ref().is_some_and(|it| !it.trim().is_empty());
    if !says_something {
        found.push(place.to_owned());
    }
}

#[test]
fn every_item_of_the_contract_is_documented() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut resolve = Resolve::default();
    resolve.push_dir(&folder).unwrap();
    let found = undocumented(&resolve);
    assert!(found.is_empty(), "undocumented: {found:#?}");
}

#[test]
fn an_item_without_a_word_is_found() {
    let text = "package a:b;
        interface i { /// Said.
            record r { x: u8 }
            enum e { one }
            f: func();
        }
        world w {}";
    let mut resolve = Resolve::default();
    resolve.push_str("i.wit", text).unwrap();
    assert_eq!(undocumented(&resolve), ["i", "i.f", "i.r.x", "i.e.one", "i.e", "w"]);
}
