//! The `einklang` binary: hands the process's arguments to the command line
//! and its exit code back to the system. Nothing else belongs here.

use std::process::ExitCode;

/// Not yet measured against others: see `docs/decisions.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    einklang::cli::main()
}
