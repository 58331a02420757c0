//! The bindings of `wit/`. Private: everything that leaves this crate is turned into the model's types first.

#![allow(missing_docs, reason = "generated from wit/, where everything is documented")]
#![allow(unused_qualifications, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "forge",
    imports: {
        "forgegate:plugin/forge-api.send": async | trappable,
    },
    exports: { default: async },
});
