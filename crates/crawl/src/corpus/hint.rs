//! Suggests a known key or value for an unknown one in an error message.

/// The known key or value nearest to an unknown one, out of serde's message.
pub(super) fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown") {
        return None;
    }
    let wrong = quoted.next()?;
    quoted
        .map(|known| (distance(wrong, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, known)| known.to_owned())
}

/// Edit distance of two words.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_if_it_is_near() {
        let message = "unknown field `revison`, expected one of `kind`, `revision`, `path`";
        assert_eq!(suggestion(message).as_deref(), Some("revision"));
        assert_eq!(suggestion("unknown field `zzzzzz`, expected `kind`"), None);
        assert_eq!(suggestion("missing field `kind`"), None);
    }
}
