//! The cargo within cargo.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{BuildError, TARGET, environment, folders};

/// The call of the nested cargo.
pub(crate) struct Cargo {
    program: OsString,
    target: PathBuf,
    rustflags: String,
}

impl Cargo {
    /// Finds out what the build script's surroundings say.
    pub(crate) fn find() -> Result<Self, BuildError> {
        if !has_target(&variable("RUSTC")?)? {
            return Err(BuildError::TargetMissing);
        }
        let program = variable("CARGO")?;
        let target = folders::target(&PathBuf::from(variable("OUT_DIR")?));
        let mut hidden = vec![(workspace(&program)?, "/workspace")];
        hidden.extend(cargo_home().map(|home| (home, "/cargo")));
        // Last, for the last that fits wins and the target directory mostly lies in the workspace.
        hidden.push((target.clone(), "/target"));
        Ok(Self {
            program,
            target,
            rustflags: folders::remapped(&hidden),
        })
    }

    /// Compiles one package and answers the core module. `cargo rustc`, which alone can ask a library for another crate type,
    /// takes one package a call.
    pub(crate) fn build(&self, package: &str) -> Result<Vec<u8>, BuildError> {
        let mut command = clean(&self.program);
        command.args(["rustc", "--locked", "--lib", "--crate-type", "cdylib"]);
        command.args(["--profile", "component", "--target", TARGET]);
        command.args(["--package", package, "--target-dir"]);
        command.arg(&self.target);
        // Addresses are left as wide as the linker may have needed them otherwise, which is a twentieth of the code. Takes `strip`.
        command.args(["--", "-C", "link-arg=--compress-relocations"]);
        command.env("CARGO_ENCODED_RUSTFLAGS", &self.rustflags);
        output(command.stderr(Stdio::inherit()))?;
        let path = folders::module(&self.target, package);
        std::fs::read(&path).map_err(|source| BuildError::Unreadable { path, source })
    }
}

/// Tells whether the compiler has a standard library for the target: whether its folder is there.
fn has_target(rustc: &OsString) -> Result<bool, BuildError> {
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]);
    Ok(PathBuf::from(output(&mut command)?).is_dir())
}

/// The root of the workspace that the build script's package belongs to.
fn workspace(cargo: &OsString) -> Result<PathBuf, BuildError> {
    let mut command = clean(cargo);
    command.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let mut root = PathBuf::from(output(&mut command)?);
    root.pop();
    Ok(root)
}

fn cargo_home() -> Option<PathBuf> {
    let default = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(default)
}

fn clean(cargo: &OsString) -> Command {
    let mut command = Command::new(cargo);
    for (name, _) in env::vars_os() {
        if environment::is_foreign(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end and answers the line that it prints.
fn output(command: &mut Command) -> Result<String, BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(source) => Err(BuildError::Program { program, source }),
        Ok(ended) if !ended.status.success() => {
            eprint!("{}", String::from_utf8_lossy(&ended.stderr));
            let arguments = command.get_args().map(|a| a.to_string_lossy());
            let words: Vec<_> = [program.into()].into_iter().chain(arguments).collect();
            Err(BuildError::Failed {
                program: words.join(" "),
            })
        }
        Ok(ended) => Ok(String::from_utf8_lossy(&ended.stdout).trim_end().to_owned()),
    }
}

fn variable(name: &'static str) -> Result<OsString, BuildError> {
    env::var_os(name).ok_or(BuildError::NoBuildScript(name))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_there_where_its_folder_is() {
        // This workspace cannot be built without the target.
        assert!(has_target(&"rustc".into()).unwrap());
        // Answers its own arguments, which are no folder.
        assert!(!has_target(&"echo".into()).unwrap());
    }

    #[test]
    fn a_program_that_fails_or_is_missing_is_named() {
        let failed = output(Command::new("sh").args(["-c", "exit 3"]));
        assert!(matches!(failed, Err(BuildError::Failed { program }) if program == "sh -c exit 3"));
        let missing = output(&mut Command::new("/nowhere/cargo"));
        assert!(matches!(missing, Err(BuildError::Program { program, .. }) if program == "/nowhere/cargo"));
    }
}
