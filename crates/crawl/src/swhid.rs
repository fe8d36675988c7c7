//! Software Heritage identifiers (SWHID 1.2, ISO/IEC 18670). For SHA-1 repositories the identifiers of
//! contents and revisions are git's, so there is nothing to compute.

use tracestone_record::LineRange;

/// The SWHID of a file's content with where it was seen: `blob` and `commit` are git's 40 digits.
#[must_use]
pub fn content_swhid(
    blob: &str,
    origin: &str,
    commit: Option<&str>,
    path: &str,
    lines: LineRange,
) -> String {
    let mut id = format!("swh:1:cnt:{blob}");
    // Only a URL is an origin in the standard's sense.
    if origin.contains("://") && !origin.starts_with("file:") {
        id.push_str(&format!(";origin={}", escaped(origin)));
    }
    if let Some(commit) = commit {
        id.push_str(&format!(
            ";anchor=swh:1:rev:{commit};path=/{}",
            escaped(path)
        ));
    }
    id.push_str(&format!(";lines={}-{}", lines.first, lines.last));
    id
}

/// Semicolons and percent signs would end a qualifier.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracestone_record::Line;

    #[test]
    fn qualifiers_come_in_the_order_of_the_standard() {
        let lines = LineRange {
            first: Line(3),
            last: Line(9),
        };
        let blob = "94a9ed024d3859793618152ea559a168bbcbb5e2";
        let commit = "309cf2674ee7a0749978cf8265ab91a60aea0f7d";
        assert_eq!(
            content_swhid(blob, "https://example.org/a", Some(commit), "x;y.py", lines),
            format!(
                "swh:1:cnt:{blob};origin=https://example.org/a;anchor=swh:1:rev:{commit};path=/x%3By.py;lines=3-9"
            )
        );
        assert_eq!(
            content_swhid(blob, "cpython-3.11.2/Lib", None, "heapq.py", lines),
            format!("swh:1:cnt:{blob};lines=3-9")
        );
    }
}
