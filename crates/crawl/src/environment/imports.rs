//! The distributions of what a source imports, by a table. What is not in it is left out: a name is never guessed, since
//! anybody may publish a distribution under the name of a module.

use std::collections::{BTreeMap, BTreeSet};

/// Modules whose distribution has the same name.
const SAME: &str = "absl-py=absl aiohttp anyio attrs=attr attrs babel beautifulsoup4=bs4 bokeh boltons cachetools certifi \
    cffi chardet charset-normalizer=charset_normalizer click cloudpickle colorama contourpy cryptography cycler cython=Cython \
    dask decorator distro docopt docutils flask=flask flexcache flexparser fonttools=fontTools fsspec h11 httpx idna \
    importlib-metadata=importlib_metadata importlib-resources=importlib_resources itsdangerous jinja2 joblib jsonschema \
    kiwisolver lark lxml markdown markdown-it-py=markdown_it markupsafe=markupsafe matplotlib mdurl more-itertools=more_itertools \
    mpmath msgpack multidict mypy-extensions=mypy_extensions networkx numpy packaging pandas pillow=PIL pint platformdirs pluggy \
    ply prompt-toolkit=prompt_toolkit psutil pyasn1 pycparser pydantic pygments pyparsing pyrsistent python-dateutil=dateutil \
    pytz pyyaml=yaml regex requests rich scikit-learn=sklearn scipy six sniffio sortedcontainers \
    soupsieve sympy tabulate toml tomli tomlkit toolz tornado tqdm typing-extensions=typing_extensions tzlocal \
    uncertainties urllib3 wcwidth werkzeug wrapt xarray zipp";

/// The distribution of each known module.
fn table() -> BTreeMap<&'static str, &'static str> {
    let pairs = SAME
        .split_whitespace()
        .map(|entry| match entry.split_once('=') {
            Some((distribution, module)) => (module, distribution),
            None => (entry, entry),
        });
    pairs.collect()
}

/// The distributions of imported modules, and the modules that the table does not have.
pub(crate) fn distributions<'a>(modules: &BTreeSet<&'a str>) -> (Vec<&'static str>, Vec<&'a str>) {
    let table = table();
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    for module in modules {
        match table.get(module) {
            Some(distribution) => {
                found.insert(*distribution);
            }
            None => unknown.push(*module),
        }
    }
    (found.into_iter().collect(), unknown)
}

/// The top-level modules that a file imports at the start of a line, as far as lines tell.
pub(crate) fn imported(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let line = line.trim_start();
        let names = match (line.strip_prefix("import "), line.strip_prefix("from ")) {
            (Some(names), _) => names.split(',').collect(),
            (None, Some(rest)) => match rest.split_once(" import ") {
                Some((name, _)) => vec![name],
                None => Vec::new(),
            },
            (None, None) => Vec::new(),
        };
        names.into_iter().filter_map(top)
    })
}

/// The top-level module of `package.module as name`.
fn top(name: &str) -> Option<&str> {
    let name = name.trim().split([' ', '.', ';', '#']).next()?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_word)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_lead_to_distributions_by_the_table_alone() {
        let text = "import os, yaml.nodes as y\nfrom dateutil.tz import gettz\n    import attr\nfrom . import own\n\
                    from .x import y\nimport nowhere_at_all  # why\nfromage = 1\n";
        let modules: BTreeSet<&str> = imported(text).collect();
        assert_eq!(
            modules.iter().copied().collect::<Vec<_>>(),
            ["attr", "dateutil", "nowhere_at_all", "os", "yaml"]
        );
        let (found, unknown) = distributions(&modules);
        assert_eq!(found, ["attrs", "python-dateutil", "pyyaml"]);
        assert_eq!(unknown, ["nowhere_at_all", "os"]);
    }
}
