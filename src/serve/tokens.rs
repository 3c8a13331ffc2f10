//! API tokens: who may do what. A token is 256 random bits, shown once; only
//! its hash is kept. The file is read again when it changes, so that tokens can
//! be made and revoked while the service runs.

use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a token allows. Roles do not include one another; a token may have
/// several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look up: match, records, customers, the change feed.
    Reader,
    /// Put records in and take them out.
    Writer,
    /// Look up, and decide about pairs.
    Steward,
    /// Look up, and answer for access and erasure.
    Approver,
    /// Run the service: export, audit, tokens, figures.
    Administrator,
}

impl Role {
    pub const ALL: [Role; 5] =
        [Self::Reader, Self::Writer, Self::Steward, Self::Approver, Self::Administrator];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Steward => "steward",
            Self::Approver => "approver",
            Self::Administrator => "administrator",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who uses it; the audit log has this name.
    pub name: String,
    pub roles: Vec<Role>,
    /// BLAKE3 of the token, in hex.
    #[schemars(skip)]
    pub hash: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; not valid from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// All tokens, those that are no longer valid included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    pub tokens: Vec<Token>,
}

/// Tells apart what this service issued from other secrets, in a leak for one.
const PREFIX: &str = "einklang_";

impl Token {
    pub fn is_valid(&self, now: jiff::Timestamp) -> bool {
        let is_over = |time: &str| time.parse::<jiff::Timestamp>().is_ok_and(|time| time <= now);
        self.revoked_at.is_none() && self.expires_at.as_deref().is_none_or(|time| !is_over(time))
    }
}

impl Tokens {
    pub fn path(state: &Path) -> PathBuf {
        state.join("tokens.json")
    }

    /// Reads the tokens; none where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or is none of tokens.
    pub fn read(state: &Path) -> Result<Self> {
        let path = Self::path(state);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Error::failed(format!("`{}` is no file of tokens: {error}", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io("read", &path, error)),
        }
    }

    /// Whether any token is valid.
    pub fn has_valid(&self, now: jiff::Timestamp) -> bool {
        self.tokens.iter().any(|token| token.is_valid(now))
    }

    /// The valid token that this is.
    pub fn find(&self, secret: &str, now: jiff::Timestamp) -> Option<&Token> {
        let hash = hash(secret);
        self.tokens.iter().find(|token| token.hash == hash && token.is_valid(now))
    }

    /// Makes a token, and returns it; it can be had only now.
    ///
    /// # Errors
    /// The name is in use, or there is no chance to be had.
    pub fn create(&mut self, name: &str, roles: Vec<Role>, days: Option<u32>) -> Result<String> {
        let now = jiff::Timestamp::now();
        if self.tokens.iter().any(|token| token.name == name && token.is_valid(now)) {
            return Err(Error::usage(format!("there is a token `{name}` already"))
                .with_hint("revoke it first, or choose another name"));
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::failed(format!("the system gives no random numbers: {error}")))?;
        let secret = format!("{PREFIX}{}", hex(&bytes));
        let expires_at = days
            .map(|days| now.checked_add(jiff::SignedDuration::from_hours(i64::from(days) * 24)))
            .transpose()
            .map_err(|_| Error::usage("that is too many days"))?;
        self.tokens.push(Token {
            name: name.to_owned(),
            roles,
            hash: hash(&secret),
            created_at: now.to_string(),
            expires_at: expires_at.map(|time| time.to_string()),
            revoked_at: None,
        });
        Ok(secret)
    }

    /// Ends the valid tokens of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn revoke(&mut self, name: &str) -> Result<()> {
        let now = jiff::Timestamp::now();
        let mut found = false;
        for token in self.tokens.iter_mut().filter(|token| token.name == name && token.is_valid(now)) {
            token.revoked_at = Some(now.to_string());
            found = true;
        }
        match found {
            true => Ok(()),
            false => Err(Error::usage(format!("there is no valid token `{name}`"))
                .with_hint("`einklang token list` shows them")),
        }
    }

    /// Writes the file whole or not at all, for its owner's eyes only.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, state: &Path) -> Result<()> {
        make_private_folder(state)?;
        let path = Self::path(state);
        let beside = state.join("tokens.json.new");
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::failed(format!("cannot write the tokens: {error}")))?;
        let write = || {
            let _ = std::fs::remove_file(&beside);
            let mut file = private().write(true).create_new(true).open(&beside)?;
            std::io::Write::write_all(&mut file, &text)?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)
        };
        write().map_err(|error| Error::io("write", &path, error))
    }
}

/// How files are opened that only their owner may read.
pub fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder, if need be, that only its owner may enter.
///
/// # Errors
/// It cannot be made.
pub fn make_private_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| Error::io("create", path, error))
}

/// A token holds 256 bits of chance: nobody guesses one by trying, so that a
/// slow hash would protect nothing.
fn hash(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_until_it_is_revoked() {
        let mut tokens = Tokens::default();
        let secret = tokens.create("crm", vec![Role::Writer], None).unwrap();
        let now = jiff::Timestamp::now();
        assert_eq!(tokens.find(&secret, now).map(|token| token.name.as_str()), Some("crm"));
        assert!(tokens.find("einklang_00", now).is_none());
        assert!(!serde_json::to_string(&tokens).unwrap().contains(&secret));
        assert!(tokens.create("crm", Vec::new(), None).is_err());
        tokens.revoke("crm").unwrap();
        assert!(tokens.find(&secret, jiff::Timestamp::now()).is_none());
        assert!(tokens.revoke("crm").is_err());
    }

    #[test]
    fn a_token_ends_when_it_was_told_to() {
        let mut tokens = Tokens::default();
        let secret = tokens.create("crm", vec![Role::Reader], Some(2)).unwrap();
        let hours = |hours| jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        assert!(tokens.find(&secret, hours(47)).is_some());
        assert!(tokens.find(&secret, hours(49)).is_none());
    }
}
