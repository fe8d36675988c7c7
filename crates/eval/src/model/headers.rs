//! Headers of a response: the packing of its body, and the time to wait before the next request.

use std::io::{self, Cursor, Read};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ureq::http::HeaderMap;

/// Longest wait that a server can ask for; the limit of all attempts ends it before.
const LONGEST: f64 = 86_400.0;

/// Packing of a body. None is asked for; some servers and what stands before them pack all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// The bytes are the body.
    Plain,
    /// The body is packed by gzip.
    Gzip,
    /// The body is packed by zlib, or by deflate alone.
    Deflate,
    /// The body is packed in a way that is not read.
    Unknown,
}

impl Packing {
    /// The packing that the headers name.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let name = headers
            .get("content-encoding")
            .map(|value| value.as_bytes());
        let name = name.unwrap_or_default().trim_ascii().to_ascii_lowercase();
        match name.as_slice() {
            b"gzip" | b"x-gzip" => Self::Gzip,
            b"deflate" => Self::Deflate,
            b"" | b"identity" => Self::Plain,
            _ => Self::Unknown,
        }
    }

    /// A reader of the body itself.
    pub(super) fn unpacking<'a>(
        self,
        mut reader: impl Read + 'a,
    ) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Plain | Self::Unknown => Box::new(reader),
            Self::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Self::Deflate => {
                let mut start = Vec::new();
                reader.by_ref().take(2).read_to_end(&mut start)?;
                let has_head = matches!(start[..], [first, second]
                    if first & 0x0f == 8 && u16::from_be_bytes([first, second]) % 31 == 0);
                let whole = Cursor::new(start).chain(reader);
                if has_head {
                    Box::new(ZlibDecoder::new(whole))
                } else {
                    Box::new(DeflateDecoder::new(whole))
                }
            }
        })
    }

    /// A whole body, up to a number of bytes; half of a packed one is an error.
    pub(super) fn unpacked(self, body: Vec<u8>, limit: u64) -> io::Result<Vec<u8>> {
        if matches!(self, Self::Plain | Self::Unknown) {
            return Ok(body);
        }
        let mut bytes = Vec::new();
        self.unpacking(body.as_slice())?
            .take(limit)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// `retry-after-ms`, or `Retry-After` in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let date = |name: &str| DateTime::parse_from_rfc2822(text(name)?).ok();
    number("retry-after-ms")
        .map(|milliseconds| milliseconds / 1e3)
        .or_else(|| number("retry-after"))
        .or_else(|| {
            // The server's clock may differ from that of this machine.
            let now: DateTime<FixedOffset> = date("date").unwrap_or_else(|| Utc::now().into());
            let wait = date("retry-after")?.signed_duration_since(now);
            Some(wait.as_seconds_f64().max(0.0))
        })
        .and_then(wait_of)
}

/// A wait of some seconds; none where they are no length of time.
pub(super) fn wait_of(seconds: f64) -> Option<Duration> {
    let is_one = seconds.is_finite() && seconds >= 0.0;
    is_one.then(|| Duration::from_secs_f64(seconds.min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn waits_are_seconds_milliseconds_or_dates() {
        let wait = |pairs: &[(&'static str, &str)]| {
            retry_after(&headers(pairs)).map(|wait| wait.as_secs_f64())
        };
        let now = ("date", "Mon, 30 Nov 2026 10:00:00 GMT");
        for (value, wanted) in [
            ("3", Some(3.0)),
            (" 0 ", Some(0.0)),
            ("1.5", Some(1.5)),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
            ("999999999", Some(LONGEST)),
            ("Mon, 30 Nov 2026 10:00:46 GMT", Some(46.0)),
            ("Mon, 30 Nov 2026 09:59:00 GMT", Some(0.0)),
        ] {
            assert_eq!(wait(&[now, ("retry-after", value)]), wanted, "{value}");
        }
        assert_eq!(
            wait(&[("retry-after-ms", "250"), ("retry-after", "1")]),
            Some(0.25)
        );
        let soon = (Utc::now() + chrono::TimeDelta::seconds(60)).to_rfc2822();
        let own = wait(&[("retry-after", &soon)]).unwrap();
        assert!((50.0..=60.0).contains(&own), "{own}");
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn bodies_are_unpacked_by_the_name_of_their_packing() {
        let body = b"{\"choices\":[]}".repeat(50);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&body).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&body).unwrap();
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(&body).unwrap();
        let gzip = gzip.finish().unwrap();
        for (name, bytes) in [
            ("gzip", gzip.clone()),
            ("X-GZIP", gzip.clone()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", deflate.finish().unwrap()),
            ("identity", body.clone()),
        ] {
            let packing = Packing::of(&headers(&[("content-encoding", name)]));
            assert_eq!(packing.unpacked(bytes.clone(), 1 << 20).unwrap(), body);
            let mut read = Vec::new();
            let mut reader = packing.unpacking(bytes.as_slice()).unwrap();
            reader.read_to_end(&mut read).unwrap();
            assert_eq!(read, body, "{name}");
        }
        let half = gzip[..gzip.len() / 2].to_vec();
        assert!(Packing::Gzip.unpacked(half, 1 << 20).is_err());
        assert_eq!(Packing::of(&headers(&[])), Packing::Plain);
        let brotli = Packing::of(&headers(&[("content-encoding", "br")]));
        assert_eq!(brotli, Packing::Unknown);
    }
}
