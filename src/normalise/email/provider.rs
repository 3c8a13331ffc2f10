//! What is known of mail providers: which spellings reach the same mailbox,
//! how their domains get mistyped, which hand out throw-away addresses.

use crate::normalise::Tables;
use compact_str::CompactString;

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
