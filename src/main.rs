//! The `einklang` binary: hands the process's arguments to the command line
//! and its exit code back to the system. Nothing else belongs here.

use std::process::ExitCode;

fn main() -> ExitCode {
    einklang::cli::main()
}
