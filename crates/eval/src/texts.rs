//! Text files as people keep them: packed by gzip or Zstandard, or in UTF-16.

use std::io::{self, Read};
use std::path::Path;

/// Bytes that an unpacked file may have: 4 GiB.
const MOST_UNPACKED: u64 = 4 << 30;

/// Beginning of what gzip packs.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Beginning of what Zstandard packs.
const ZSTANDARD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Bytes of a file, unpacked where it begins as what gzip or Zstandard packs, or its name says so.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = tracestone_files::read(path).map_err(|error| error.source)?;
    let named = |packing: &str| path.extension().is_some_and(|ending| ending == packing);
    if bytes.starts_with(GZIP) || named("gz") {
        unpacked(flate2::read::MultiGzDecoder::new(bytes.as_slice()))
    } else if bytes.starts_with(ZSTANDARD) || named("zst") {
        unpacked(zstd::stream::read::Decoder::new(bytes.as_slice())?)
    } else {
        Ok(bytes)
    }
}

/// All bytes of a reader that unpacks, up to the bound.
fn unpacked(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    reader.take(MOST_UNPACKED + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() as u64 > MOST_UNPACKED {
        let what = format!("it unpacks to more than {MOST_UNPACKED} bytes");
        return Err(io::Error::other(what));
    }
    Ok(unpacked)
}

/// The text of some bytes, of which those that are no UTF-16 have to be UTF-8.
pub(crate) fn strict(bytes: Vec<u8>) -> io::Result<String> {
    match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Ok(text(&bytes)),
        _ => {
            let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
            String::from_utf8(bytes).map_err(not_text)
        }
    }
}

/// The text of some bytes: UTF-16 where a byte order mark says so, else UTF-8, in which a wrong byte costs a character.
pub(crate) fn text(bytes: &[u8]) -> String {
    let units = |of: fn([u8; 2]) -> u16| -> Vec<u16> {
        let pairs = bytes[2..].chunks_exact(2);
        pairs.map(|pair| of([pair[0], pair[1]])).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn packed_files_and_utf_16_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let line = "{\"item\": \"a\", \"response\": \"\u{e9}\"}\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(line.as_bytes()).unwrap();
        let little: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = line.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for content in [
            line.as_bytes().to_vec(),
            packed.finish().unwrap(),
            zstd::stream::encode_all(line.as_bytes(), 0).unwrap(),
            [&[0xff, 0xfe], little.as_slice()].concat(),
            [&[0xfe, 0xff], big.as_slice()].concat(),
        ] {
            let path = folder.path().join("responses.jsonl");
            tracestone_files::write(&path, &content).unwrap();
            assert_eq!(text(&bytes(&path).unwrap()), line);
        }
        assert_eq!(text(&[0xff, 0xfe, 0x31]), "");
        assert_eq!(
            strict([&[0xff, 0xfe], little.as_slice()].concat()).unwrap(),
            line
        );
        assert_eq!(strict(line.as_bytes().to_vec()).unwrap(), line);
        assert!(strict(vec![b'a', 0xe9]).is_err());
    }
}
