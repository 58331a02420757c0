//! The program, as a binary of this package: `CARGO_BIN_EXE_…` exists only for one's own.

fn main() -> std::process::ExitCode {
    forgegate::main()
}
