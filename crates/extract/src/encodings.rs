//! The encodings that CPython knows by name, and the characters of those with one byte a character.
//!
//! The tables are those of CPython 3.9 to 3.13, which agree; `tests/decoding.rs` compares them with an
//! interpreter's.

mod code_pages;
mod standards;

use code_pages::CODE_PAGES;
use standards::STANDARDS;

/// An encoding, as a coding cookie names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Ascii,
    /// One byte a character, the first half of them ASCII; `U+FFFD` where a byte has none.
    Bytes(&'static str),
    /// One that CPython decodes and Tracestone does not.
    NotSupported,
    /// Unknown to CPython, or not a text encoding.
    Unknown,
}

/// Names of an encoding in their plain form, with blanks between them.
struct Names {
    /// Modules of the `encodings` package.
    modules: &'static str,
    /// Other names that it lists.
    aliases: &'static str,
}

/// The encoding of a name as CPython's `encodings` package finds it.
pub(crate) fn encoding(name: &str) -> Encoding {
    let plain = normalized(name);
    let without_dots = plain.replace('.', "_");
    let named = |names: &Names| {
        let one = |list: &str, name: &str| list.split_ascii_whitespace().any(|other| other == name);
        // The name of a module cannot hold a dot, and dots are underscores in other names only.
        one(names.modules, &plain)
            || one(names.aliases, &plain)
            || one(names.aliases, &without_dots)
    };
    if named(&UTF_8) {
        return Encoding::Utf8;
    }
    if named(&ASCII) {
        return Encoding::Ascii;
    }
    let mut bytes = CODE_PAGES.iter().chain(STANDARDS);
    if let Some((_, characters)) = bytes.find(|(names, _)| named(names)) {
        return Encoding::Bytes(characters);
    }
    if named(&NOT_SUPPORTED) {
        Encoding::NotSupported
    } else {
        Encoding::Unknown
    }
}

/// Lower case, with one underscore for each run of other characters than letters, digits and dots.
fn normalized(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if std::mem::take(&mut gap) && !plain.is_empty() {
                plain.push('_');
            }
            plain.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    plain
}

const UTF_8: Names = Names {
    modules: "utf_8 utf_8_sig",
    aliases: "cp65001 u8 utf utf8 utf8_ucs2 utf8_ucs4",
};

const ASCII: Names = Names {
    modules: "ascii",
    aliases: "646 ansi_x3.4_1968 ansi_x3.4_1986 ansi_x3_4_1968 cp367 csascii ibm367 iso646_us \
        iso_646.irv_1991 iso_ir_6 us us_ascii",
};

/// With several bytes a character, with ASCII at other places, or with escapes.
const NOT_SUPPORTED: Names = Names {
    modules: "big5 big5hkscs cp037 cp1026 cp1140 cp273 cp424 cp500 cp864 cp875 cp932 cp949 cp950 \
        euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk hz idna iso2022_jp \
        iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr \
        johab punycode raw_unicode_escape shift_jis shift_jis_2004 shift_jisx0213 \
        unicode_escape utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le utf_7",
    aliases: "big5_tw csbig5 x_mac_trad_chinese big5_hkscs hkscs 037 csibm037 ebcdic_cp_ca \
        ebcdic_cp_nl ebcdic_cp_us ebcdic_cp_wt ibm037 ibm039 1026 csibm1026 ibm1026 1140 \
        ibm1140 273 csibm273 ibm273 424 csibm424 ebcdic_cp_he ibm424 500 csibm500 \
        ebcdic_cp_be ebcdic_cp_ch ibm500 864 csibm864 ibm864 932 ms932 ms_kanji mskanji \
        windows_31j 949 ms949 uhc 950 ms950 euc_jis2004 eucjis2004 jisx0213 eucjisx0213 \
        eucjp u_jis ujis euckr korean ks_c_5601 ks_c_5601_1987 ks_x_1001 ksc5601 ksx1001 \
        x_mac_korean gb18030_2000 chinese csiso58gb231280 euc_cn euccn eucgb2312_cn \
        gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese 936 cp936 ms936 hz_gb hz_gb_2312 \
        hzgb csiso2022jp iso2022jp iso_2022_jp iso2022jp_1 iso_2022_jp_1 iso2022jp_2 \
        iso_2022_jp_2 iso2022jp_2004 iso_2022_jp_2004 iso2022jp_3 iso_2022_jp_3 \
        iso2022jp_ext iso_2022_jp_ext csiso2022kr iso2022kr iso_2022_kr cp1361 ms1361 \
        csshiftjis s_jis shiftjis sjis x_mac_japanese s_jis_2004 shiftjis2004 sjis_2004 \
        s_jisx0213 shiftjisx0213 sjisx0213 u16 utf16 unicodebigunmarked utf_16be \
        unicodelittleunmarked utf_16le u32 utf32 utf_32be utf_32le u7 unicode_1_1_utf_7 utf7",
};
