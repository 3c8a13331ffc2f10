//! The command line: arguments in, one engine call, exit code out.

use std::process::ExitCode;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    ExitCode::from(2)
}
