//! E-mail addresses: syntax, provider conventions that make two spellings one
//! mailbox, typing errors in well-known domains, placeholders and role names.

mod owner;
mod provider;

pub use owner::{Owner, owner};
pub use provider::is_public_domain;

use super::{Normalised, Part, Tables, placeholder, text};
use crate::normalise::table::{Table, entries};
use crate::record::Attribute;
use compact_str::CompactString;
use std::sync::LazyLock;

/// Local parts that stand for no address, wherever they are.
static NOBODY: LazyLock<Table> =
    LazyLock::new(|| Table::verbatim(entries(include_str!("data/email_nobody.txt"))));

/// Domains that stand for no address, whatever is before them.
static NOWHERE: LazyLock<Table> =
    LazyLock::new(|| Table::verbatim(entries(include_str!("data/email_nowhere.txt"))));

/// An e-mail field; several addresses in one field give several parts.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_bare = bare(clean.as_bytes().first()) && bare(clean.as_bytes().last());
    let trimmed = if is_bare { clean } else { clean.trim_matches(is_wrapping) };
    if trimmed.contains([' ', ';', ',', '<']) {
        return several(clean, trimmed, tables);
    }
    one(clean, trimmed, tables)
}

/// Signs that stand around an address, not in it.
fn is_wrapping(sign: char) -> bool {
    matches!(sign, '<' | '>' | '"' | '\'' | ';' | ',' | '(' | ')' | ' ' | '[' | ']')
}

fn several(clean: &str, line: &str, tables: &Tables) -> Normalised {
    let mut found: Option<Normalised> = None;
    // `a b@c.de` with a stray space is one address; `A B <a@b.de>` names one.
    if line.matches('@').count() == 1 && !line.contains(['<', ';', ',']) && !line.contains(" @") {
        // `E-Mail: a@b.de` has a label, `anna.o connor@b.de` a space too many.
        let at = line.rfind(": ").map_or(line, |colon| &line[colon + 2..]);
        return one(clean, &text::clean(&at.replace(' ', "")), tables).doubted("text beside the address");
    }
    for piece in line.split([' ', ';', ',', '<', '>']).filter(|piece| piece.contains('@') && piece.len() > 1)
    {
        let piece = piece.trim_matches(is_wrapping);
        let next = one(piece, piece, tables);
        match &mut found {
            None => found = Some(next),
            Some(first) if next.verdict.is_evidence() && first.verdict.is_evidence() => {
                first.parts.extend(next.parts)
            }
            Some(first) if next.verdict.is_evidence() => *first = next,
            Some(_) => {}
        }
    }
    found.unwrap_or_else(|| one(clean, &line.replace(' ', ""), tables))
}

fn one(clean: &str, text: &str, tables: &Tables) -> Normalised {
    let lower = lower(text);
    let lower = lower
        .strip_prefix("mailto:")
        .unwrap_or(&lower)
        .trim_matches(|ch| ch == '.' || ch == '@' || ch == ':');
    let Some((local, domain)) = lower.rsplit_once('@') else {
        if placeholder::is_placeholder(clean, &text::fold(clean)) || NOBODY.contains(lower) {
            return Normalised::placeholder(Attribute::Email, clean, placeholder::REASON);
        }
        return Normalised::invalid(Attribute::Email, clean, "no `@` in it");
    };
    let domain = if domain.is_ascii() {
        CompactString::from(domain)
    } else {
        idna::domain_to_ascii(domain).map_or_else(|_| CompactString::from(domain), CompactString::from)
    };
    if let Some(fault) = fault_of(local, &domain) {
        return Normalised::invalid(Attribute::Email, clean, fault);
    }
    if is_placeholder(local, &domain) {
        return Normalised::placeholder(Attribute::Email, clean, placeholder::REASON);
    }
    let meant = provider::meant_domain(&domain, tables);
    let canonical = provider::mailbox(local, meant.as_deref().unwrap_or(&domain));
    let mut display = CompactString::with_capacity(local.len() + domain.len() + 1);
    display.push_str(local);
    display.push('@');
    display.push_str(&domain);
    let normal = Normalised::valid(Part::new(Attribute::Email, display, canonical));
    if !domain.contains('.') {
        normal.doubted("domain has no dot")
    } else if meant.is_some() {
        normal.doubted("domain is probably mistyped")
    } else if tables.email_roles.contains(local) {
        normal.doubted("an address of a function, not a person")
    } else if tables.email_disposable.contains(&domain) {
        normal.doubted("a throw-away address")
    } else if provider::RESERVED.contains(&domain.as_str()) {
        normal.doubted("a domain reserved for examples")
    } else {
        normal
    }
}

fn lower(text: &str) -> CompactString {
    if text.is_ascii() {
        let mut out = CompactString::from(text);
        out.as_mut_str().make_ascii_lowercase();
        return out;
    }
    text.to_lowercase().into()
}

fn fault_of(local: &str, domain: &str) -> Option<&'static str> {
    if local.is_empty() || domain.is_empty() {
        Some("nothing beside the `@`")
    } else if local.contains('@') {
        Some("more than one `@`")
    } else if !is_well_formed(domain) {
        Some("domain is not well-formed")
    } else if local.chars().any(|ch| {
        ch.is_whitespace() || matches!(ch, '(' | ')' | '<' | '>' | '[' | ']' | ':' | ',' | ';' | '\\')
    }) {
        Some("local part is not well-formed")
    } else {
        None
    }
}

fn is_well_formed(domain: &str) -> bool {
    let ending = domain.rsplit('.').next().unwrap_or("");
    let dots_fit = !domain.starts_with(['.', '-']) && !domain.contains("..") && !domain.ends_with('-');
    dots_fit
        && domain.chars().all(|ch| ch.is_alphanumeric() || ch == '.' || ch == '-')
        && (ending.starts_with("xn--") || !ending.bytes().any(|byte| byte.is_ascii_digit()))
}

fn is_placeholder(local: &str, domain: &str) -> bool {
    if NOWHERE.contains(domain) {
        return true;
    }
    if local.len() > 16 {
        return false;
    }
    let bare: CompactString = if local.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        local.into()
    } else {
        local.chars().filter(|ch| ch.is_alphanumeric()).collect()
    };
    if bare.is_empty() || NOBODY.contains(bare.as_str()) {
        return true;
    }
    // `test@test.de`, `a@a.de`, `xxx@xxx.com`.
    let name = domain.split('.').next().unwrap_or("");
    bare == name && bare.len() <= 5
        || bare.len() >= 3 && bare.bytes().all(|byte| Some(&byte) == bare.as_bytes().first())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;

    fn check(input: &str, expect: &str, verdict: Verdict) {
        let normal = normalise(input, Tables::shipped());
        let canonical = normal.parts.first().map_or("", |part| part.canonical.as_str());
        assert_eq!((canonical, normal.verdict), (expect, verdict), "{input}");
    }

    #[test]
    fn one_mailbox_one_form() {
        check("Hans.Mueller@GMX.de", "hans.mueller@gmx.de", Verdict::Valid);
        check("hans.mueller+shop@gmail.com", "hansmueller@gmail.com", Verdict::Valid);
        check("hans.mueller@googlemail.com", "hansmueller@gmail.com", Verdict::Valid);
        check("hans+news@web.de", "hans@web.de", Verdict::Valid);
        check("mailto:hans@web.de", "hans@web.de", Verdict::Valid);
        check("Hans Müller <hans@web.de>", "hans@web.de", Verdict::Valid);
        check("hans@müller.de", "hans@xn--mller-kva.de", Verdict::Valid);
    }

    #[test]
    fn mistyped_domains_are_doubtful() {
        check("hans@gmial.com", "hans@gmail.com", Verdict::Doubtful);
        check("hans@web.d", "hans@web.de", Verdict::Doubtful);
        check("hans@gmx.ed", "hans@gmx.de", Verdict::Doubtful);
        check("hans@yahoo.con", "hans@yahoo.com", Verdict::Doubtful);
        check("info@firma.de", "info@firma.de", Verdict::Doubtful);
    }

    #[test]
    fn nobody_and_nonsense() {
        for value in ["test@test.de", "noreply@example.com", "keine@email.de", "n/a", "no-reply@shop.de"] {
            check(value, "", Verdict::Placeholder);
        }
        check("hans.web.de", "", Verdict::Invalid);
        check("hans@@web.de", "", Verdict::Invalid);
        check("hans@web", "hans@web", Verdict::Doubtful);
    }
}
