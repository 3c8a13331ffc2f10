//! `einklang serve`, `token` and `audit`: brings flags, environment and file
//! together, and starts the service or looks after its tokens and its log.

use super::args::{ApprovedChoice, Audit, Process, RoleChoice, Serve, State, Token};
use super::printer::{self, Printer};
use super::{Done, keys};
use crate::engine::live::Approved;
use crate::error::{Error, Result};
use crate::serve::tokens::{Role, Tokens};
use crate::serve::{self, Settings};
use crate::store::Key;
use std::path::PathBuf;
use std::sync::Arc;

pub fn run(arguments: &Serve) -> Result<Done> {
    serve::run(settings(arguments)?, Arc::new(printer::talk))?;
    Ok(Done::Clean)
}

/// Flags and environment (which clap brings together) before the file.
fn settings(arguments: &Serve) -> Result<Settings> {
    let mut settings = settings_of(&arguments.process)?;
    macro_rules! take {
        ($($name:ident),*) => { $(if let Some(told) = arguments.$name.clone() { settings.$name = told; })* };
    }
    macro_rules! take_optional {
        ($($name:ident),*) => { $(if arguments.$name.is_some() { settings.$name = arguments.$name.clone(); })* };
    }
    take!(
        listen,
        hosts,
        connections_max,
        body_bytes_max,
        request_seconds_max,
        queue_operations_max,
        group_operations_max,
        token_requests_per_second_max,
        stop_seconds_max,
        log_requests,
        four_eyes,
        four_eyes_records_min
    );
    if let Some(told) = arguments.four_eyes_decisions {
        settings.four_eyes_decisions = approved(told);
    }
    take_optional!(tls_certificate, tls_key);
    Ok(settings)
}

/// The settings of any process that has a store. Its key: a file that a flag or
/// a variable names before a variable that holds the key, that before the file
/// of settings.
pub fn settings_of(told: &Process) -> Result<Settings> {
    let mut settings = match &told.config {
        Some(path) => Settings::read(path)?,
        None => Settings::default(),
    };
    if let Some(store) = &told.store {
        settings.store.clone_from(store);
    }
    settings.state = told.state.clone().or(settings.state);
    settings.disk_bytes_min = told.disk_bytes_min.unwrap_or(settings.disk_bytes_min);
    settings.otlp_endpoint = told.otlp_endpoint.clone().or(settings.otlp_endpoint);
    settings.otlp_ca = told.otlp_ca.clone().or(settings.otlp_ca);
    settings.otlp_certificate = told.otlp_certificate.clone().or(settings.otlp_certificate);
    settings.otlp_key = told.otlp_key.clone().or(settings.otlp_key);
    settings.key = match keys::read(told.key.key_file.as_deref())? {
        Some(key) => Some(key),
        None => settings.key_file.as_deref().map(Key::read).transpose()?,
    };
    match settings.store.as_os_str().is_empty() {
        true => Err(Error::usage("no store is named").with_hint("give `--store DIR`")),
        false => Ok(settings),
    }
}

fn approved(choice: ApprovedChoice) -> Approved {
    match choice {
        ApprovedChoice::None => Approved::None,
        ApprovedChoice::Joins => Approved::Joins,
        ApprovedChoice::All => Approved::All,
    }
}

pub fn token(command: &Token, printer: &mut Printer) -> Result<Done> {
    match command {
        Token::Create { state, name, roles, days } => {
            let folder = folder(state);
            let mut tokens = Tokens::read(&folder)?;
            let mut roles: Vec<Role> = roles.iter().copied().map(role).collect();
            roles.sort_unstable();
            roles.dedup();
            let secret = tokens.create(name, roles, *days)?;
            tokens.write(&folder)?;
            printer.data(&secret);
            printer.note("keep it well; it is not shown again");
        }
        Token::List { state } => {
            for token in Tokens::read(&folder(state))?.tokens {
                let is_valid = token.is_valid(jiff::Timestamp::now());
                let roles: Vec<&str> = token.roles.iter().map(|role| role.name()).collect();
                let end = match (&token.revoked_at, &token.expires_at) {
                    (Some(at), _) => format!("revoked {at}"),
                    (None, Some(at)) if is_valid => format!("until {at}"),
                    (None, Some(at)) => format!("expired {at}"),
                    (None, None) => "valid".to_owned(),
                };
                printer.data(&format!("{}  {}  {end}", token.name, roles.join(",")));
            }
        }
        Token::Revoke { state, name } => {
            let folder = folder(state);
            let mut tokens = Tokens::read(&folder)?;
            tokens.revoke(name)?;
            tokens.write(&folder)?;
            printer.note(&format!("the token `{name}` is revoked"));
        }
    }
    Ok(Done::Clean)
}

pub fn audit(command: &Audit, printer: &mut Printer) -> Result<Done> {
    let Audit::Verify { state, known } = command;
    let head = serve::audit::verify(&folder(state), known.as_deref())?;
    if printer.json {
        let text = serde_json::to_string(&head).map_err(|error| Error::failed(error.to_string()))?;
        printer.data(&text);
    } else {
        printer.data(&format!("{} lines, each as it was written; the last has the hash", head.entries));
        printer.data(&head.hash);
    }
    Ok(Done::Clean)
}

fn folder(state: &State) -> PathBuf {
    let settings = Settings {
        store: state.store.clone().unwrap_or_default(),
        state: state.state.clone(),
        ..Settings::default()
    };
    settings.state()
}

fn role(choice: RoleChoice) -> Role {
    match choice {
        RoleChoice::Reader => Role::Reader,
        RoleChoice::Writer => Role::Writer,
        RoleChoice::Steward => Role::Steward,
        RoleChoice::Approver => Role::Approver,
        RoleChoice::Administrator => Role::Administrator,
    }
}
