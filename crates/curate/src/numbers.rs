//! Numbers with check digits: of bank accounts (ISO 13616), payment cards (ISO/IEC 7812) and people in China (GB 11643).

/// Length of such a number in each country.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VG", 24),
    ("XK", 20),
];

/// Numbers that the registry, banks and handbooks give as examples.
const EXAMPLES: &str = "GB82WEST12345698765432 GB29NWBK60161331926819 GB33BUKB20201555555555 DE89370400440532013000 \
    DE91100000000123456789 DE75512108001245126199 DE02120300000000202051 DE12500105170648489890 \
    FR1420041010050500013M02606 FR7630006000011234567890189 NL91ABNA0417164300 BE68539007547034 BE71096123456769 \
    ES9121000418450200051332 IT60X0542811101000000123456 CH9300762011623852957 AT611904300234573201 \
    GR1601101250000000012300695 SE4550000000058398257466 SE3550000000054910000003 NO9386011117947 \
    DK5000400440116243 FI2112345600000785 PL61109010140000071219812874 PT50000201231234567890154 \
    IE29AIBK93115212345678 LU280019400644750000 CZ6508000000192000145399 HU42117730161111101800000000 \
    SA0380000000608010167519 AE070331234567890123456 TR330006100519786457841326 \
    BR1800360305000010009795493C1 EE382200221020145685 LV80BANK0000435195001 LT121000011101001000 \
    MT84MALT011000012345MTLCAST001S HR1210010051863000160 RO49AAAA1B31007593840000 SK3112000000198742637541 \
    SI56263300012039086 BG80BNBG96611020345678 IS140159260076545510730339 IL620108000000099999999 \
    CY17002001280000001200527600 LI21088100002324013AA MC5811222000010123456789030 UA213223130000026007233566001";

/// True for a number whose length and check digits are right, and that is no published example.
pub(crate) fn is_account(text: &str) -> bool {
    let number = text.replace(char::is_whitespace, "").to_ascii_uppercase();
    let country = number.get(..2).unwrap_or_default();
    let length = LENGTHS.iter().find(|(name, _)| *name == country);
    length.is_some_and(|(_, length)| *length == number.len())
        && remainder(&number) == Some(1)
        && !EXAMPLES.split_whitespace().any(|known| known == number)
}

/// The number modulo 97, its first four signs behind the others and letters as numbers from 10 on.
fn remainder(number: &str) -> Option<u32> {
    let (check, account) = number.split_at_checked(4)?;
    account.chars().chain(check.chars()).try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((rest * shift + value) % 97)
    })
}

/// Numbers of cards that payment services publish for tests, which have few different digits otherwise.
const TEST_CARDS: &[&str] = &[
    "4012888888881881",
    "4000056655665556",
    "5200828282828210",
    "5105105105105100",
    "2223003122003222",
    "6011000990139424",
    "4917610000000000",
];

/// True for the number of a payment card that is no one for tests.
pub(crate) fn is_card(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let kinds: std::collections::BTreeSet<u8> = digits.iter().copied().collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    let plain = String::from_utf8_lossy(&digits);
    digits.len() == 16
        && kinds.len() >= 6
        && sum.is_multiple_of(10)
        && !TEST_CARDS.contains(&&*plain)
}

/// True for a Chinese identity number, apart from the one in its standard.
pub(crate) fn is_chinese_identity(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let upper = text.to_ascii_uppercase();
    let digits = upper
        .bytes()
        .take(17)
        .map(|byte| u32::from(byte) - u32::from(b'0'));
    let sum: u32 = digits
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    upper.as_bytes().get(17) == Some(&check) && upper != "11010519491231002X"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_tell_accounts_from_other_texts() {
        for text in ["NL02ABNA0457180536", "DE27 1007 7777 0209 2997 00"] {
            assert!(is_account(text), "{text}");
        }
        for text in [
            "DE89370400440532013000",
            "GB82 WEST 1234 5698 7654 32",
            "NL03ABNA0457180536",
            "DE27100777770209299",
            "AB12CDEF34567890",
        ] {
            assert!(!is_account(text), "{text}");
        }
    }
}
