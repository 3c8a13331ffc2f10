//! Shell completions and manual pages, made from the argument definitions.

use super::Done;
use super::args::Arguments;
use super::printer::Printer;
use crate::error::{Error, Result};
use clap::CommandFactory;
use std::path::Path;

pub fn completions(shell: clap_complete::Shell, printer: &mut Printer) -> Result<Done> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "einklang", &mut script);
    printer.raw(&script);
    Ok(Done::Clean)
}

/// One page to standard output, or a page per command into `folder`.
pub fn man(folder: Option<&Path>, printer: &mut Printer) -> Result<Done> {
    let command = Arguments::command();
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
            clap_mangen::generate_to(command, folder).map_err(|error| Error::io("write", folder, error))?;
            printer.note(&format!("wrote the manual pages to `{}`", folder.display()));
        }
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(command).render(&mut page);
            rendered.map_err(|error| Error::stream("write to", "standard output", error))?;
            printer.raw(&page);
        }
    }
    Ok(Done::Clean)
}
