//! The folders of the nested build, and the paths that must not show in a component.

use std::path::{Path, PathBuf};

/// The target directory of the nested cargo: `components` in the outer target directory, which cargo marks with a tag. Dev and
/// release builds share it, and `cargo clean` takes it along. Where there is no tag it lies in the build script's own folder.
pub(crate) fn target(out_dir: &Path) -> PathBuf {
    let tagged = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    out_dir.ancestors().find(tagged).unwrap_or(out_dir).join("components")
}

/// The path of the file that a package's library is compiled to.
pub(crate) fn module(target: &Path, package: &str) -> PathBuf {
    let file = format!("{}.wasm", package.replace('-', "_"));
    target.join(crate::TARGET).join("component").join(file)
}

/// The compiler's flags that take the given folders out of panic messages, joined as `CARGO_ENCODED_RUSTFLAGS` wants it. That
/// variable is set even without a flag, so that flags of configuration files stay outside.
pub(crate) fn remapped(folders: &[(PathBuf, &str)]) -> String {
    let flags = folders
        .iter()
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    flags.collect::<Vec<_>>().join("\u{1f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nested_build_lies_beside_the_outer_profiles() {
        let folder = tempfile::tempdir().unwrap();
        let out_dir = folder.path().join("debug/build/x-1/out");
        std::fs::create_dir_all(&out_dir).unwrap();
        assert_eq!(target(&out_dir), out_dir.join("components"));
        std::fs::write(folder.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(target(&out_dir), folder.path().join("components"));
    }

    #[test]
    fn a_module_is_named_after_its_library() {
        let path = module(Path::new("/t"), "my-forge");
        assert_eq!(path, Path::new("/t/wasm32-unknown-unknown/component/my_forge.wasm"));
    }

    #[test]
    fn flags_are_joined_as_cargo_splits_them() {
        let folders = [(PathBuf::from("/a b"), "/x"), (PathBuf::from("/c"), "/y")];
        assert_eq!(
            remapped(&folders),
            "--remap-path-prefix=/a b=/x\u{1f}--remap-path-prefix=/c=/y"
        );
    }
}
