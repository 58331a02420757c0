//! SDK
wit_bindgen::generate!({ path: "../wit", world: "forge", pub_export_macro: true, default_bindings_module: "forgegate_sdk::bindings", generate_all });
