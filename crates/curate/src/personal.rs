//! Personal data in comments, docstrings and strings: e-mail addresses, telephone numbers, numbers of accounts, cards
//! and people.

use std::sync::LazyLock;

use regex::Regex;

use crate::fiction::is_fiction;
use crate::numbers::{is_account, is_card, is_chinese_identity};
use crate::secret::{Finding, is_reserved};
use crate::token::Tokens;

/// Further condition on a match.
type Accept = fn(&str) -> bool;

/// A pattern: its name, the text that it matches, and a further condition.
type Pattern<R> = (&'static str, R, Accept);

static PATTERNS: LazyLock<Vec<Pattern<Regex>>> = LazyLock::new(|| {
    let given: [Pattern<&str>; 12] = [
        (
            "email_address",
            r"\b[\p{L}\p{N}_][\p{L}\p{N}._%+-]*@(?:[\p{L}\p{N}-]+\.){1,5}[A-Za-z]{2,24}\b",
            is_email,
        ),
        (
            "email_address",
            // As addresses of pages have it.
            r"\b[A-Za-z0-9][A-Za-z0-9._+-]{0,63}%40(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}\b",
            is_email,
        ),
        // `jane.miller [at] acme [dot] com`
        ("email_address", SPELLED, is_spelled_email),
        // `jane.miller AT acme DOT com`
        ("email_address", SPELLED_LOUD, is_loud_email),
        (
            "bank_account",
            r"\b(?:[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?|[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?)\b",
            is_account,
        ),
        (
            "payment_card",
            r"\b(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6011|65[0-9]{2})(?:[ -][0-9]{4}){3}\b",
            is_card,
        ),
        (
            "identity_number",
            r"\b[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]\b",
            is_chinese_identity,
        ),
        (
            "telephone_number",
            r"\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,4}\)?){2,5}[ .-]?[0-9]{2,4}\b",
            is_telephone,
        ),
        (
            "telephone_number",
            r"(?:\b1[ .-])?(?:\([2-9][0-9]{2}\) ?|\b[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.-][0-9]{4}\b",
            is_telephone,
        ),
        (
            "social_security_number",
            r"\b[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}\b",
            is_social_security,
        ),
        // Where a word says what a number is, the number is the group.
        ("telephone_number", CALLED_TELEPHONE, is_called_telephone),
        (
            "social_security_number",
            r#"(?i)(?:\b|_)(?:ssn|social[ _-]?security(?:[ _-]?(?:number|num|no))?)["']?\]?[ :=.]{0,4}["']?([0-8][0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{4})\b"#,
            is_social_security,
        ),
    ];
    given
        .into_iter()
        // A test compiles each of them.
        .filter_map(|(name, regex, accept)| Some((name, Regex::new(regex).ok()?, accept)))
        .collect()
});

/// An address whose signs are words in brackets.
const SPELLED: &str = r"(?i)\b[a-z0-9][a-z0-9._+-]{0,63} ?[\[({<] ?at ?[\])}>] ?[a-z0-9-]{1,63}(?: ?[\[({<] ?dot ?[\])}>] ?[a-z0-9-]{1,63}|\.[a-z0-9-]{1,63}){1,4}\b";

/// An address whose signs are words in capitals.
const SPELLED_LOUD: &str =
    r"\b[A-Za-z0-9][A-Za-z0-9._+-]{0,63} AT [A-Za-z0-9-]{1,63}(?: DOT [A-Za-z0-9-]{1,63}){1,4}\b";

/// A number of a country's own form behind a word that calls it one: `Tel. 030/901820`.
const CALLED_TELEPHONE: &str = r#"(?i)(?:\b|_)(?:(?:tel(?:ephone|efon[eo]?|éfono)?|tél(?:éphone)?|(?:cell|mobile)?[ _-]?phone|fon|mobile?|cell|handy|fax)(?:[ _-]?(?:number|num|no|nr))?\b|手机号?|手機|电话|電話|携帯|전화(?:번호)?|телефон|тел)["'.]?\]?[ :：=.]{0,4}["']?(\(?0[0-9]{1,4}\)?(?:[ ./()-]{0,3}[0-9]{1,8}){1,6}|1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}|\([1-9][0-9]\) ?9?[0-9]{4}-[0-9]{4}|[6789][0-9]{2}(?: [0-9]{2}){3}|8[ -]?\([0-9]{3}\) ?[0-9]{3}-[0-9]{2}-[0-9]{2})\b"#;

/// Names of a domain that people make up.
const MADE_UP: &[&str] = &[
    "abc",
    "acme",
    "bar",
    "baz",
    "company",
    "domain",
    "doe",
    "domein",
    "email",
    "fake",
    "foo",
    "foobar",
    "host",
    "mail",
    "mydomain",
    "myhost",
    "mysite",
    "nowhere",
    "server",
    "site",
    "somedomain",
    "somewhere",
    "spam",
    "test",
    "xyz",
    "yourdomain",
    "yourcompany",
];

/// Endings of domains besides those of countries, which have two letters. Anything else with an `@` is not
/// taken for an address.
const ENDINGS: &[&str] = &[
    "academy",
    "agency",
    "app",
    "art",
    "asia",
    "berlin",
    "biz",
    "blog",
    "care",
    "cat",
    "center",
    "cloud",
    "club",
    "coffee",
    "com",
    "company",
    "consulting",
    "coop",
    "design",
    "dev",
    "digital",
    "earth",
    "edu",
    "education",
    "email",
    "energy",
    "engineering",
    "eu",
    "events",
    "expert",
    "family",
    "finance",
    "fun",
    "games",
    "global",
    "gov",
    "group",
    "guru",
    "hamburg",
    "health",
    "host",
    "info",
    "institute",
    "int",
    "jobs",
    "koeln",
    "law",
    "legal",
    "life",
    "link",
    "live",
    "london",
    "ltd",
    "marketing",
    "media",
    "mil",
    "mobi",
    "moscow",
    "museum",
    "name",
    "net",
    "network",
    "news",
    "ninja",
    "nyc",
    "one",
    "online",
    "org",
    "page",
    "paris",
    "partners",
    "photo",
    "photography",
    "press",
    "pro",
    "rocks",
    "school",
    "science",
    "services",
    "shop",
    "site",
    "social",
    "software",
    "solutions",
    "space",
    "store",
    "studio",
    "support",
    "systems",
    "team",
    "tech",
    "technology",
    "tel",
    "today",
    "tokyo",
    "tools",
    "top",
    "travel",
    "university",
    "ventures",
    "vip",
    "website",
    "wien",
    "work",
    "works",
    "world",
    "xyz",
    "zone",
];

/// Names before an `@` that stand for anybody, for a role or for a service, without signs and figures.
const NOBODY: &[&str] = &[
    "abc",
    "abuse",
    "address",
    "admin",
    "announce",
    "anonymous",
    "anybody",
    "anyone",
    "bar",
    "contact",
    "donotreply",
    "email",
    "emailaddress",
    "example",
    "fake",
    "firstlast",
    "firstname",
    "firstnamelastname",
    "foo",
    "foobar",
    "git",
    "hello",
    "help",
    "hg",
    "hostmaster",
    "info",
    "janedoe",
    "joedoe",
    "johndoe",
    "list",
    "login",
    "mail",
    "mailman",
    "me",
    "myemail",
    "name",
    "nobody",
    "noreply",
    "office",
    "postmaster",
    "root",
    "sales",
    "security",
    "somebody",
    "someone",
    "someuser",
    "support",
    "svn",
    "team",
    "test",
    "tester",
    "testing",
    "testuser",
    "user",
    "username",
    "webmaster",
    "xyz",
    "you",
    "youremail",
    "yourmail",
    "yourname",
    "yourusername",
];

fn is_email(text: &str) -> bool {
    let plain = text.replace("%40", "@");
    let Some((name, host)) = plain.rsplit_once('@') else {
        return false;
    };
    let host = host.to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let [.., domain, ending] = labels[..] else {
        return false;
    };
    name.chars().count() <= 64
        && (ending.len() == 2 || ENDINGS.contains(&ending))
        && domain.chars().count() > 1
        && !is_reserved(&host)
        && !host.contains("noreply")
        && !is_nobody(name)
        && !is_made_up_domain(domain, ending)
        && !host.ends_with("gserviceaccount.com")
        // A file in a revision, such as `icon@2x.png`.
        && !host.starts_with("2x.")
        && !host.starts_with("3x.")
}

/// True for the name of anybody, of a role, a service or a list.
fn is_nobody(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let is_list = [
        "-list",
        "-users",
        "-dev",
        "-devel",
        "-announce",
        "-bugs",
        "-help",
    ]
    .iter()
    .any(|end| lower.ends_with(end));
    NOBODY.contains(&bare.as_str()) || is_list
}

/// True for the domain of nobody. `mail` and `email` are names of real ones.
fn is_made_up_domain(domain: &str, ending: &str) -> bool {
    let is_example = domain.starts_with("ex") && domain.ends_with("mple");
    match domain {
        "mail" => false,
        "email" => ending == "com",
        _ => is_example || domain.starts_with("your") || MADE_UP.contains(&domain),
    }
}

/// True for an address whose words stand for the signs of one.
fn is_spelled_email(text: &str) -> bool {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find(['[', '(', '{', '<']) {
        let Some(end) = rest[open..].find([']', ')', '}', '>']) else {
            return false;
        };
        let word = rest[open + 1..open + end].trim().to_ascii_lowercase();
        plain.push_str(rest[..open].trim());
        plain.push(if word == "at" { '@' } else { '.' });
        rest = &rest[open + end + 1..];
    }
    plain.push_str(rest.trim());
    is_email(&plain)
}

/// True for an address whose signs are the words AT and DOT.
fn is_loud_email(text: &str) -> bool {
    is_email(&text.replace(" AT ", "@").replace(" DOT ", "."))
}

fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// True if the digits follow each other or are all the same, as in numbers that are made up.
fn is_made_up(digits: &[u8]) -> bool {
    are_steps(digits, digits.len().saturating_sub(1) * 3 / 4)
}

/// True if at least so many of the digits follow those before them in the same way.
fn are_steps(digits: &[u8], most: usize) -> bool {
    let steps = |up: u8| {
        let pairs = digits.windows(2);
        pairs
            .filter(|pair| (pair[0] - b'0' + up) % 10 == pair[1] - b'0')
            .count()
    };
    [0, 1, 9].iter().any(|up| steps(*up) >= most)
}

fn is_telephone(text: &str) -> bool {
    let all = digits(text);
    // Numbers with 555 are kept free for fiction.
    let national = all.len().checked_sub(10).map(|from| &all[from..]);
    let fiction = national.is_some_and(|number| &number[3..6] == b"555" || &number[..3] == b"555");
    let is_possible = match text.starts_with('+') {
        // Countries of the code 1 have areas from 200 on.
        true => all[0] != b'1' || all[1] >= b'2',
        false => national.is_none_or(|number| {
            let (area, exchange) = (&number[..3], &number[3..6]);
            let is_free = |area: &[u8]| matches!(area, b"500" | b"700" | b"800" | b"900");
            area != exchange && (&area[1..] != b"00" || is_free(area))
        }),
    };
    (8..=15).contains(&all.len())
        && is_possible
        && !is_made_up(&all)
        && !fiction
        && !is_fiction(text)
}

/// True for numbers behind a word that calls them a telephone's. Many of them go on as `12 34 56 78` does, so that only
/// those that do nothing else are made up.
fn is_called_telephone(text: &str) -> bool {
    let all = digits(text);
    let kinds: std::collections::BTreeSet<u8> = all.iter().copied().collect();
    let fiction = all.len() == 10 && (&all[3..6] == b"555" || &all[..3] == b"555");
    (9..=14).contains(&all.len())
        && !fiction
        && kinds.len() >= 4
        && !are_steps(&all, all.len().saturating_sub(2))
        && !is_fiction(text)
}

fn is_social_security(text: &str) -> bool {
    let all = digits(text);
    let known = [&b"078051120"[..], b"219099999", b"457555462"];
    !known.contains(&all.as_slice())
        && !is_made_up(&all)
        && &all[..3] != b"000"
        && &all[..3] != b"666"
        && &all[3..5] != b"00"
        && &all[5..] != b"0000"
        && !(&all[1..3] == b"00" && &all[6..] == b"000")
}

/// The personal data in a text of Python, in order. Only comments and strings are looked at: `a@b.co` in code
/// multiplies matrices. Addresses of example domains and numbers that are made up are none.
#[must_use]
pub fn personal_data(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (pattern, regex, accept) in PATTERNS.iter() {
        let hits = regex.captures_iter(text);
        let hits = hits.filter_map(|captures| captures.get(1).or_else(|| captures.get(0)));
        found.extend(
            hits.filter(|hit| accept(hit.as_str()) && stands_alone(text, hit.start(), hit.end()))
                .map(|hit| Finding {
                    pattern,
                    start: hit.start(),
                    end: hit.end(),
                }),
        );
    }
    if found.is_empty() {
        return found;
    }
    found.sort_by_key(|finding| (finding.start, finding.end, finding.pattern));
    found.dedup_by(|next, kept| next.start < kept.end);
    outside_code(text, found)
}

/// True if what stands around the hit does not continue it.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].bytes().next_back().unwrap_or(b' ');
    let mut after = text[end..].bytes();
    let continued = match after.next() {
        Some(b'.' | b'-') => after.next().is_some_and(|byte| byte.is_ascii_digit()),
        Some(byte) => byte.is_ascii_alphanumeric(),
        None => false,
    };
    let follows = before.is_ascii_alphanumeric() || matches!(before, b'.' | b'-' | b'+' | b'/');
    !follows && !continued
}

/// Those of the findings, which are sorted, that are in strings and between tokens.
pub(crate) fn outside_code(text: &str, found: Vec<Finding>) -> Vec<Finding> {
    let is_string = |start: usize, end: usize| {
        let bytes = &text.as_bytes()[start..end];
        matches!(bytes.last(), Some(b'"' | b'\''))
    };
    let mut code = Tokens::of(text)
        .filter(|(start, end)| !is_string(*start, *end))
        .peekable();
    let is_outside = |finding: &Finding| {
        while code.next_if(|(_, end)| *end <= finding.start).is_some() {}
        code.peek().is_none_or(|(start, _)| finding.end <= *start)
    };
    let mut is_outside = is_outside;
    found
        .into_iter()
        .filter(|finding| is_outside(finding))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_in_strings_and_comments_is_found() {
        assert_eq!(PATTERNS.len(), 12);
        for (pattern, text) in [
            ("email_address", "# ask ann.lee@cs.uni-bonn.de\nx = 1\n"),
            ("email_address", "x = 'mailto:ann@gmail.com'\n"),
            ("telephone_number", "x = '+49 228 73 7000'\n"),
            ("telephone_number", "# call (415) 392-0117\n"),
            ("social_security_number", "x = ['536-90-4399']\n"),
            ("social_security_number", "ssn = \"536221234\"\n"),
            (
                "social_security_number",
                "x = {'customer_ssn': '536 22 1234'}\n",
            ),
            ("telephone_number", "# tel: 030/90182345\n"),
            ("telephone_number", "# Tel. 0171 2345678\n"),
            ("telephone_number", "# tel 06 12 34 56 78\n"),
            ("telephone_number", "# 手机 13812345678\n"),
            ("telephone_number", "phone = '4153920117'\n"),
            ("telephone_number", "# phone: 415 392 0117\n"),
            ("email_address", "# jane.miller [at] acme-corp [dot] com\n"),
            ("email_address", "# jane.miller(at)acme-corp.com\n"),
            ("bank_account", "iban = 'NL02ABNA0457180536'\n"),
            ("bank_account", "x = 'DE27 1007 7777 0209 2997 00'\n"),
            ("telephone_number", "phone_number = '030 / 90 18 23 45'\n"),
            ("email_address", "x = \"jane.müller@acme-corp.de\"\n"),
            ("email_address", "x = \"jane.miller%40acme-corp.com\"\n"),
            ("email_address", "# olga.petrova@mail.ru\n"),
            (
                "email_address",
                "# jan.novak@email.cz, or on the telephone\n",
            ),
            ("email_address", "# jane@blumen.berlin\n"),
            ("email_address", "# jane@müller.de\n"),
            ("email_address", "# _jane@acme-corp.com\n"),
            ("email_address", "# jane.miller AT gmail DOT com\n"),
            ("telephone_number", "# 1-415-867-2093\n"),
            ("telephone_number", "# telephone (030) 90182047\n"),
            ("telephone_number", "# Telefone: (11) 98203-4718\n"),
            ("telephone_number", "# Teléfono: 612 93 47 18\n"),
            ("telephone_number", "# 전화: 010-8203-4718\n"),
            ("telephone_number", "# Тел.: 8 (916) 820-34-71\n"),
            ("payment_card", "# card 4539 5787 6362 1486\n"),
            ("identity_number", "x = '53010219200508011X'\n"),
            ("bank_account", "iban = 'nl02abna0457180536'\n"),
        ] {
            let found = personal_data(text);
            assert_eq!(found.len(), 1, "{text} {found:?}");
            assert_eq!(found[0].pattern, pattern, "{text}");
        }
    }

    #[test]
    fn what_is_made_up_or_code_is_no_personal_data() {
        for text in [
            "x = 'user@example.com'\n",
            "x = 'a@b.example.org, joe@foo.com, me@localhost'\n",
            "x = w@self.weight\ny = a@b.co\n",
            "x = '123-45-6789'\n",
            "x = '555-123-4567 (212) 555-0123 +1 234 567 8901'\n",
            "x = '2024-01-15 10:20:30 127.0.0.1 3.14159265358979'\n",
            "x = 'git@github.com:a/b.git'\n",
            "n = 4155550132\nisbn = '978-3-16-148410-0'\n",
            "x = 'icon@2x.png'\n",
            "x = '+44 20 7946 0958 +44 (0)20 7946 0000 +44 7700 900123 +44 1632 960001'\n",
            "x = '+33 1 99 00 12 34 +49 30 23125 042 +61 491 570 156 +44 131 496 0999'\n",
            "# tel. 020 7946 0958, tel. 0044 20 7946 0958, tel: 01 99 00 12 34\n",
            "# tel: 0123456789, phone: 000 000 0000, fax 0.12345678901\n",
            "x = 'telnet 0230 90182345', 'intel 030 90182345'\n",
            "phone = 01718231945\nssn = 536221234\n",
            "x = 'ssn: 123456789, ssn: 078-05-1120, session 536221234'\n",
            "x = 'wok@exàmple.com'\n",
            "x = 'GB82 WEST 1234 5698 7654 32 DE89370400440532013000 DE12345678901234567890'\n",
            "x = 'phone: 555-123-4567, phone 4155550117'\n",
            "# look [at] the (dot) product, look (at) x.y\n",
            "x = '%s%40s.de', 'user%40example.com'\n",
            "x = 'user@gmail.com username@gmail.com your.email@gmail.com test1@gmail.com john@doe.com'\n",
            "x = 'hg@bitbucket.org/a support@github.com python-list@python.org info@your-domain.com'\n",
            "x = 'worker@my-project.iam.gserviceaccount.com'\n",
            "x = '+10 20 30 40 50 +100 200 300 400'\n",
            "x = '200.300.4000 255-255-2550 100-20-3000'\n",
            "x = '4111 1111 1111 1111 4242-4242-4242-4242 1234 5678 9012 3456 5555 5555 5555 4444'\n",
            "x = '11010519491231002X 123456789012345678 201912312359590000'\n",
        ] {
            assert_eq!(personal_data(text), [], "{text}");
        }
    }
}
