//! The outer build's variables that the nested cargo may see.

/// Of cargo's own, those that say how to reach the network and where to keep things.
const KEPT_EXACTLY: [&str; 2] = ["CARGO_HOME", "CARGO_MAKEFLAGS"];
const KEPT: [&str; 4] = ["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_"];

/// Flags, wrappers and facts of the outer build. They would break the component's, or rebuild it for nothing.
const DROPPED: [&str; 5] = ["CARGO_", "CLIPPY_", "DEP_", "LLVM_PROFILE_", "RUSTC_"];
const DROPPED_EXACTLY: [&str; 11] = [
    "CARGO",
    "DEBUG",
    "HOST",
    "NUM_JOBS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "TARGET",
];

/// Tells whether the variable belongs to the outer build alone.
pub(crate) fn is_foreign(name: &str) -> bool {
    let begins_with_one = |prefixes: &[&str]| prefixes.iter().any(|p| name.starts_with(p));
    if KEPT_EXACTLY.contains(&name) || begins_with_one(&KEPT) {
        return false;
    }
    DROPPED_EXACTLY.contains(&name) || begins_with_one(&DROPPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_build_stays_outside() {
        for name in [
            "CARGO",
            "CARGO_CFG_TARGET_OS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_FEATURE_X",
            "CARGO_MANIFEST_DIR",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_TARGET_DIR",
            "CLIPPY_ARGS",
            "DEP_Z_ROOT",
            "OUT_DIR",
            "RUSTC",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
            "TARGET",
        ] {
            assert!(is_foreign(name), "{name}");
        }
    }

    #[test]
    fn network_and_home_pass() {
        for name in [
            "CARGO_HOME",
            "CARGO_HTTP_PROXY",
            "CARGO_MAKEFLAGS",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_MINE_INDEX",
            "HOME",
            "PATH",
            "RUSTUP_TOOLCHAIN",
        ] {
            assert!(!is_foreign(name), "{name}");
        }
    }
}
