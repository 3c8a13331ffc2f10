//! The `einklang` binary: hands the process's arguments to the command line
//! and its exit code back to the system, and says where memory comes from.
//! Nothing else belongs here.

use einklang::engine::pages::LargePages;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: LargePages = LargePages;

fn main() -> ExitCode {
    einklang::cli::main()
}
