//! Texts of licence files: in UTF-8 or UTF-16, plain or as a page of HTML.

/// Marks of the order of bytes in UTF-16.
const MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// Number of bytes in which UTF-16 without a mark is looked for.
const MAX_LOOKED: usize = 512;

/// Text of a file that says something of the licence.
pub(super) fn decoded(path: &str, content: &[u8]) -> String {
    let text = match utf_16(content) {
        Some(text) => text,
        None => String::from_utf8_lossy(content).into_owned(),
    };
    match is_page(path) {
        true => plain(&text),
        false => text,
    }
}

/// True for a page of HTML.
pub(super) fn is_page(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    ["html", "htm", "xhtml"]
        .iter()
        .any(|page| ending.eq_ignore_ascii_case(page))
}

/// A text in UTF-16, with a mark at its beginning or zeros beside most letters; `None` for other texts.
fn utf_16(content: &[u8]) -> Option<String> {
    let first = content.get(..2)?;
    let looked = &content[..content.len().min(MAX_LOOKED)];
    let zeros = |odd: usize| {
        let bytes = looked.iter().skip(odd).step_by(2);
        bytes.filter(|byte| **byte == 0).count() * 3 > looked.len()
    };
    let is_little = if first == MARKS[0] || first == MARKS[1] {
        first == MARKS[0]
    } else if zeros(1) {
        true
    } else if zeros(0) {
        false
    } else {
        return None;
    };
    let units = content.chunks_exact(2).map(|two| match is_little {
        true => u16::from_le_bytes([two[0], two[1]]),
        false => u16::from_be_bytes([two[0], two[1]]),
    });
    let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(text.filter(|c| *c != '\u{feff}').collect())
}

/// Text of a page without its tags, scripts and styles.
fn plain(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let tag = &rest[start..];
        let name: String = tag[1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '!' | '-'))
            .take(10)
            .collect::<String>()
            .to_ascii_lowercase();
        let end = match name.as_str() {
            "script" => Some("</script>"),
            "style" => Some("</style>"),
            name if name.starts_with("!--") => Some("-->"),
            _ => None,
        };
        let end = match end {
            Some(end) => find_in_any_case(tag, end).map(|place| place + end.len()),
            None => tag.find('>').map(|place| place + 1),
        };
        // Paragraphs are parts of a text, and links and bold words are not.
        let inline = ["a", "b", "i", "em", "span", "strong", "code", "tt"];
        let is_inline = inline.contains(&name.trim_start_matches('/'));
        text.push(if is_inline { ' ' } else { '\n' });
        rest = end.map_or("", |end| &tag[end..]);
    }
    text.push_str(rest);
    unescaped(&text)
}

fn find_in_any_case(text: &str, part: &str) -> Option<usize> {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    text.windows(part.len())
        .position(|window| window.eq_ignore_ascii_case(part))
}

/// Characters in place of their names in HTML. The others are signs, not letters of licences.
fn unescaped(text: &str) -> String {
    [
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&ldquo;", "\""),
        ("&rdquo;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&rsquo;", "'"),
        ("&copy;", "\u{a9}"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (name, sign)| {
        text.replace(name, sign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read_with_a_mark_or_without() {
        let text = "MIT License \u{a9}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for content in [
            text.as_bytes().to_vec(),
            little.clone(),
            big.clone(),
            [&MARKS[0][..], &little].concat(),
            [&MARKS[1][..], &big].concat(),
        ] {
            assert_eq!(decoded("LICENSE", &content), text);
        }
        for content in [&b""[..], b"x", b"\xff", b"\xff\xfe", b"\xff\xfex"] {
            decoded("LICENSE", content);
        }
    }

    #[test]
    fn pages_lose_their_tags() {
        let page = "<html><style>p {}</style><!-- x > y --><p>You &amp; I &lt;a@b&gt; <b>may</b></P><script";
        let words: Vec<_> = plain(page).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["You", "&", "I", "<a@b>", "may"]);
    }
}
