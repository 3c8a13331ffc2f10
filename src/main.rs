//! The `einklang` binary: hands the process's arguments to the command line
//! and its exit code back to the system, and names the allocator. Nothing else
//! belongs here.

use std::process::ExitCode;

/// Lets a run go out of core.
#[cfg(target_os = "linux")]
#[global_allocator]
static HEAP: einklang::engine::scratch::Heap = einklang::engine::scratch::Heap;

fn main() -> ExitCode {
    einklang::cli::main()
}
