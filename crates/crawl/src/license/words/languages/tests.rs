//! Tests of sentences in other languages.

use super::*;

fn is_restricting(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<_> = lower
        .split(|c: char| c.is_whitespace() || ".,()".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    restricts(&words)
}

#[test]
fn sentences_that_forbid_or_reserve_in_many_languages() {
    for text in [
        "未经授权禁止商用",
        "版权所有，侵权必究",
        "内部资料，禁止外传",
        "仅供学习研究使用",
        "無断転載を禁じます",
        "社外秘",
        "무단 복제 금지",
        "대외비",
        "Копирование запрещено",
        "Только для внутреннего использования",
        "Копіювання заборонено",
        "Nur für den internen Gebrauch",
        "Alleen voor intern gebruik",
        "Kopiering förbjuden",
        "Kopiering forbudt",
        "Kaupallinen käyttö kielletty",
        "Απαγορεύεται η αντιγραφή",
        "Kopyalanması yasaktır",
        "Kopiowanie zabronione",
        "يمنع النسخ",
        "Solo para uso interno",
        "Solo para uso personal",
        "Uso exclusivo interno",
        "Solo per uso personale",
        "Alleen voor persoonlijk gebruik",
        "Pouze pro osobní použití",
        "Endast för personligt bruk",
        "Chỉ dùng cho mục đích cá nhân",
        "Apenas para uso pessoal",
        "Toute reproduction est interdite",
        "Nutzung nur mit Genehmigung",
        "Ohne Zustimmung darf die Datei nicht verbreitet werden",
        "Utilisation uniquement avec autorisation",
        "Использование только с разрешения автора",
        "Только с разрешения автора",
        "Verwendung nur nach Rücksprache",
        "Nghiêm cấm sao chép",
        "Dilarang menyalin",
        "Másolása tilos",
    ] {
        assert!(is_restricting(text), "{text}");
    }
}

#[test]
fn sentences_that_restrict_nothing() {
    for text in [
        "Solo and duo performances of the commercial sector",
        "A solo personal project",
        "Copying is not prohibited",
        "Berechnet die Summe nur für positive Werte",
        "Calcula el uso de la memoria",
        "计算两个数的和",
        "사용자 이름만 만든다",
        "Все права защищены",
        "In vain did the person search",
        "Nur mit Werten der Liste",
        "The use of sin and cos without permission bits",
    ] {
        assert!(!is_restricting(text), "{text}");
    }
}
