//! E-mail addresses: syntax, provider conventions that make two spellings one
//! mailbox, typing errors in well-known domains, placeholders and role names.

mod owner;
mod provider;

pub use owner::{Owner, owner};
pub use provider::is_public_domain;

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::CompactString;
use smallvec::SmallVec;

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
    if line.matches('@').count() == 1 && !line.contains(['<', ';']) {
        // `eva@web,de` has a comma for its dot.
        let dotted = comma_for_dot(line);
        let line = dotted.as_deref().unwrap_or(line);
        if !line.contains(',') {
            return one(clean, &text::clean(&alone(line)), tables).doubted("text beside the address");
        }
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

/// The address in a line with other words: `E-Mail: a@b.de` has a label, `Eva
/// Maier eva@web.de` a name, `eva@web.de (privat)` a remark; but `anna.o
/// connor@b.de` and `eva @web.de` only a space too many.
fn alone(line: &str) -> CompactString {
    let line = line.rfind(": ").map_or(line, |colon| &line[colon + 2..]);
    let words: SmallVec<[&str; 6]> = line.split(' ').collect();
    let at = words.iter().position(|word| word.contains('@')).unwrap_or(0);
    let address = words.get(at).copied().unwrap_or(line).trim_matches(is_wrapping);
    let whole = address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.ends_with('.'));
    let named = at > 1 || words[..at].iter().any(|word| word.starts_with(char::is_uppercase));
    let followed = words.get(at + 1).is_some_and(|next| !next.starts_with('.'));
    if whole && (named || followed) { address.into() } else { line.replace(' ', "").into() }
}

/// `eva@web,de` → `eva@web.de`
fn comma_for_dot(line: &str) -> Option<String> {
    let (before, ending) = line.rsplit_once(',')?;
    let (_, domain) = before.split_once('@')?;
    let fits = (2..=3).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_lowercase())
        && !domain.is_empty()
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| format!("{before}.{ending}"))
}

/// `eva (at) web (dot) de` with its signs; nothing where it has them.
fn signs_spelled(text: &str) -> Option<String> {
    const AT: [&str; 6] = [" (at) ", "(at)", " [at] ", "[at]", "{at}", " at "];
    const DOT: [&str; 7] = [" (dot) ", "(dot)", " [dot] ", "[dot]", " (punkt) ", "(punkt)", " dot "];
    if text.contains('@') {
        return None;
    }
    let lower = text.to_lowercase();
    let at = AT.iter().find(|at| lower.contains(**at))?;
    let signed = DOT.iter().fold(lower.replacen(at, "@", 1), |text, dot| text.replace(dot, "."));
    (!signed.contains(' ') && signed.rsplit('@').next().is_some_and(|domain| domain.contains('.')))
        .then_some(signed)
}

fn one(clean: &str, text: &str, tables: &Tables) -> Normalised {
    let lower = lower(text);
    let lower = lower.strip_prefix("mailto:").unwrap_or(&lower);
    let bare = lower.trim_matches(|ch| matches!(ch, '.' | '@' | ':') || is_wrapping(ch));
    let Some((local, domain)) = bare.rsplit_once('@') else {
        return without_at(clean, lower, tables);
    };
    // `mailto:` may bring a subject along.
    let domain = domain.split_once('?').map_or(domain, |(domain, _)| domain.trim_end_matches('.'));
    let domain = if domain.is_ascii() {
        CompactString::from(domain)
    } else {
        idna::domain_to_ascii(domain).map_or_else(|_| CompactString::from(domain), CompactString::from)
    };
    if let Some(fault) = fault_of(local, &domain) {
        return Normalised::invalid(Attribute::Email, clean, fault);
    }
    if is_placeholder(local, &domain, tables) {
        return Normalised::placeholder(Attribute::Email, clean, placeholder::REASON);
    }
    judged(local, &domain, tables)
}

/// A text that is no address as it stands.
fn without_at(clean: &str, lower: &str, tables: &Tables) -> Normalised {
    if placeholder::is_placeholder(clean, &text::fold(clean), tables)
        || tables.email_nobody.contains(&signless(lower))
    {
        return Normalised::placeholder(Attribute::Email, clean, placeholder::REASON);
    }
    if lower.contains('@') {
        return Normalised::invalid(Attribute::Email, clean, "nothing beside the `@`");
    }
    match signs_spelled(lower) {
        Some(address) => one(clean, &address, tables).doubted("its signs are spelled out"),
        None => Normalised::invalid(Attribute::Email, clean, "no `@` in it"),
    }
}

/// An address of good form.
fn judged(local: &str, domain: &str, tables: &Tables) -> Normalised {
    let meant = provider::meant_domain(domain, tables);
    let canonical = provider::mailbox(local, meant.as_deref().unwrap_or(domain), tables);
    let mut display = CompactString::with_capacity(local.len() + domain.len() + 1);
    display.push_str(local);
    display.push('@');
    display.push_str(domain);
    let normal = Normalised::valid(Part::new(Attribute::Email, display, canonical));
    if meant.is_some() {
        normal.doubted("domain is probably mistyped")
    } else if !domain.contains('.') {
        normal.doubted("domain has no dot")
    } else if tables.email_roles.contains(local) {
        normal.doubted("an address of a function, not a person")
    } else if tables.email_disposable.contains(domain) {
        normal.doubted("a throw-away address")
    } else if provider::RESERVED.contains(&domain) {
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

/// The letters and digits alone.
fn signless(text: &str) -> CompactString {
    if !text.is_ascii() {
        return text.chars().filter(|ch| ch.is_alphanumeric()).collect();
    }
    let bytes: SmallVec<[u8; 40]> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    std::str::from_utf8(&bytes).map(CompactString::from).unwrap_or_default()
}

fn is_placeholder(local: &str, domain: &str, tables: &Tables) -> bool {
    if tables.email_nowhere.contains(domain) {
        return true;
    }
    let bare = signless(local);
    if bare.is_empty() || tables.email_nobody.contains(&bare) {
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
        check("mailto:hans@web.de?subject=x", "hans@web.de", Verdict::Valid);
    }

    #[test]
    fn mistyped_domains_are_doubtful() {
        check("hans@gmial.com", "hans@gmail.com", Verdict::Doubtful);
        check("hans@web.d", "hans@web.de", Verdict::Doubtful);
        check("hans@gmx.ed", "hans@gmx.de", Verdict::Doubtful);
        check("hans@yahoo.con", "hans@yahoo.com", Verdict::Doubtful);
        check("info@firma.de", "info@firma.de", Verdict::Doubtful);
        for line in [
            "Hans Müller hans@web.de",
            "Hans hans@web.de",
            "hans@web.de (privat)",
            "E-Mail: hans@web.de",
            "hans @web.de",
            "hans@ web.de",
            "hans@web .de",
            "hans@web,de",
            "hans(at)web.de",
            "hans [at] web [dot] de",
            "hans@web",
        ] {
            check(line, "hans@web.de", Verdict::Doubtful);
        }
    }

    #[test]
    fn nobody_and_nonsense() {
        for value in ["test@test.de", "noreply@example.com", "keine@email.de", "n/a", "no-reply@shop.de"] {
            check(value, "", Verdict::Placeholder);
        }
        check("hans.web.de", "", Verdict::Invalid);
        check("hans@@web.de", "", Verdict::Invalid);
        check("hans@firma", "hans@firma", Verdict::Doubtful);
    }
}
