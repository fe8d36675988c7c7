//! The requirements that the metadata of a source state, read and not run: `pyproject.toml`, `setup.cfg`, what
//! `setup.py` says in literals, and requirements files.

use std::collections::BTreeSet;

use toml::{Table, Value};
use tracestone_record::normalised;

use super::Requirement;

/// A requirements file includes others at most so deep.
const MAX_DEPTH: usize = 5;
/// Lines of requirements of a source.
const MAX_LINES: usize = 2_000;

/// Requirements of a source, and those that are left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    /// Requirements in order, each once.
    pub(crate) requirements: Vec<Requirement>,
    /// Places and reasons: `pyproject.toml`, what is wrong.
    pub(crate) left_out: Vec<(String, String)>,
    /// Extras of the project itself that are taken already.
    extras: BTreeSet<String>,
    seen: usize,
}

/// Reads a file of the source by its path.
pub type ReadFile<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Stated {
    /// Adds a requirements file of the source.
    pub(crate) fn add_file(&mut self, path: &str, read: &ReadFile<'_>) {
        self.add_file_at(path, read, 0);
    }

    /// Adds what the metadata at the top of the source state, with extras and groups of dependencies.
    pub(crate) fn add_project(
        &mut self,
        extras: &[String],
        groups: &[String],
        read: &ReadFile<'_>,
    ) {
        let before = self.requirements.len() + self.left_out.len();
        let mut known = BTreeSet::new();
        let pyproject = read("pyproject.toml").map(|text| text.parse::<Table>());
        match pyproject {
            Some(Ok(table)) => {
                known.extend(self.add_pyproject(&table, extras, groups, read));
            }
            Some(Err(error)) => {
                let why = error.message().trim().to_owned();
                self.leave_out("pyproject.toml", why);
            }
            None => {}
        }
        if let Some(text) = read("setup.cfg") {
            known.extend(self.add_setup_cfg(&text, extras, read));
        }
        if let Some(text) = read("setup.py") {
            known.extend(self.add_setup_py(&text, extras));
        }
        for wanted in extras.iter().chain(groups) {
            if !known.contains(wanted) {
                let why = format!("the metadata know no extra and no group `{wanted}`");
                self.leave_out("project", why);
            }
        }
        if before == self.requirements.len() + self.left_out.len() && known.is_empty() {
            let why = "no metadata at the top of the source state what the project depends on";
            self.leave_out("project", why.to_owned());
        }
    }

    fn leave_out(&mut self, place: &str, why: String) {
        self.left_out.push((place.to_owned(), why));
    }

    fn add(&mut self, place: &str, text: &str) {
        self.seen += 1;
        if self.seen > MAX_LINES {
            if self.seen == MAX_LINES + 1 {
                self.leave_out(place, format!("more than {MAX_LINES} requirements"));
            }
            return;
        }
        match Requirement::parse(text) {
            Ok(requirement) if !self.requirements.contains(&requirement) => {
                self.requirements.push(requirement);
            }
            Ok(_) => {}
            Err(why) => self.leave_out(place, why),
        }
    }

    fn add_values(&mut self, place: &str, values: Option<&Value>) {
        for value in values.and_then(Value::as_array).into_iter().flatten() {
            match value.as_str() {
                Some(text) => self.add(place, text),
                None => self.leave_out(place, format!("`{value}` is no requirement")),
            }
        }
    }

    /// Gives the names of wanted extras and groups that were there.
    fn add_pyproject(
        &mut self,
        table: &Table,
        extras: &[String],
        groups: &[String],
        read: &ReadFile<'_>,
    ) -> Vec<String> {
        let place = "pyproject.toml";
        let mut known = Vec::new();
        if let Some(project) = table.get("project").and_then(Value::as_table) {
            self.add_values(place, project.get("dependencies"));
            let own = project.get("name").and_then(Value::as_str).unwrap_or("");
            let optional = project
                .get("optional-dependencies")
                .and_then(Value::as_table);
            for extra in extras {
                known.extend(self.add_extra(&normalised(own), optional, extra));
            }
        }
        let all = table.get("dependency-groups").and_then(Value::as_table);
        for group in groups {
            known.extend(self.add_group(all, group, 0));
        }
        let tool = |name: &str| table.get("tool")?.get(name);
        if let Some(dynamic) = tool("setuptools").and_then(|tool| tool.get("dynamic"))
            && let Some(files) = dynamic.get("dependencies").and_then(|it| it.get("file"))
        {
            let one = files.as_str().into_iter();
            let many = files
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            one.chain(many).for_each(|file| self.add_file(file, read));
        }
        if let Some(poetry) = tool("poetry") {
            self.add_poetry(poetry.get("dependencies"));
            for group in groups {
                let group_of = |name: &String| poetry.get("group")?.get(name)?.get("dependencies");
                if let Some(found) = group_of(group) {
                    known.push(group.clone());
                    self.add_poetry(Some(found));
                }
            }
        }
        known
    }

    /// An extra of the project; one may name others of the same project.
    fn add_extra(&mut self, own: &str, optional: Option<&Table>, extra: &str) -> Option<String> {
        if !self.extras.insert(normalised(extra)) {
            return Some(extra.to_owned());
        }
        let mut named = optional?.iter();
        let (_, values) = named.find(|(name, _)| normalised(name) == normalised(extra))?;
        for value in values.as_array().into_iter().flatten() {
            let text = value.as_str().unwrap_or_default();
            match Requirement::parse(text) {
                Ok(inner) if normalised(inner.name()) == own => {
                    for inner in inner.extras() {
                        self.add_extra(own, optional, inner);
                    }
                }
                _ => self.add("pyproject.toml", text),
            }
        }
        Some(extra.to_owned())
    }

    fn add_group(&mut self, all: Option<&Table>, group: &str, depth: usize) -> Option<String> {
        let mut named = all?.iter();
        let (_, values) = named.find(|(name, _)| normalised(name) == normalised(group))?;
        for value in values.as_array().into_iter().flatten() {
            let inner = value.get("include-group").and_then(Value::as_str);
            match (value.as_str(), inner) {
                (Some(text), _) => self.add("pyproject.toml", text),
                (None, Some(inner)) if depth < MAX_DEPTH => {
                    self.add_group(all, inner, depth + 1);
                }
                _ => self.leave_out("pyproject.toml", format!("`{value}` is no requirement")),
            }
        }
        Some(group.to_owned())
    }

    /// Poetry's own tables: `name = "^1.2"`.
    fn add_poetry(&mut self, dependencies: Option<&Value>) {
        let place = "pyproject.toml";
        for (name, value) in dependencies.and_then(Value::as_table).into_iter().flatten() {
            if name == "python" {
                continue;
            }
            let version = match value {
                Value::Table(inner) if inner.get("optional") == Some(&Value::Boolean(true)) => {
                    continue;
                }
                Value::Table(inner) => inner.get("version").and_then(Value::as_str),
                value => value.as_str(),
            };
            match version.and_then(poetry_version) {
                Some(version) => self.add(place, &format!("{name}{version}")),
                None => self.leave_out(place, format!("`{name}` names no version of the index")),
            }
        }
    }

    fn add_setup_cfg(&mut self, text: &str, extras: &[String], read: &ReadFile<'_>) -> Vec<String> {
        let place = "setup.cfg";
        let mut known = Vec::new();
        for (section, key, lines) in ini_entries(text) {
            let taken = match (section.as_str(), key.as_str()) {
                ("options", "install_requires") => true,
                ("options.extras_require", extra) => {
                    let wanted = extras
                        .iter()
                        .find(|wanted| normalised(wanted) == normalised(extra));
                    known.extend(wanted.cloned());
                    wanted.is_some()
                }
                _ => false,
            };
            for line in lines.iter().filter(|_| taken) {
                match line.strip_prefix("file:") {
                    Some(files) => {
                        for file in files.split(',') {
                            self.add_file(file.trim(), read);
                        }
                    }
                    None => self.add(place, line),
                }
            }
        }
        known
    }

    /// `install_requires` and `extras_require` of `setup.py`, where they are written as literals.
    fn add_setup_py(&mut self, text: &str, extras: &[String]) -> Vec<String> {
        let place = "setup.py";
        match literal_after(text, "install_requires") {
            Found::Texts(texts) => texts.iter().for_each(|text| self.add(place, text)),
            Found::Computed => {
                let why = "`install_requires` is computed, and `setup.py` is not run";
                self.leave_out(place, why.to_owned());
            }
            Found::Nothing => {}
        }
        let mut known = Vec::new();
        let (_, rest) = text.split_once("extras_require").unwrap_or_default();
        for extra in extras {
            for quote in ['"', '\''] {
                let key = format!("{quote}{extra}{quote}");
                if let Found::Texts(texts) = literal_after(rest, &key) {
                    known.push(extra.clone());
                    texts.iter().for_each(|text| self.add(place, text));
                }
            }
        }
        known
    }

    fn add_file_at(&mut self, path: &str, read: &ReadFile<'_>, depth: usize) {
        let Some(text) = inside(path).and_then(|path| read(&path)) else {
            return self.leave_out(path, "there is no such file in the source".to_owned());
        };
        let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
        for line in joined.lines() {
            let line = line.trim_start_matches('\u{feff}').trim();
            // A sign in the middle of a word starts no comment.
            let end = line.find(" #").unwrap_or(line.len());
            let line = match line.starts_with('#') {
                true => "",
                false => line[..end].trim(),
            };
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["-r" | "--requirement", other] if depth < MAX_DEPTH => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    let other = match folder {
                        "" => (*other).to_owned(),
                        folder => format!("{folder}/{other}"),
                    };
                    self.add_file_at(&other, read, depth + 1);
                }
                [option, ..] if option.starts_with('-') => {
                    let option: String = option.chars().take(40).collect();
                    let why = format!("the option `{option}` is not taken from a source");
                    self.leave_out(path, why);
                }
                // Hashes of other files than those that are chosen mean nothing.
                words => {
                    let kept = words.iter().filter(|word| !word.starts_with("--hash="));
                    let kept: Vec<&str> = kept.copied().collect();
                    self.add(path, &kept.join(" "));
                }
            }
        }
    }
}

/// A path inside the source without `.` and `..`; none for what leads out of it.
fn inside(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" if parts.is_empty() => return None,
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Poetry's version as one of PEP 508.
pub(super) fn poetry_version(text: &str) -> Option<String> {
    let text = text.trim();
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.split('.').map(|part| part.parse().ok()).collect()
    };
    match text.chars().next()? {
        '*' => Some(String::new()),
        '^' => {
            let parts = numbers(&text[1..])?;
            let fixed = parts.iter().position(|&part| part > 0);
            let fixed = fixed.unwrap_or(parts.len().saturating_sub(1));
            Some(format!(">={},<{}", &text[1..], next(&parts, fixed)))
        }
        '~' if !text.starts_with("~=") => {
            let parts = numbers(&text[1..])?;
            Some(format!(
                ">={},<{}",
                &text[1..],
                next(&parts, 1.min(parts.len() - 1))
            ))
        }
        '0'..='9' => Some(format!("=={text}")),
        _ => Some(text.to_owned()),
    }
}

/// The first version after all that start with the parts up to `fixed`.
fn next(parts: &[u64], fixed: usize) -> String {
    let mut parts = parts[..=fixed].to_vec();
    parts[fixed] += 1;
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    parts.join(".")
}

/// Section, key and lines of each entry of a file in the format of `configparser`.
pub(super) fn ini_entries(text: &str) -> Vec<(String, String, Vec<String>)> {
    let mut section = String::new();
    let mut entries: Vec<(String, String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with(char::is_whitespace) {
            if let Some((_, _, lines)) = entries.last_mut() {
                lines.push(bare.to_owned());
            }
        } else if let Some(name) = bare.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            section = name.trim().to_owned();
            entries.push((section.clone(), String::new(), Vec::new()));
        } else if let Some((key, value)) = bare.split_once(['=', ':']) {
            let value = value.trim();
            let lines = (!value.is_empty()).then(|| value.to_owned());
            let entry = (section.clone(), key.trim().to_owned());
            entries.push((entry.0, entry.1, lines.into_iter().collect()));
        }
    }
    entries
}

/// A list after a name in a Python text.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// The texts of a list of literals.
    Texts(Vec<String>),
    /// Something else than a list of literals.
    Computed,
    /// The name is not there.
    Nothing,
}

/// The list of texts that follows a name, or the name of such a list.
fn literal_after(text: &str, name: &str) -> Found {
    let Some((_, rest)) = text.split_once(name) else {
        return Found::Nothing;
    };
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    let Some(rest) = rest.strip_prefix(['=', ':']) else {
        return Found::Nothing;
    };
    let rest = rest.trim_start();
    if let Some(rest) = rest.strip_prefix(['[', '(']) {
        return texts(rest).map_or(Found::Computed, Found::Texts);
    }
    if rest.starts_with(['"', '\'']) {
        // One text, with a requirement in each line.
        let found = texts(&format!(
            "{}]",
            rest.split_inclusive('\n').next().unwrap_or(rest)
        ));
        return found.map_or(Found::Computed, Found::Texts);
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    let variable = &rest[..end.unwrap_or(rest.len())];
    let found = text.lines().position(|line| {
        let after = line.strip_prefix(variable).map(str::trim_start);
        !variable.is_empty() && after.is_some_and(|after| after.starts_with('='))
    });
    let Some(at) = found else {
        return Found::Computed;
    };
    let lines: Vec<&str> = text.lines().skip(at).collect();
    let lines = lines.join("\n");
    let value = lines
        .split_once('=')
        .map_or("", |(_, value)| value.trim_start());
    match value.strip_prefix(['[', '(']).and_then(texts) {
        Some(found) => Found::Texts(found),
        None => Found::Computed,
    }
}

/// The plain texts of a list, up to its end.
fn texts(mut rest: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        match rest.chars().next()? {
            ']' | ')' => return Some(found),
            '#' => rest = rest.split_once('\n')?.1,
            quote @ ('"' | '\'') => {
                let (text, after) = rest[1..].split_once(quote)?;
                if text.contains(['\\', '\n']) || text.is_empty() {
                    return None;
                }
                found.push(text.to_owned());
                rest = after.trim_start();
                // Two texts in a row would be one, and anything else a computation.
                if !rest.starts_with([',', ']', ')', '#']) {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(files: &[(&str, &str)], extras: &[&str], groups: &[&str]) -> (Vec<String>, usize) {
        let owned = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let mut stated = Stated::default();
        stated.add_project(&owned(extras), &owned(groups), &|path| {
            let found = files.iter().find(|(name, _)| *name == path)?;
            Some(found.1.to_owned())
        });
        let lines = stated.requirements.iter().map(ToString::to_string);
        (lines.collect(), stated.left_out.len())
    }

    #[test]
    fn metadata_are_read_in_all_their_forms() {
        let text = "[project]\nname = \"p\"\ndependencies = [\"a>=1\", \"b; python_version<'3.8'\"]\n\
                    [project.optional-dependencies]\ntest = [\"c\"]\nall = [\"p[test]\", \"d\"]\n\
                    [dependency-groups]\ndev = [\"e\", {include-group = \"more\"}]\nmore = [\"f\"]\n";
        let (lines, left) = stated(&[("pyproject.toml", text)], &["all"], &["dev"]);
        assert_eq!(
            lines,
            ["a>=1", "b; python_version < \"3.8\"", "c", "d", "e", "f"]
        );
        assert_eq!(left, 0);
        let text = "[options]\ninstall_requires =\n    six >= 1.5\n    # none\n    x; os_name == 'nt'\n\
                    [options.extras_require]\ntest =\n    y\n";
        let (lines, _) = stated(&[("setup.cfg", text)], &["test"], &[]);
        assert_eq!(lines, ["six>=1.5", "x; os_name == \"nt\"", "y"]);
        let text = "from setuptools import setup\nsetup(name='n', install_requires=['a', \"b>1\",  # why\n 'c'],\n\
                    extras_require={'test': ['d'], 'doc': ['e']})\n";
        let (lines, left) = stated(&[("setup.py", text)], &["test"], &[]);
        assert_eq!(
            (lines.as_slice(), left),
            (&["a", "b>1", "c", "d"].map(String::from)[..], 0)
        );
        let text = "needs = ['a']\nsetup(install_requires=needs)\n";
        assert_eq!(stated(&[("setup.py", text)], &[], &[]).0, ["a"]);
        let text = "[tool.poetry.dependencies]\npython = \"^3.9\"\na = \"^1.2.3\"\nb = \"^0.2\"\nc = \"~1.4\"\nd = \"*\"\n\
                    e = {version = \">=2\", optional = true}\nf = {git = \"x\"}\n";
        let (lines, left) = stated(&[("pyproject.toml", text)], &[], &[]);
        assert_eq!(lines, ["a>=1.2.3,<2", "b>=0.2,<0.3", "c>=1.4,<1.5", "d"]);
        assert_eq!(left, 1);
    }

    #[test]
    fn what_is_computed_or_missing_is_left_out_with_a_reason() {
        for text in [
            "setup(install_requires=open('r').read())",
            "setup(install_requires=['a' + b])",
            "setup(install_requires=['a' 'b'])",
            "needs = read()\nsetup(install_requires=needs)",
        ] {
            assert_eq!(
                stated(&[("setup.py", text)], &[], &[]),
                (vec![], 1),
                "{text}"
            );
        }
        assert_eq!(stated(&[], &[], &[]).1, 1);
        assert_eq!(
            stated(&[("pyproject.toml", "[project\n")], &["x"], &[]).1,
            2
        );
    }

    #[test]
    fn a_requirements_file_gives_names_and_versions_and_nothing_else() {
        let files = [
            (
                "dev/all.txt",
                "# all\n-r base.txt\n--requirement ../../../etc/passwd\n-r /etc/passwd\n-e .\n--index-url https://example.org\n\
                 --extra-index-url=x\ngit+https://example.org/x\nsix @ file:///tmp/six.whl\n./local\nc.whl\n\
                 a==1 --hash=sha256:00 \\\n   --hash=sha256:01\nb>=2  # why\nb --config-settings=x=y\n",
            ),
            ("dev/base.txt", "-r all.txt\nd\n-c limits.txt\n"),
        ];
        let mut stated = Stated::default();
        stated.add_file("dev/all.txt", &|path| {
            let found = files.iter().find(|(name, _)| *name == path)?;
            Some(found.1.to_owned())
        });
        let lines: Vec<String> = stated
            .requirements
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(
            ["a==1", "b>=2", "d"]
                .iter()
                .all(|line| lines.iter().any(|one| one == line)),
            "{lines:?}"
        );
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(stated.left_out.len() > 8, "{:?}", stated.left_out);
    }
}
