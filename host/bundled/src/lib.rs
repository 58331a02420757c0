#![doc = include_str!("../README.md")]

/// One component.
#[derive(Clone, Copy)]
pub struct Component {
    /// The forge's id: the path segment of its URLs.
    pub forge: &'static str,
    /// Its bytes.
    pub wasm: &'static [u8],
}

/// All of them, one a forge.
pub fn components() -> &'static [Component] {
    COMPONENTS
}

const COMPONENTS: &[Component] = include!(concat!(env!("OUT_DIR"), "/components.rs"));

#[cfg(test)]
mod tests {
    use wit_component::DecodedWasm;
    use wit_parser::{Resolve, WorldId, WorldItem};

    use super::*;

    /// The most bytes that a component may have; the first start compiles all of them. 250 KB is the target, missed since the components can tell a
    /// repository's past: a sixth of their code (`docs/performance.md`). This bound keeps it from growing unseen.
    const MOST_BYTES: usize = 295 * 1000;

    fn world(component: &Component) -> (Resolve, WorldId) {
        match wit_component::decode(component.wasm).unwrap() {
            DecodedWasm::Component(resolve, world) => (resolve, world),
            DecodedWasm::WitPackage(..) => panic!("{} is no component", component.forge),
        }
    }

    fn interfaces<'a>(resolve: &Resolve, items: impl IntoIterator<Item = &'a WorldItem>) -> Vec<String> {
        let name = |item: &WorldItem| match item {
            WorldItem::Interface { id, .. } => resolve.id_of(*id).unwrap(),
            other => panic!("{other:?}"),
        };
        items.into_iter().map(name).collect()
    }

    #[test]
    fn a_component_imports_nothing_but_the_contract() {
        for component in components() {
            let (resolve, world) = world(component);
            for name in interfaces(&resolve, resolve.worlds[world].imports.values()) {
                let ours = ["events", "forge-api", "log", "types"]
                    .map(|interface| format!("forgegate:plugin/{interface}@0.1.0"));
                assert!(ours.contains(&name), "{} imports {name}", component.forge);
            }
        }
    }

    #[test]
    fn a_component_exports_the_whole_contract() {
        for component in components() {
            let (resolve, world) = world(component);
            let exported = interfaces(&resolve, resolve.worlds[world].exports.values());
            for interface in ["descriptor", "inbound", "samples", "outbound"] {
                let name = format!("forgegate:plugin/{interface}@0.1.0");
                assert!(exported.contains(&name), "{} lacks {name}", component.forge);
            }
        }
    }

    #[test]
    fn a_component_is_small() {
        for component in components() {
            let (forge, bytes) = (component.forge, component.wasm.len());
            assert!(bytes <= MOST_BYTES, "{forge} has {bytes} bytes");
        }
    }

    #[test]
    fn a_component_tells_nothing_of_the_machine_it_was_built_on() {
        let root = env!("CARGO_MANIFEST_DIR").trim_end_matches("/host/bundled");
        for component in components() {
            let found = component.wasm.windows(root.len()).any(|w| w == root.as_bytes());
            assert!(!found, "{} names {root}", component.forge);
        }
    }

    #[test]
    fn every_forge_is_bundled_once() {
        let mut forges: Vec<_> = components().iter().map(|c| c.forge).collect();
        forges.sort_unstable();
        forges.dedup();
        assert_eq!(forges.len(), components().len());
    }
}
