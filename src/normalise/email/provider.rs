//! What is known of mail providers: which spellings reach the same mailbox,
//! how their domains get mistyped, which hand out throw-away addresses.

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

/// Mistyped domains that nobody else uses for mail.
const TYPOS: &[(&str, &str)] = &[
    ("gmial.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gamil.com", "gmail.com"),
    ("gnail.com", "gmail.com"),
    ("gmaill.com", "gmail.com"),
    ("gmil.com", "gmail.com"),
    ("gmal.com", "gmail.com"),
    ("gmail.co", "gmail.com"),
    ("gmail.cm", "gmail.com"),
    ("gmail.om", "gmail.com"),
    ("gmail.de", "gmail.com"),
    ("gmaik.com", "gmail.com"),
    ("gmail.comm", "gmail.com"),
    ("googelmail.com", "gmail.com"),
    ("googlmail.com", "gmail.com"),
    ("goglemail.com", "gmail.com"),
    ("googlemail.de", "gmail.com"),
    ("gogglemail.com", "gmail.com"),
    ("gmsil.com", "gmail.com"),
    ("gmali.com", "gmail.com"),
    ("hmail.com", "gmail.com"),
    ("gmx.ed", "gmx.de"),
    ("gxm.de", "gmx.de"),
    ("gmx.d", "gmx.de"),
    ("gmy.de", "gmx.de"),
    ("gmc.de", "gmx.de"),
    ("gmx.dee", "gmx.de"),
    ("gnx.de", "gmx.de"),
    ("gmx.nte", "gmx.net"),
    ("gmx.ne", "gmx.net"),
    ("gmx.bet", "gmx.net"),
    ("web.ed", "web.de"),
    ("wen.de", "web.de"),
    ("wbe.de", "web.de"),
    ("webb.de", "web.de"),
    ("eb.de", "web.de"),
    ("web.dee", "web.de"),
    ("web.d", "web.de"),
    ("wb.de", "web.de"),
    ("ewb.de", "web.de"),
    ("we.de", "web.de"),
    ("web.de.de", "web.de"),
    ("t-onlin.de", "t-online.de"),
    ("t-onlne.de", "t-online.de"),
    ("tonline.de", "t-online.de"),
    ("t-onine.de", "t-online.de"),
    ("t-oline.de", "t-online.de"),
    ("t-online.ed", "t-online.de"),
    ("t-online.d", "t-online.de"),
    ("t-onlien.de", "t-online.de"),
    ("hotmial.com", "hotmail.com"),
    ("hotmai.com", "hotmail.com"),
    ("hotmal.com", "hotmail.com"),
    ("hotmil.com", "hotmail.com"),
    ("hotmali.com", "hotmail.com"),
    ("hitmail.com", "hotmail.com"),
    ("hotmaill.com", "hotmail.com"),
    ("hotamil.com", "hotmail.com"),
    ("hotnail.com", "hotmail.com"),
    ("hotmail.co", "hotmail.com"),
    ("homail.com", "hotmail.com"),
    ("hotmail.ed", "hotmail.de"),
    ("yaho.de", "yahoo.de"),
    ("yahoo.ed", "yahoo.de"),
    ("yahho.de", "yahoo.de"),
    ("yhaoo.de", "yahoo.de"),
    ("yaho.com", "yahoo.com"),
    ("yahooo.com", "yahoo.com"),
    ("yhoo.com", "yahoo.com"),
    ("yahoo.co", "yahoo.com"),
    ("yahoo.comm", "yahoo.com"),
    ("yahho.com", "yahoo.com"),
    ("outlok.com", "outlook.com"),
    ("outloo.com", "outlook.com"),
    ("outllok.com", "outlook.com"),
    ("outlook.co", "outlook.com"),
    ("oulook.com", "outlook.com"),
    ("outlook.ed", "outlook.de"),
    ("outlok.de", "outlook.de"),
    ("otlook.com", "outlook.com"),
    ("iclod.com", "icloud.com"),
    ("icoud.com", "icloud.com"),
    ("iclud.com", "icloud.com"),
    ("icloud.co", "icloud.com"),
    ("icloude.com", "icloud.com"),
    ("freent.de", "freenet.de"),
    ("frenet.de", "freenet.de"),
    ("feenet.de", "freenet.de"),
    ("arcro.de", "arcor.de"),
    ("acor.de", "arcor.de"),
    ("bluewn.ch", "bluewin.ch"),
    ("bluwin.ch", "bluewin.ch"),
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

/// Providers that hand out addresses for minutes.
const DISPOSABLE: &[&str] = &[
    "10minutemail.com",
    "byom.de",
    "discard.email",
    "dispostable.com",
    "einrot.com",
    "emailondeck.com",
    "existiert.net",
    "fakeinbox.com",
    "getairmail.com",
    "getnada.com",
    "grr.la",
    "guerrillamail.com",
    "guerrillamail.de",
    "hidemail.de",
    "kurzepost.de",
    "maildrop.cc",
    "mailinator.com",
    "mailnesia.com",
    "mintemail.com",
    "mohmal.com",
    "mytrashmail.com",
    "objectmail.com",
    "proxymail.eu",
    "rcpt.at",
    "sharklasers.com",
    "spambog.com",
    "spamgourmet.com",
    "temp-mail.org",
    "tempmail.de",
    "tempr.email",
    "throwawaymail.com",
    "trash-mail.com",
    "trash-mail.de",
    "trashmail.com",
    "trashmail.de",
    "trbvm.com",
    "wegwerfemail.de",
    "wegwerfmail.de",
    "yopmail.com",
    "zehnminutenmail.de",
];

/// The domain that was almost surely meant by a mistyped one.
pub fn meant_domain(domain: &str) -> Option<CompactString> {
    if let Some((_, meant)) = TYPOS.iter().find(|(typo, _)| typo.len() == domain.len() && *typo == domain) {
        return Some((*meant).into());
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

/// Whether the provider's addresses last only minutes.
pub fn is_disposable(domain: &str) -> bool {
    DISPOSABLE.contains(&domain)
}
