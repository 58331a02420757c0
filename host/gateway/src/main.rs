//! The program's door.

fn main() -> std::process::ExitCode {
    forgegate::main()
}
