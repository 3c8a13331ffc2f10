//! Social handles: the account that a profile's address or an `@name` stands
//! for. The comparison form is `network@handle`, with nothing before the `@`
//! where the network is not told.

use super::{Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::{CompactString, format_compact};

/// A network: its name, hosts, and the paths that lead to persons' or
/// companies' accounts (empty: the handle comes first).
struct Network {
    name: &'static str,
    hosts: &'static [&'static str],
    paths: &'static [&'static str],
    /// First segments that are pages of the network itself.
    pages: &'static [&'static str],
}

const NETWORKS: &[Network] = &[
    Network {
        name: "facebook",
        hosts: &["facebook.com", "fb.com", "fb.me"],
        paths: &["", "people", "pg", "pages"],
        pages: &[
            "groups",
            "events",
            "sharer",
            "sharer.php",
            "share",
            "watch",
            "marketplace",
            "login",
            "hashtag",
            "photo.php",
            "story.php",
        ],
    },
    Network {
        name: "instagram",
        hosts: &["instagram.com", "instagr.am"],
        paths: &["", "stories"],
        pages: &["p", "reel", "reels", "explore", "accounts", "tv"],
    },
    Network {
        name: "linkedin",
        hosts: &["linkedin.com"],
        paths: &["in", "company", "pub", "school"],
        pages: &["feed", "jobs", "posts", "groups", "learning", "pulse", "sharing"],
    },
    Network {
        name: "tiktok",
        hosts: &["tiktok.com"],
        paths: &[""],
        pages: &["tag", "music", "discover", "foryou"],
    },
    Network {
        name: "x",
        hosts: &["x.com", "twitter.com"],
        paths: &[""],
        pages: &["i", "intent", "hashtag", "search", "share", "home", "login", "explore"],
    },
    Network {
        name: "xing",
        hosts: &["xing.com"],
        paths: &["profile", "pages", "companies"],
        pages: &["jobs", "events", "communities", "news"],
    },
    Network {
        name: "youtube",
        hosts: &["youtube.com"],
        paths: &["", "c", "user", "channel"],
        pages: &["watch", "playlist", "results", "shorts", "feed"],
    },
];

/// The longest handle that any network allows, LinkedIn's.
const HANDLE_LENGTH_MAX: usize = 100;

/// What stands around a handle or an address and is no part of it.
const AROUND: [char; 3] = ['@', '.', ' '];

/// A field for social handles.
pub(super) fn normalise(clean: &str, tables: &Tables) -> Normalised {
    let attribute = Attribute::SocialHandle;
    if placeholder::is_placeholder(clean, &text::fold(clean), tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    let lower = clean.to_lowercase();
    let address = lower.split_once("://").map(|(_, rest)| rest);
    // A handle is shown with an `@`; what is shown must be read as what it was.
    let bare = address.unwrap_or(&lower).trim_matches(AROUND);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let host = without_subdomain(host.trim_end_matches('.'));
    let found = match NETWORKS.iter().find(|network| network.hosts.contains(&host)) {
        Some(network) => account(network, path).map(|handle| (network.name, network.hosts.first(), handle)),
        // Another site's address is no handle, nor is a mail address.
        None if address.is_some() || bare.contains(['/', '@']) => None,
        None => handle(bare).map(|handle| ("", None, handle)),
    };
    let Some((network, host, handle)) = found else {
        return Normalised::invalid(attribute, clean, "no profile's address or handle");
    };
    if placeholder::is_placeholder(&handle, &text::fold(&handle), tables) {
        return Normalised::placeholder(attribute, clean, placeholder::REASON);
    }
    let canonical = folded(&handle, network);
    if canonical.is_empty() {
        return Normalised::invalid(attribute, clean, "no profile's address or handle");
    }
    let display = match host {
        Some(host) => format_compact!("{host}/{}{handle}", first_path(network)),
        None => format_compact!("@{handle}"),
    };
    Normalised::valid(Part::new(attribute, display, format_compact!("{network}@{canonical}")))
}

/// The handle in plain letters. Facebook reaches one account with dots and
/// without.
fn folded(handle: &str, network: &str) -> CompactString {
    let plain = any_ascii::any_ascii(handle).to_ascii_lowercase();
    let counts = |ch: &char| {
        ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-') || *ch == '.' && network != "facebook"
    };
    plain.chars().filter(counts).collect()
}

/// `de-de.facebook.com` is `facebook.com`.
fn without_subdomain(host: &str) -> &str {
    let hosts = NETWORKS.iter().flat_map(|network| network.hosts);
    let known = hosts.copied().find(|known| host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')));
    known.unwrap_or(host)
}

/// The path that a shown address needs before the handle.
fn first_path(network: &str) -> &'static str {
    match network {
        "linkedin" => "in/",
        "xing" => "profile/",
        _ => "",
    }
}

/// The handle in the path of a network's address.
fn account(network: &Network, path: &str) -> Option<CompactString> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.split('#').next().unwrap_or(path);
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next()?;
    if first == "profile.php" {
        // Facebook accounts without a name have a number.
        let id = query.split('&').find_map(|pair| pair.strip_prefix("id="))?;
        return handle(id);
    }
    if network.pages.contains(&first) {
        return None;
    }
    if network.paths.contains(&first) {
        // `people/Anna-Maier/100012` is named by its number.
        let (named, number) = (segments.next()?, segments.next());
        return handle(number.filter(|_| first == "people").unwrap_or(named));
    }
    if network.paths.contains(&"") { handle(first) } else { None }
}

/// The handle as networks write it, if it can be one.
fn handle(text: &str) -> Option<CompactString> {
    let bare = text.trim_matches(AROUND);
    let fits = |ch: char| ch.is_alphanumeric() || matches!(ch, '.' | '_' | '-' | '%');
    let sound = bare.len() >= 2
        && bare.len() <= HANDLE_LENGTH_MAX
        && bare.chars().all(fits)
        && bare.chars().any(char::is_alphanumeric);
    sound.then(|| bare.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;

    fn check(input: &str, expect: &str) {
        let normal = normalise(input, Tables::shipped());
        assert_eq!(normal.parts[0].canonical, expect, "{input}");
        let again = normalise(&normal.parts[0].display, Tables::shipped());
        assert!(normal.verdict != Verdict::Valid || again == normal, "{input}: {again:?}");
    }

    #[test]
    fn one_account_one_form() {
        for input in [
            "https://www.instagram.com/anna.maier/",
            "instagram.com/Anna.Maier?hl=de",
            "http://instagr.am/anna.maier#top",
        ] {
            check(input, "instagram@anna.maier");
        }
        check("@Anna.Maier", "@anna.maier");
        check("anna.maier", "@anna.maier");
        check("https://twitter.com/annamaier/status/17", "x@annamaier");
        check("x.com/AnnaMaier", "x@annamaier");
        check("https://de.linkedin.com/in/anna-maier-42/", "linkedin@anna-maier-42");
        check("linkedin.com/company/maier-bau", "linkedin@maier-bau");
        check("https://www.xing.com/profile/Anna_Maier3", "xing@anna_maier3");
        check("https://m.facebook.com/anna.maier.9", "facebook@annamaier9");
        check("https://www.facebook.com/profile.php?id=100012&sk=about", "facebook@100012");
        check("facebook.com/people/Anna-Maier/100012", "facebook@100012");
        check("https://www.tiktok.com/@annamaier", "tiktok@annamaier");
        check("youtube.com/channel/UCabc_1", "youtube@ucabc_1");
    }

    #[test]
    fn what_is_no_account() {
        for input in [
            "https://www.instagram.com/p/Cxyz/",
            "https://twitter.com/intent/tweet?text=x",
            "https://www.facebook.com/sharer/sharer.php?u=1",
            "https://www.firma.de/kontakt",
            "anna@web.de",
            "linkedin.com",
            "https://www.linkedin.com.",
            "@www.linkedin.com",
            "https://www.firma.de",
        ] {
            let normal = normalise(input, Tables::shipped());
            assert_eq!(normal.verdict, Verdict::Invalid, "{input}");
        }
        assert_eq!(normalise("n/a", Tables::shipped()).verdict, Verdict::Placeholder);
    }
}
