//! The files of the pages, part of the program.

/// A file with its name and media type.
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    pub(crate) media: &'static str,
    pub(crate) text: &'static str,
}

macro_rules! assets {
    ($($name:literal $media:literal),* $(,)?) => {
        &[
            $(Asset {
                name: $name,
                media: $media,
                text: include_str!(concat!("../pages/", $name)),
            },)*
            Asset {
                name: "page.js",
                media: "text/javascript; charset=utf-8",
                text: tracestone_record::outside::PAGE_SCRIPT,
            },
        ]
    };
}

/// All files; the first is the page.
pub(crate) const ASSETS: &[Asset] = assets![
    "index.html" "text/html; charset=utf-8",
    "colors.css" "text/css; charset=utf-8",
    "page.css" "text/css; charset=utf-8",
    "viewer.css" "text/css; charset=utf-8",
    "base.js" "text/javascript; charset=utf-8",
    "data.js" "text/javascript; charset=utf-8",
    "overview.js" "text/javascript; charset=utf-8",
    "list.js" "text/javascript; charset=utf-8",
    "stepping.js" "text/javascript; charset=utf-8",
    "plot.js" "text/javascript; charset=utf-8",
    "viewer.js" "text/javascript; charset=utf-8",
    "app.js" "text/javascript; charset=utf-8",
];
