//! Formats of keys and tokens of services that publish them, besides those of [`crate::secret`].

/// Name, pattern with the secret as its first group, and the different characters that it has at least.
pub(crate) const SERVICES: &[(&str, &str, usize)] = &[
    (
        "model_service_key",
        r"\b(sk-or-v1-[0-9a-f]{64}|gsk_[A-Za-z0-9]{48,60}|xai-[A-Za-z0-9]{70,90}|pplx-[A-Za-z0-9]{40,60}|r8_[A-Za-z0-9]{37}|nvapi-[A-Za-z0-9_-]{60,70}|tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}|pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|e2b_[0-9a-f]{40}|csk-[a-z0-9]{48}|sk-[0-9a-f]{32})\b",
        12,
    ),
    (
        "gitlab_token",
        r"\bgl(?:ptt|dt|rt|cbt|ft|imt|agent|soat|ffct)-([A-Za-z0-9_-]{20,})",
        10,
    ),
    (
        "slack_token",
        r"\bxapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,15}-([0-9a-f]{40,})\b",
        8,
    ),
    (
        "discord_token",
        r"\b((?:M[DTjz]|N[DTjz]|O[DT])[A-Za-z0-9]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})\b",
        18,
    ),
    (
        "docker_token",
        r"\bdckr_(?:pat|oat)_([A-Za-z0-9_-]{27,})",
        12,
    ),
    (
        "cloud_token",
        r"\b(sbp_[0-9a-f]{40}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,}|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,}|hv[sbr]\.[A-Za-z0-9_-]{60,}|pul-[0-9a-f]{40}|HRKU-[A-Za-z0-9_-]{36,}|nfp_[A-Za-z0-9]{36,}|LTAI[A-Za-z0-9]{16,20}|AKID[A-Za-z0-9]{32}|fm2_[A-Za-z0-9+/=_-]{100,}|AQVN[A-Za-z0-9_-]{35,38})",
        14,
    ),
    (
        "cloud_token",
        r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,})",
        14,
    ),
    (
        "azure_client_secret",
        r"\b([A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{34})",
        14,
    ),
    (
        "observability_token",
        r"\b(gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}|sntr(?:ys|yu)_[A-Za-z0-9+/=_]{60,}|NRAK-[A-Z0-9]{27}|dt0c01\.[A-Z2-7]{24}\.[A-Z2-7]{64}|dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}|squ_[0-9a-f]{40}|sq[pa]_[0-9a-f]{40}|ph[cx]_[A-Za-z0-9]{40,48})\b",
        12,
    ),
    (
        "payment_key",
        r"\b(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|whsec_[A-Za-z0-9+/]{32,}|EZ[AT]K[A-Za-z0-9]{54}|shippo_live_[0-9a-f]{40})",
        12,
    ),
    (
        "package_registry_token",
        r"\b(rubygems_[0-9a-f]{48}|CLOJARS_[a-z0-9]{60}|oy2[a-z0-9]{43})\b",
        12,
    ),
    (
        "mail_service_key",
        r"\b(xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16})\b",
        10,
    ),
    ("mail_service_key", r"\b([0-9a-f]{32}-us[0-9]{1,2})\b", 10),
    (
        "workspace_token",
        r"\b(ntn_[A-Za-z0-9]{40,50}|lin_api_[A-Za-z0-9]{40}|pat[A-Za-z0-9]{14}\.[0-9a-f]{64}|figd_[A-Za-z0-9_-]{40,}|ATATT3xFfGF0[A-Za-z0-9_=-]{60,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|tfp_[A-Za-z0-9_-]{40,}|rdme_[a-z0-9]{70}|bkua_[0-9a-f]{40}|pnu_[A-Za-z0-9]{36}|ops_eyJ[A-Za-z0-9_=-]{100,})",
        12,
    ),
    (
        "google_oauth_token",
        r"\b(ya29\.[A-Za-z0-9_-]{60,}|1//0[A-Za-z0-9_-]{60,})",
        14,
    ),
    (
        "google_messaging_key",
        r"\b(AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{100,})",
        14,
    ),
    ("facebook_token", r"\b(EAA[A-Za-z0-9]{150,})\b", 14),
    (
        "age_key",
        r"\bAGE-SECRET-KEY-1([QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})\b",
        12,
    ),
    (
        "putty_key",
        r"PuTTY-User-Key-File-[0-9]:[\s\S]{1,4000}?Private-Lines:[ 0-9]*((?:\\n|[\s'\x22+#,])*[A-Za-z0-9+/=]{40,})",
        14,
    ),
    (
        "teams_webhook",
        r"https://[a-z0-9-]+\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/([0-9a-f]{32})",
        8,
    ),
    (
        "azure_signature",
        r"[?&]s[vpert]=[^\s'\x22]{1,200}&sig=([A-Za-z0-9%+/]{40,60})",
        14,
    ),
];

/// Parts of texts with a secret whose pattern begins in a way that many texts do.
const PARTS: &[(&str, &str)] = &[
    (r"\.atlasv1\.", ".atlasv1."),
    ("[78]Q~", "Q~"),
    ("-us[0-9]", "-us"),
    ("&sig=", "&sig="),
];

/// A part without which no text has the pattern, where looking for it first is worth the while.
pub(crate) fn part(regex: &str) -> Option<&'static str> {
    let found = PARTS.iter().find(|(of, _)| regex.contains(of));
    found.map(|(_, part)| *part)
}

/// True for a text that has digits among its letters, and no words between its signs, as what is drawn by chance.
pub(crate) fn is_drawn(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2
}
