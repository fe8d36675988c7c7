//! The binary `tracestone`.

fn main() -> std::process::ExitCode {
    tracestone::main()
}
