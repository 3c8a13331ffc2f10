//! What is known of mail providers: which spellings reach the same mailbox,
//! how their domains get mistyped, which hand out throw-away addresses.

use crate::normalise::Tables;
use crate::normalise::table::{Table, entries};
use compact_str::CompactString;
use std::sync::LazyLock;

/// Domains that are other names of one provider's mailboxes.
const ALIASES: &[(&str, &str)] = &[
    ("googlemail.com", "gmail.com"),
    ("google.com.de", "gmail.com"),
    ("protonmail.com", "proton.me"),
    ("pm.me", "proton.me"),
    ("protonmail.ch", "proton.me"),
    ("me.com", "icloud.com"),
    ("mac.com", "icloud.com"),
    ("t-online.com", "t-online.de"),
];

/// Providers with a domain in most countries.
const WORLDWIDE: &[&str] = &["aol", "hotmail", "live", "msn", "outlook", "yahoo"];

/// Domains that RFC 2606 keeps for examples: nobody's, and so anybody's.
pub const RESERVED: &[&str] = &["example.com", "example.net", "example.org"];

static PUBLIC: LazyLock<Table> =
    LazyLock::new(|| Table::verbatim(entries(include_str!("../data/email_providers.txt"))));

/// Whether anybody may have an address there, so that sharing the domain says
/// nothing of two addresses.
pub fn is_public_domain(domain: &str) -> bool {
    let name = domain.split('.').next().unwrap_or(domain);
    PUBLIC.contains(domain) || WORLDWIDE.contains(&name) || RESERVED.contains(&domain)
}

/// Endings that are no top-level domain, with the one meant.
const ENDINGS: &[(&str, &str)] = &[
    (".con", ".com"),
    (".cmo", ".com"),
    (".comm", ".com"),
    (".ocm", ".com"),
    (".vom", ".com"),
    (".xom", ".com"),
    (".cim", ".com"),
    (".coml", ".com"),
    (".d", ".de"),
    (".dee", ".de"),
    (".ed", ".de"),
    (".nte", ".net"),
    (".bet", ".net"),
    (".orgg", ".org"),
    (".ogr", ".org"),
];

/// The domain that was almost surely meant by a mistyped one.
pub fn meant_domain(domain: &str, tables: &Tables) -> Option<CompactString> {
    if let Some(meant) = tables.email_domains.get(domain) {
        return Some(meant.into());
    }
    let dot = domain.rfind('.')?;
    let (name, ending) = domain.split_at(dot);
    let (_, meant) = ENDINGS.iter().find(|(wrong, _)| *wrong == ending)?;
    let mut out = CompactString::from(name);
    out.push_str(meant);
    Some(out)
}

/// The mailbox that `local@domain` reaches: plus tags go everywhere, dots
/// where the provider ignores them, provider aliases are one.
pub fn mailbox(local: &str, domain: &str) -> CompactString {
    let domain = ALIASES.iter().find(|(alias, _)| *alias == domain).map_or(domain, |(_, to)| *to);
    let untagged = match local.split_once('+') {
        Some((before, _)) if !before.is_empty() => before,
        _ => local,
    };
    // Yahoo's tag sign is the hyphen, but hyphens there are mostly names.
    let mut out = CompactString::with_capacity(untagged.len() + domain.len() + 1);
    if domain == "gmail.com" {
        out.extend(untagged.chars().filter(|ch| *ch != '.'));
    } else {
        out.push_str(untagged.trim_matches('.'));
    }
    out.push('@');
    out.push_str(domain);
    out
}
