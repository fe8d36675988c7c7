//! Telephone numbers that authorities keep free for films, books and examples.

/// The beginnings of such numbers by the code of their country, without the 0 before an area code. Ofcom (44), ARCEP
/// (33), Bundesnetzagentur (49), ACMA (61), PTS (46).
const FREE: &[(&str, &[&str])] = &[
    (
        "44",
        &[
            "2079460", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960",
            "1314960", "1414960", "1514960", "1614960", "1914980", "2896496", "2920180", "1632960",
            "7700900", "8081570", "9098790", "3069990",
        ],
    ),
    (
        "33",
        &["19900", "26191", "35301", "46571", "53649", "63998"],
    ),
    (
        "49",
        &[
            "3023125",
            "6990009",
            "4066969",
            "2214710",
            "8999998",
            "15228817386",
            "15228895456",
            "15254599371",
            "1729925904",
            "1729968532",
            "1729973185",
            "1729973186",
            "1729980752",
            "1749091317",
            "1749464308",
            "176040690",
        ],
    ),
    (
        "61",
        &[
            "25550", "27010", "35550", "37010", "75550", "77010", "85550", "87010", "491570",
        ],
    ),
    (
        "46",
        &["313900", "4062804", "8465004", "9803192", "7017406"],
    ),
];

/// True for these numbers, written with the country's code behind `+` or `00`, or with the 0 of an area code.
pub(crate) fn is_fiction(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let abroad = match text.trim_start().starts_with('+') {
        true => Some(&digits[..]),
        false => digits.strip_prefix("00"),
    };
    let is_free = |number: &str, free: &[&str]| {
        let number = number.trim_start_matches('0');
        free.iter().any(|start| number.starts_with(start))
    };
    match abroad {
        Some(number) => FREE.iter().any(|(country, free)| {
            let national = number.strip_prefix(country);
            national.is_some_and(|national| is_free(national, free))
        }),
        None => digits.starts_with('0') && FREE.iter().any(|(_, free)| is_free(&digits, free)),
    }
}
