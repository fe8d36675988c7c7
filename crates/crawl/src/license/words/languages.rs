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

/// Characters of such words in Chinese and Japanese, which are written without spaces: forbid, only, not, except,
/// commercial, permit.
const CHARACTERS: &[char] = &[
    '禁', '仅', '僅', '只', '不', '非', '除', '商', '许', '許', '授', '専',
];

/// True if a word can change what a licence allows.
pub(super) fn is_charged(word: &str) -> bool {
    WORDS.contains(&word) || (!word.is_ascii() && word.contains(CHARACTERS))
}
