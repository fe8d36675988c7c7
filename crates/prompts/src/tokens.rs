//! A count of tokens that needs no vocabulary.

/// The pieces into which byte-pair tokenizers cut a text before they merge bytes: words of letters with the
/// blank before them, numbers of up to three digits, runs of other signs, runs of white space. Each Chinese
/// character counts as one.
///
/// Common words are one token in the vocabularies of current models, so that the count is close to theirs for
/// English prose, and a little lower for code.
#[must_use]
pub fn tokens(text: &str) -> u64 {
    let mut count = 0;
    let mut last = None;
    let mut digits = 0;
    for character in text.chars() {
        let class = Class::of(character);
        digits = if class == Class::Digit { digits + 1 } else { 0 };
        let continues = match (last, class) {
            (_, Class::Wide) => false,
            // A single blank belongs to the word after it.
            (Some(Class::Blank), Class::Letter | Class::Sign) => true,
            (Some(Class::Digit), Class::Digit) => digits % 3 != 1,
            (Some(last), class) => last == class,
            (None, _) => false,
        };
        count += u64::from(!continues);
        last = Some(class);
    }
    count
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Blank,
    LineEnd,
    Wide,
    Sign,
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            '\n' | '\r' => Self::LineEnd,
            c if c.is_whitespace() => Self::Blank,
            c if c.is_ascii_digit() => Self::Digit,
            // From the CJK radicals on, each character stands for a word or a syllable.
            '\u{2e80}'.. => Self::Wide,
            c if c.is_alphabetic() => Self::Letter,
            _ => Self::Sign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_counted() {
        for (text, count) in [
            ("", 0),
            ("What is the value?", 5),
            ("line 12345", 4),
            ("```python\n", 3),
            ("第 7 行", 5),
        ] {
            assert_eq!(tokens(text), count, "{text}");
        }
    }
}
