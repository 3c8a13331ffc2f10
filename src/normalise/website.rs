//! Websites, compared by their registrable domain (Public Suffix List).

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;

/// Hosts whose path names the owner, not the domain.
const SHARED: &[&str] = &[
    "facebook.com",
    "instagram.com",
    "linkedin.com",
    "xing.com",
    "twitter.com",
    "x.com",
    "tiktok.com",
    "youtube.com",
    "github.com",
    "google.com",
];

/// A website field.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let lower = clean.to_lowercase();
    if placeholder::is_placeholder(clean, &text::fold(clean), tables)
        || matches!(lower.as_str(), "http://" | "https://" | "www." | "http://www.")
    {
        return Normalised::placeholder(Attribute::Website, clean, placeholder::REASON);
    }
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host).trim_end_matches('.');
    // `n.n/…` names nobody, as `n.n` does.
    if placeholder::is_placeholder(host, &text::fold(host), tables) {
        return Normalised::placeholder(Attribute::Website, clean, placeholder::REASON);
    }
    let ascii = idna::domain_to_ascii(host).unwrap_or_else(|_| host.to_owned());
    let well_formed = ascii.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let Some(domain) = psl::domain_str(&ascii).filter(|_| ascii.contains('.') && well_formed) else {
        return Normalised::invalid(Attribute::Website, clean, "not a web address");
    };
    if matches!(domain, "example.com" | "example.org" | "example.net" | "test.de" | "domain.com") {
        return Normalised::placeholder(Attribute::Website, clean, placeholder::REASON);
    }
    if SHARED.contains(&domain) {
        let path = path.trim_matches('/').split(['?', '#', ':', ' ']).next().unwrap_or("");
        let path = path.trim_end_matches('/');
        let canonical = format!("{domain}/{path}");
        return Normalised::valid(Part::new(Attribute::Website, canonical.as_str(), canonical.as_str()));
    }
    Normalised::valid(Part::new(Attribute::Website, host, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(normalise(input, Tables::shipped()).parts[0].canonical, expect, "{input}");
    }

    #[test]
    fn registrable_domain() {
        check("https://www.Example-Shop.de/kontakt?x=1", "example-shop.de");
        check("shop.firma.co.uk", "firma.co.uk");
        check("http://www.müller.de", "xn--mller-kva.de");
        check("www.facebook.com/muellerbau/", "facebook.com/muellerbau");
        check("linkedin.com/in/ anna-maier/", "linkedin.com/in");
    }
}
