//! Words of other languages than English that grant, forbid or condition something.

/// Such words of European languages.
const WORDS: &[&str] = &[
    "apenas",
    "autorisation",
    "autorizzazione",
    "comerciais",
    "comercial",
    "comerciales",
    "commerciale",
    "commerciales",
    "commerciali",
    "commerciaux",
    "darf",
    "dürfen",
    "erlaubnis",
    "esclusivamente",
    "excepto",
    "genehmigung",
    "gewerblich",
    "gewerbliche",
    "interdit",
    "interdite",
    "interdites",
    "kommerziell",
    "kommerzielle",
    "kommerziellen",
    "kommerzieller",
    "nicht",
    "nur",
    "ohne",
    "permiso",
    "permissão",
    "prohibida",
    "prohibido",
    "prohibidos",
    "proibida",
    "proibido",
    "sauf",
    "seulement",
    "solamente",
    "somente",
    "uniquement",
    "untersagt",
    "vietata",
    "vietato",
    "zustimmung",
    "únicamente",
    "запрещается",
    "запрещена",
    "запрещено",
    "коммерческих",
    "коммерческое",
    "некоммерческих",
    "разрешения",
    "только",
];

/// Beginnings of words that forbid; of scripts without capitals also parts of words.
const FORBIDDING: &[&str] = &[
    "dilarang",
    "forbud",
    "förbju",
    "förbud",
    "interdi",
    "interzis",
    "keelat",
    "kiellet",
    "kielty",
    "prohib",
    "proib",
    "tilos",
    "untersag",
    "unzuläss",
    "verbied",
    "verboden",
    "verbot",
    "vieta",
    "vietat",
    "yasak",
    "zabron",
    "zabrán",
    "zakaz",
    "zakáz",
    "απαγορ",
    "заборон",
    "забран",
    "запрет",
    "запрещ",
    "אסור",
    "محظور",
    "ممنوع",
    "يحظر",
    "يمنع",
    "يُحظر",
    "يُمنع",
    "निषिद्ध",
    "ห้าม",
    "不得",
    "严禁",
    "勿外",
    "请勿",
    "請勿",
    "嚴禁",
    "未經",
    "未经",
    "無断",
    "無斷",
    "禁じ",
    "禁止",
    "翻印",
    "금지",
    "무단",
    "불허",
];

/// Parts of words for commerce.
const COMMERCIAL: &[&str] = &[
    "comercia",
    "commerciale",
    "commerciaux",
    "commercieel",
    "commerciël",
    "erhvervsm",
    "gewerblich",
    "kaupalli",
    "kereskedelm",
    "komerc",
    "komersial",
    "komerč",
    "kommerci",
    "kommers",
    "kommerz",
    "næringsv",
    "thương",
    "ticari",
    "εμπορικ",
    "комерц",
    "комерч",
    "коммерч",
    "търговск",
    "상업",
    "영리",
    "تجار",
    "מסחר",
    "พาณิชย์",
    "व्यावसायिक",
    "商业",
    "商業",
    "商用",
    "営利",
    "營利",
    "营利",
];

/// Beginnings of words for what licences are about.
const ACTS: &[&str] = &[
    "aanwend",
    "anvend",
    "använd",
    "bruk",
    "copi",
    "cópia",
    "dağıt",
    "diffus",
    "distribu",
    "distribú",
    "dystrybu",
    "gebrauch",
    "gebruik",
    "kopi",
    "kopyal",
    "kopír",
    "kullan",
    "käyt",
    "levit",
    "modif",
    "nutz",
    "paylaş",
    "použ",
    "rediffus",
    "redistribu",
    "reprodu",
    "riprodu",
    "rozpowszech",
    "spred",
    "sprid",
    "usage",
    "uso",
    "utilis",
    "utiliz",
    "użyc",
    "użyt",
    "verbreit",
    "vermenigvuldig",
    "verspreid",
    "vervielf",
    "verwend",
    "veröffentlich",
    "weitergab",
    "çoğalt",
    "αναπαρ",
    "αντιγρ",
    "διανομ",
    "χρήσ",
    "використ",
    "використан",
    "воспроизв",
    "использ",
    "копир",
    "копиюв",
    "копіюв",
    "поширен",
    "публик",
    "разпростр",
    "распростр",
    "העתק",
    "שימוש",
    "استخدام",
    "توزيع",
    "نسخ",
    "传播",
    "使用",
    "傳播",
    "再配布",
    "分发",
    "商业",
    "商業",
    "商用",
    "复制",
    "外传",
    "外傳",
    "抄袭",
    "拷贝",
    "授权",
    "授權",
    "改変",
    "泄露",
    "流出",
    "發布",
    "盗用",
    "翻印",
    "複写",
    "複製",
    "許可",
    "许可",
    "転用",
    "転載",
    "転送",
    "轉載",
    "转载",
    "配布",
    "배포",
    "복제",
    "사용",
    "이용",
    "전재",
];

/// Words that restrict something to what follows.
const ONLY: &[&str] = &[
    "alleen",
    "apenas",
    "chỉ",
    "ausschließlich",
    "enbart",
    "endast",
    "esclusivamente",
    "exclusivamente",
    "exclusivement",
    "exclusivo",
    "kizárólag",
    "kun",
    "nur",
    "pouze",
    "réservé",
    "sadece",
    "seulement",
    "solamente",
    "solo",
    "soltanto",
    "somente",
    "sólo",
    "tylko",
    "uitsluitend",
    "uniquement",
    "vain",
    "wyłącznie",
    "yalnızca",
    "únicamente",
    "μόνο",
    "исключительно",
    "лише",
    "только",
    "тільки",
    "فقط",
    "に限",
    "のみ",
    "专用",
    "仅供",
    "仅限",
    "僅供",
    "僅限",
    "専用",
    "限于",
    "로만",
    "만을",
    "에만",
    "전용",
];

/// Beginnings of words for uses that are not everybody's.
const PRIVATE: &[&str] = &[
    "academ",
    "académ",
    "akadem",
    "dahili",
    "eigengebrauch",
    "eigennutz",
    "forschung",
    "intern",
    "investigac",
    "içi",
    "kişisel",
    "lehre",
    "nhân",
    "nội",
    "osobist",
    "osobní",
    "particulier",
    "personale",
    "personali",
    "personlig",
    "personnel",
    "persoonlijk",
    "persön",
    "pessoa",
    "privat",
    "privé",
    "recherche",
    "ricerca",
    "sisäi",
    "tutkimu",
    "wewnętrz",
    "wissenschaft",
    "yksityi",
    "εσωτερικ",
    "προσωπικ",
    "внутр",
    "исследов",
    "личн",
    "некоммерч",
    "особист",
    "داخلي",
    "شخصي",
    "个人",
    "個人",
    "内部",
    "学习",
    "學習",
    "研究",
    "社内",
    "개인",
    "내부",
    "연구",
];

/// Beginnings of words for secrets.
const SECRET: &[&str] = &[
    "důvěrn",
    "geheimhaltung",
    "gizlidir",
    "luottamuksel",
    "poufn",
    "vertraulich",
    "vertrouwelijk",
    "εμπιστευτικ",
    "конфиденциаль",
    "конфіденцій",
    "סודי",
    "侵权必究",
    "侵權必究",
    "保密",
    "机密",
    "機密",
    "社外秘",
    "部外秘",
    "기밀",
    "대외비",
];

/// True if a word has letters of a script without capitals, such as Chinese or Arabic.
pub(super) fn is_caseless(word: &str) -> bool {
    word.chars()
        .any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase())
}

/// True if a word begins with one of the stems, or holds one of a script without capitals.
fn has(word: &str, stems: &[&str]) -> bool {
    stems.iter().any(|stem| match is_caseless(stem) {
        true => word.contains(stem),
        false => word.starts_with(stem),
    })
}

/// True for a sentence in another language that forbids or reserves something that licences are about. English
/// words that are spelled alike count where they stand beside a word that is not English.
pub(in super::super) fn restricts(words: &[&str]) -> bool {
    let any = |stems: &[&str]| words.iter().any(|word| has(word, stems));
    let is_only = |word: &&str| match is_caseless(word) {
        true => has(word, ONLY),
        false => ONLY.contains(word),
    };
    let forbids = words
        .iter()
        .any(|word| has(word, FORBIDDING) && !matches!(*word, "interdict" | "interdiction"));
    let english = words
        .iter()
        .any(|word| word.starts_with("prohibit") || *word == "prohibition");
    let commercial = words
        .iter()
        .any(|word| COMMERCIAL.iter().any(|part| word.contains(part)));
    // `uso personal`, which English spells alike.
    let of_person = ["uso", "personal"].iter().all(|word| words.contains(word));
    any(SECRET)
        || (forbids && !english && (any(ACTS) || commercial))
        || (commercial && any(ACTS))
        || (words.iter().any(is_only) && (any(PRIVATE) || commercial || of_person))
}

/// Characters of such words in Chinese and Japanese, which are written without spaces: forbid, only, not, except,
/// commercial, permit.
const CHARACTERS: &[char] = &[
    '禁', '仅', '僅', '只', '不', '非', '除', '商', '许', '許', '授', '専',
];

/// True if a word can change what a licence allows.
pub(super) fn is_charged(word: &str) -> bool {
    WORDS.contains(&word)
        || has(word, FORBIDDING)
        || COMMERCIAL.iter().any(|part| word.contains(part))
        || (!word.is_ascii() && word.contains(CHARACTERS))
}

#[cfg(test)]
mod tests {
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
        ] {
            assert!(!is_restricting(text), "{text}");
        }
    }
}
