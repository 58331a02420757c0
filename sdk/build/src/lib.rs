#![doc = include_str!("../README.md")]

mod environment;
mod folders;
mod names;
mod nested;

use std::io;
use std::path::PathBuf;

use wit_component::ComponentEncoder;

/// The target that components are compiled for. It brings the standard library and imports nothing.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The reason why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The compiler has no standard library for [`TARGET`].
    #[error("the target {TARGET} is not installed, please run `rustup target add {TARGET}`")]
    TargetMissing,
    /// A variable that cargo gives to build scripts is missing.
    #[error("`{0}` is not set: components are built from a build script")]
    NoBuildScript(&'static str),
    /// A program could not be run.
    #[error("cannot run `{program}`")]
    Program {
        /// The package or variable.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program ended badly. What it had to say stands above.
    #[error("`{program}` failed")]
    Failed {
        /// The program with its arguments.
        program: String,
    },
    /// The compiled plugin could not be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The path where it should lie.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The compiled plugin is not one.
    #[error("`{package}` is no component: {reason}")]
    NotAComponent {
        /// The package.
        package: String,
        /// Why, for people.
        reason: String,
    },
}

/// Builds the packages, which are members of the workspace of the present package, and answers their components in that order.
/// Each is validated. Identical sources make identical components, wherever they lie.
pub fn components<const N: usize>(packages: [&str; N]) -> Result<[Vec<u8>; N], BuildError> {
    let cargo = nested::Cargo::find()?;
    let mut components = [const { Vec::new() }; N];
    for (component, package) in components.iter_mut().zip(packages) {
        *component = encode(package, &cargo.build(package)?)?;
    }
    Ok(components)
}

/// Like [`components`], but ends the build script with one sentence where that is not possible.
pub fn components_or_exit<const N: usize>(packages: [&str; N]) -> [Vec<u8>; N] {
    components(packages).unwrap_or_else(|error| {
        println!("cargo::error={}", sentence(&error));
        std::process::exit(1)
    })
}

fn encode(package: &str, module: &[u8]) -> Result<Vec<u8>, BuildError> {
    let encoder = ComponentEncoder::default().validate(true);
    let encoded = encoder.module(module).and_then(|mut e| e.encode());
    encoded.map(names::without).map_err(|error| BuildError::NotAComponent {
        package: package.to_owned(),
        reason: format!("{error:#}"),
    })
}

/// The error and what caused it, on one line.
fn sentence(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    words.join(": ").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_target_names_the_way_out() {
        assert_eq!(
            sentence(&BuildError::TargetMissing),
            "the target wasm32-unknown-unknown is not installed, please run `rustup target add wasm32-unknown-unknown`"
        );
    }

    #[test]
    fn an_error_and_its_cause_are_one_line() {
        let source = io::Error::other("it is\ngone");
        let error = BuildError::Program {
            program: "cargo".into(),
            source,
        };
        assert_eq!(sentence(&error), "cannot run `cargo`: it is gone");
    }

    #[test]
    fn a_module_that_exports_no_plugin_is_refused() {
        let empty = b"\0asm\x01\0\0\0garbage";
        let refused = encode("my-forge", empty);
        assert!(matches!(refused, Err(BuildError::NotAComponent { package, .. }) if package == "my-forge"));
    }
}
