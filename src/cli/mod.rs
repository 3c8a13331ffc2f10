//! Layer 6: the command line. Arguments in, one engine call, an exit code out;
//! what is decided about data is decided below.

mod args;
mod blocking;
#[cfg(feature = "kafka")]
mod consume;
mod decisions;
mod estimate;
mod evaluate;
mod explain;
#[cfg(feature = "store")]
mod export;
mod init;
mod inputs;
#[cfg(feature = "store")]
mod keys;
mod label;
mod normalise;
mod printer;
mod progress;
#[cfg(feature = "store")]
mod review;
mod rules;
#[cfg(feature = "store")]
mod ruling;
#[cfg(feature = "serve")]
mod serve;
mod shell;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
mod train;
mod unify;
#[cfg(feature = "store")]
mod upsert;
#[cfg(feature = "store")]
mod verify;

use crate::error::{ErrorKind, Result};
use args::{Arguments, Command};
use clap::Parser;
use printer::Printer;
use std::process::ExitCode;

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// All is in order: exit code 0.
    Clean,
    /// It is done, but rows were quarantined: exit code 3.
    Quarantined,
}

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    // Clap prints help and usage errors itself, and exits with 0 or 2.
    let arguments = Arguments::parse();
    let mut printer = Printer::new(arguments.color, arguments.quiet, arguments.json);
    let result = run(&arguments.command, &mut printer).and_then(|done| printer.finish().map(|()| done));
    match result {
        Ok(Done::Clean) => ExitCode::SUCCESS,
        Ok(Done::Quarantined) => ExitCode::from(3),
        Err(error) => {
            printer.error(&error);
            ExitCode::from(match error.kind() {
                ErrorKind::Usage => 2,
                ErrorKind::Failed => 1,
            })
        }
    }
}

fn run(command: &Command, printer: &mut Printer) -> Result<Done> {
    match command {
        Command::Unify(arguments) => unify::run(arguments, printer),
        #[cfg(feature = "store")]
        Command::Export(arguments) => export::run(arguments, printer),
        #[cfg(feature = "store")]
        Command::Verify(arguments) => verify::run(arguments, printer),
        #[cfg(feature = "store")]
        Command::Upsert(arguments) => upsert::run(arguments, printer),
        #[cfg(feature = "store")]
        Command::Changes(arguments) => store::changes(arguments, printer),
        #[cfg(feature = "store")]
        Command::Record(arguments) => store::record(arguments, printer),
        #[cfg(feature = "store")]
        Command::Customer(arguments) => store::customer(arguments, printer),
        #[cfg(feature = "store")]
        Command::History(arguments) => store::history(arguments, printer),
        #[cfg(feature = "store")]
        Command::Judge(arguments) => store::judge(arguments, printer),
        #[cfg(feature = "store")]
        Command::Pin(arguments) => store::pin(arguments, printer),
        #[cfg(feature = "store")]
        Command::Review(arguments) => review::run(arguments, printer),
        #[cfg(feature = "store")]
        Command::Erase(arguments) => store::erase(arguments, printer),
        #[cfg(feature = "store")]
        Command::Access(arguments) => store::access(arguments, printer),
        #[cfg(feature = "store")]
        Command::Backup(arguments) => store::backup(arguments, printer),
        #[cfg(feature = "store")]
        Command::Rekey(arguments) => store::rekey(arguments, printer),
        #[cfg(feature = "store")]
        Command::Restore(arguments) => store::restore(arguments, printer),
        #[cfg(feature = "store")]
        Command::Search(arguments) => store::search(arguments, printer),
        #[cfg(feature = "store")]
        Command::Train(arguments) => train::run(arguments, printer),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::run(arguments),
        #[cfg(feature = "kafka")]
        Command::Consume(arguments) => consume::run(arguments),
        #[cfg(feature = "serve")]
        Command::Token(command) => serve::token(command, printer),
        #[cfg(feature = "serve")]
        Command::Audit(command) => serve::audit(command, printer),
        Command::Init(arguments) => init::run(arguments, printer),
        Command::Evaluate(arguments) => evaluate::run(arguments, printer),
        Command::Label(arguments) => label::run(arguments, printer),
        Command::Estimate(arguments) => estimate::run(arguments, printer),
        Command::Blocking(arguments) => blocking::run(arguments, printer),
        Command::Explain(arguments) => explain::run(arguments, printer),
        Command::Normalise(arguments) => normalise::run(arguments, printer),
        Command::Rules(command) => rules::run(command, printer),
        Command::Completions { shell } => shell::completions(*shell, printer),
        Command::Man { out } => shell::man(out.as_deref(), printer),
    }
}
