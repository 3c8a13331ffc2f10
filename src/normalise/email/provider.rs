//! What is known of mail providers: which spellings reach the same mailbox,
//! how their domains get mistyped, which hand out throw-away addresses.

use crate::normalise::Tables;
use compact_str::CompactString;

/// Providers with a domain in most countries.
const WORLDWIDE: &[&str] = &["aol", "hotmail", "live", "msn", "outlook", "yahoo"];

/// Domains that RFC 2606 keeps for examples: nobody's, and so anybody's.
pub const RESERVED: &[&str] = &["example.com", "example.net", "example.org"];

/// Whether anybody may have an address there, so that sharing the domain says
/// nothing of two addresses.
pub fn is_public_domain(domain: &str, tables: &Tables) -> bool {
    let name = domain.split('.').next().unwrap_or(domain);
    tables.email_providers.contains(domain) || WORLDWIDE.contains(&name) || RESERVED.contains(&domain)
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
pub fn mailbox(local: &str, domain: &str, tables: &Tables) -> CompactString {
    let domain = tables.email_aliases.get(domain).unwrap_or(domain);
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
