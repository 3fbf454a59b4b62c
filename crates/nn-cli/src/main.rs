//! The command `nn`: all of it is the library beside this file.

fn main() -> std::process::ExitCode {
    nn_cli::main()
}
