//! Programs that run in their own package: the text is a part of a module's file, line by line, and the
//! module is executed, imported by its name.

use std::collections::VecDeque;

use super::layout::{LineMap, Placed};
use super::*;
use crate::hazards::{hazard, is_harmless, looks_at_process};
use crate::index::Place;
use crate::module::{Item, NameId};
use crate::packages::Packages;
use tracestone_record::{LineOrigin, LineRange, UnitKind};

/// Makes the program of a unit in statement `item` of a module.
pub(super) fn package(
    index: &Index<'_, '_>,
    packages: &Packages<'_>,
    module: usize,
    item: usize,
    unit: usize,
    name: NameId,
    settings: &Settings,
) -> Result<Sliced, Failure> {
    let place = packages.place(index, module)?;
    let source = &index.modules[module];
    let entry = source.names.text(name);
    refuse_replaced(source, item, name)?;
    super::rebound::refuse_by_namespace(source, item, name)?;
    let shown = Shown::gather(source, item, name, settings)?;
    let globals = packages.globals(module, || globals(index, module));
    refuse_frames(source, &shown, &globals)?;
    let text = Text::of(source, &shown)?;
    refuse_examples(&text)?;
    let mut definitions = Vec::new();
    let mut comments = Vec::new();
    let map = LineMap {
        text: &text.text,
        lines: &text.lines,
        starts: &text.starts,
    };
    for place in text.places(module, source, &shown) {
        map.map_definitions(source, &place, &mut definitions);
        map.map_comments(source, &place, &mut comments);
    }
    let program = Program {
        id: package_id(&text.text, entry, &place),
        package: Some(place),
        unit: source.units[unit].id,
        file: source.file,
        entry: entry.to_owned(),
        inlined: Vec::new(),
        imports: imports(source, &shown),
        text: text.text,
        lines: text.lines,
        definitions,
        comments,
    };
    Ok(Sliced {
        program,
        module,
        entry: name,
        globals,
        builtins: Fixed::default(),
        items: shown
            .items
            .keys()
            .map(|&item| (module, item))
            .collect::<BTreeSet<_>>()
            .into(),
    })
}

fn refuse_examples(text: &Text) -> Result<(), Failure> {
    if text.text.contains(">>>") {
        return Err(Failure::new(Reason::ExampleInProgram, ">>>"));
    }
    if text.edited && text.text.lines().any(reads_docstring) {
        let detail = "it reads a docstring that is shown without its examples";
        return Err(Failure::new(Reason::ExampleInProgram, detail));
    }
    Ok(())
}

/// True for a line that may do something with the text of a docstring. One that only gives a docstring to something
/// does not: `f.__doc__ = g.__doc__`.
fn reads_docstring(line: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let calls_help = line.match_indices("help(").any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| is_of_name(c) || c == '.')
    });
    let reads = line.contains("__doc__") || line.contains("getdoc");
    let target = line.split_once('=').map_or("", |(target, _)| target).trim();
    let gives = target.ends_with(".__doc__") && target.chars().all(|c| is_of_name(c) || c == '.');
    calls_help || reads && !gives
}

/// Id of the program. The same text in another source, or in another version of it, is another program,
/// because it may call something else there.
fn package_id(text: &str, entry: &str, place: &tracestone_record::InPackage) -> ProgramId {
    ProgramId::of(&[
        text.as_bytes(),
        entry.as_bytes(),
        place.source.as_bytes(),
        place.module.as_bytes(),
    ])
}

/// A definition that a later one replaces is not what its name means.
fn refuse_replaced(source: &Module<'_>, item: usize, name: NameId) -> Result<(), Failure> {
    let later = source.bound_by(name).rfind(|&bound| {
        bound > item
            && !matches!(
                source.items[bound].shape,
                Shape::Main | Shape::TypeChecking | Shape::Import
            )
    });
    match later {
        Some(later) if source.items[later].is_definition() => {
            let line = source.items[later].lines.first;
            let text = source.names.text(name);
            let detail = format!("{text} is defined again in line {line}");
            Err(Failure::new(Reason::NameClash, detail))
        }
        _ => Ok(()),
    }
}

/// The statements that are shown, each with the lines of it that are left out.
struct Shown {
    items: BTreeMap<usize, BTreeSet<Line>>,
}

impl Shown {
    /// Chooses the unit's statement, those that bind its name anew, those that bind the names these read, and so
    /// on, as far as there is room. A definition for which there is none is shown without docstrings, or not.
    fn gather(
        source: &Module<'_>,
        item: usize,
        name: NameId,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let mut shown = Self {
            items: BTreeMap::new(),
        };
        let mut room = settings.max_program_lines;
        for &future in &source.futures {
            shown.items.insert(future, BTreeSet::new());
            room = room.saturating_sub(source.items[future].height());
        }
        let later = super::rebound::later(source, item, name);
        let mut queue: VecDeque<usize> = [item].into_iter().chain(later.keys().copied()).collect();
        let mut met: BTreeSet<usize> = queue.iter().copied().collect();
        while let Some(next) = queue.pop_front() {
            let found = &source.items[next];
            match fitted(source, found, room) {
                Ok((removed, height)) => {
                    shown.items.insert(next, removed);
                    // Two lines apart from what is shown beside it.
                    room = room.saturating_sub(height + 2);
                }
                Err(reason) if next == item => {
                    let detail = format!("{}:{}", source.path, found.lines.first);
                    return Err(Failure::new(reason, detail));
                }
                Err(_) if later.get(&next) == Some(&true) => {
                    let line = found.lines.first;
                    let text = source.names.text(name);
                    let detail =
                        format!("{text} is bound again in line {line}, which is not shown");
                    return Err(Failure::new(Reason::NameClash, detail));
                }
                // A reader has to take it as it is, like what stands in other modules.
                Err(_) => continue,
            }
            let mut read: Vec<usize> = read_by(source, next).into_iter().collect();
            // Many small statements tell more than a large one.
            read.sort_by_key(|&item| (source.items[item].height(), item));
            queue.extend(read.into_iter().filter(|&item| met.insert(item)));
        }
        Ok(shown)
    }
}

/// The lines of a statement that are left out, and how many are shown; or the reason why it is not shown.
fn fitted(
    source: &Module<'_>,
    item: &Item<'_>,
    room: u32,
) -> Result<(BTreeSet<Line>, u32), Reason> {
    if item.error {
        return Err(Reason::UnitHasErrors);
    }
    if item.leaks {
        return Err(Reason::ExampleInProgram);
    }
    let removed = removed_lines(source, item).ok_or(Reason::ExampleInProgram)?;
    let all = item.lines.last.0 + 1 - item.lead.0;
    let height = |removed: &BTreeSet<Line>| {
        let inside = removed.range(item.lead..=item.lines.last).count();
        all.saturating_sub(u32::try_from(inside).unwrap_or(0))
    };
    if height(&removed) <= room {
        let height = height(&removed);
        return Ok((removed, height));
    }
    let mut bare = removed;
    for docstring in docstrings(source, item) {
        bare.extend((docstring.first.0..=docstring.last.0).map(Line));
    }
    // Of a class that is still too long, the largest methods are not shown.
    let mut methods = methods(source, item);
    while height(&bare) > room {
        let method = methods.pop().filter(|_| !methods.is_empty());
        let method = method.ok_or(Reason::ProgramTooLarge)?;
        bare.extend((method.first.0..=method.last.0).map(Line));
    }
    let height = height(&bare);
    Ok((bare, height))
}

/// The methods of a class, the largest last; those that make an object come first.
fn methods(source: &Module<'_>, item: &Item<'_>) -> Vec<LineRange> {
    let definitions = &source.definitions[item.definitions.clone()];
    let Some(class) = definitions
        .first()
        .filter(|first| item.is_definition() && first.kind == UnitKind::Class)
    else {
        return Vec::new();
    };
    let mut methods: Vec<(bool, u32, LineRange)> = definitions
        .iter()
        .filter_map(|definition| {
            let name = definition.name.strip_prefix(class.name.as_str())?;
            let name = name.strip_prefix('.').filter(|name| !name.contains('.'))?;
            let height = definition.lines.last.0 - definition.lines.first.0;
            let makes = matches!(name, "__init__" | "__new__");
            Some((!makes, height, with_lead(source, definition.lines)))
        })
        .collect();
    methods.sort_by_key(|&(later, height, lines)| (later, height, lines.first));
    methods.into_iter().map(|(_, _, lines)| lines).collect()
}

/// A definition's lines with the blank lines and comments right above it.
fn with_lead(source: &Module<'_>, lines: LineRange) -> LineRange {
    let above = (1..lines.first.0).rev().map(Line).take_while(|&line| {
        let text = source.lines.text(source.text, line).trim();
        text.is_empty() || text.starts_with('#')
    });
    LineRange {
        first: above.last().unwrap_or(lines.first),
        last: lines.last,
    }
}

/// Docstrings in a statement that can be left out, because their bodies contain more.
fn docstrings<'a>(
    source: &'a Module<'_>,
    item: &Item<'_>,
) -> impl Iterator<Item = LineRange> + use<'a> {
    let definitions = source.definitions[item.definitions.clone()].iter();
    definitions.filter_map(|definition| {
        let docstring = definition.docstring?;
        let has_more = match definition.kind {
            UnitKind::Class => definition.lines.last > docstring.last,
            _ => {
                let mut statements = definition.statements.iter();
                statements.any(|line| !docstring.contains(*line))
            }
        };
        (has_more && docstring.first > definition.header).then_some(docstring)
    })
}

/// The statements that define the names a statement reads.
fn read_by(source: &Module<'_>, position: usize) -> BTreeSet<usize> {
    let found = &source.items[position];
    let mut read = BTreeSet::new();
    read.extend(changing_library(source, found));
    for found_use in &found.effects.uses {
        let bound: Vec<usize> = source
            .bound_by(found_use.name)
            .filter(|&item| {
                !matches!(
                    source.items[item].shape,
                    Shape::Main | Shape::Ignored | Shape::Error
                )
            })
            .collect();
        match bound.last() {
            Some(&last) if source.items[last].is_definition() => {
                read.insert(last);
                // `old = size` between two definitions of `size` means the first one.
                let earlier = bound.iter().rfind(|&&item| item < position);
                read.extend(earlier.filter(|_| last > position && !found.is_definition()));
            }
            Some(_) => {
                read.extend(bound);
                read.extend(source.changed_by(found_use.name));
            }
            None if is_builtin(source.names.text(found_use.name)) => {}
            // Then it comes by a star import.
            None => {
                let items = source.items.iter().enumerate();
                let stars = items.filter(|(_, item)| !item.effects.stars.is_empty());
                read.extend(stars.map(|(position, _)| position));
            }
        }
    }
    read
}

/// The statements that change what a statement uses of modules that it imports.
fn changing_library(source: &Module<'_>, found: &Item<'_>) -> Vec<usize> {
    if source.library.is_empty() {
        return Vec::new();
    }
    let mut used: BTreeSet<String> = found.effects.inner_uses.iter().cloned().collect();
    for &found_use in &found.effects.uses {
        let name = source.names.text(found_use.name);
        let chain = source.chain(found_use);
        let imports = source.bound_by(found_use.name).flat_map(|item| {
            let imports = source.items[item].effects.imports.iter();
            imports.filter(|import| import.name == found_use.name)
        });
        let rest = chain.get(name.len()..).unwrap_or("");
        used.extend(imports.map(|import| format!("{}{rest}", import.target(&source.names))));
        if is_builtin(name) {
            used.insert(name.to_owned());
        }
    }
    let changes = source.changing_library(&used);
    changes.map(|change| change.item).collect()
}

/// The lines of a statement that are not shown since they give answers away; `None` where that would take
/// more than to leave out whole lines.
fn removed_lines(source: &Module<'_>, item: &Item<'_>) -> Option<BTreeSet<Line>> {
    let mut removed: BTreeSet<Line> = BTreeSet::new();
    for (line, text) in &item.edits {
        match text {
            None => {
                removed.insert(*line);
            }
            // The opening or closing line of a docstring: then all of it goes.
            Some(_) => {
                let around =
                    docstrings(source, item).find(|docstring| docstring.contains(*line))?;
                removed.extend((around.first.0..=around.last.0).map(Line));
            }
        }
    }
    Some(removed)
}

/// The text that is shown, as lines of the file.
struct Text {
    text: String,
    lines: Vec<Option<LineOrigin>>,
    /// Offsets of the lines' first bytes.
    starts: Vec<u32>,
    /// True if lines of shown statements were left out.
    edited: bool,
}

impl Text {
    fn of(source: &Module<'_>, shown: &Shown) -> Result<Self, Failure> {
        let mut lines: BTreeSet<Line> = BTreeSet::new();
        let mut edited = false;
        let mut removed: BTreeSet<Line> = BTreeSet::new();
        for (&item, left_out) in &shown.items {
            let item = &source.items[item];
            lines.extend((item.lead.0..=item.lines.last.0).map(Line));
            removed.extend(left_out);
        }
        for line in &removed {
            edited |= lines.remove(line);
        }
        let mut text = Self {
            text: String::new(),
            lines: Vec::new(),
            starts: Vec::new(),
            edited,
        };
        let mut last: Option<Line> = None;
        for line in lines {
            if let Some(last) = last {
                text.separate(source, last, line, &removed);
            }
            text.push(source.lines.text(source.text, line), Some(line));
            last = Some(line);
        }
        Ok(text)
    }

    fn push(&mut self, line: &str, origin: Option<Line>) {
        self.starts
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.text.push_str(line);
        self.text.push('\n');
        let origin = origin.map(|line| LineOrigin { file: 0, line });
        self.lines.push(origin);
    }

    /// Blank lines of the file between two shown lines: as many as there are if nothing else is in between,
    /// one or two if something is left out.
    fn separate(&mut self, source: &Module<'_>, last: Line, next: Line, removed: &BTreeSet<Line>) {
        let between: Vec<Line> = (last.0 + 1..next.0).map(Line).collect();
        if between.is_empty() || between.iter().all(|line| removed.contains(line)) {
            return;
        }
        let is_blank = |line: Line| source.lines.text(source.text, line).is_empty();
        let blank = between
            .iter()
            .rev()
            .take_while(|line| is_blank(**line))
            .count();
        for line in between[between.len() - blank.min(2)..].iter() {
            self.push("", Some(*line));
        }
    }

    /// Places of the statements in the text.
    fn places(&self, module: usize, source: &Module<'_>, shown: &Shown) -> Vec<Placed> {
        let line = |origin: &Option<LineOrigin>| origin.map_or(Line(0), |origin| origin.line);
        let within = |range: LineRange| {
            let from = self
                .lines
                .partition_point(|origin| line(origin) < range.first);
            let to = self
                .lines
                .partition_point(|origin| line(origin) <= range.last);
            from..to
        };
        let items = shown.items.keys();
        items
            .map(|&item| {
                let found = &source.items[item];
                Placed {
                    module,
                    item,
                    lines: within(LineRange {
                        first: found.lead,
                        last: found.lines.last,
                    }),
                }
            })
            .collect()
    }
}

/// Names that tell how many objects there are, which modules, or where the interpreter is installed: nothing
/// that runs notices that somebody asks.
const UNNOTICED: &[&str] = &[
    "ctypes",
    "grp",
    "locale",
    "platform",
    "pwd",
    "resource",
    "site",
    "socket.getprotobyname",
    "socket.getservbyname",
    "socket.getservbyport",
    "socket.if_nameindex",
    "socket.if_nametoindex",
    "sys._xoptions",
    "sys.dont_write_bytecode",
    "sys.exec_prefix",
    "sys.executable",
    "sys.flags",
    "sys.meta_path",
    "sys.orig_argv",
    "sys.path",
    "sys.prefix",
    "sys.pycache_prefix",
    "sys.version",
    "sys.warnoptions",
    "sysconfig",
    "tracemalloc",
];

/// Refuses statements that look at frames, namespaces or reference counts: what they see depends on who imports the
/// module, and on who watches. What reads files, clocks and the environment is found when it runs.
fn refuse_frames(source: &Module<'_>, shown: &Shown, globals: &Globals) -> Result<(), Failure> {
    for &item in shown.items.keys() {
        let effects = &source.items[item].effects;
        let used = effects.uses.iter().filter_map(|&found| {
            let name = source.names.text(found.name);
            let dotted = match globals.get(name) {
                Some(Meaning::Standard(target)) => {
                    let chain = source.chain(found);
                    format!("{target}{}", chain.get(name.len()..).unwrap_or(""))
                }
                Some(_) => return None,
                None => source.chain(found).into_owned(),
            };
            let harmless = is_harmless(&dotted, source.text, found.start, found.end);
            (!harmless || source.is_given_an_import(found)).then_some(dotted)
        });
        for dotted in used.chain(effects.inner_uses.iter().cloned()) {
            let unnoticed = UNNOTICED.iter().any(|name| {
                let rest = dotted.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            let hazard = hazard(&dotted);
            if hazard == Some(Reason::ReadsFrames) || unnoticed || looks_at_process(&dotted) {
                let reason = hazard.filter(|&reason| reason == Reason::ReadsEnvironment);
                return Err(Failure::new(reason.unwrap_or(Reason::ReadsFrames), dotted));
            }
        }
    }
    Ok(())
}

/// The modules that the shown statements import.
fn imports(source: &Module<'_>, shown: &Shown) -> Vec<String> {
    let mut modules = BTreeSet::new();
    for &item in shown.items.keys() {
        let effects = &source.items[item].effects;
        let imports = effects.imports.iter().chain(&effects.inner_imports);
        let imports = imports.filter(|import| import.level == 0);
        modules.extend(imports.map(|import| import.module.to_owned()));
    }
    modules.into_iter().collect()
}

/// Meanings of the names of a module.
fn globals(index: &Index<'_, '_>, module: usize) -> Globals {
    let source = &index.modules[module];
    let mut globals = HashMap::new();
    for &(name, item) in &source.bindings {
        let found = &source.items[item];
        if matches!(
            found.shape,
            Shape::Main | Shape::TypeChecking | Shape::Error
        ) {
            continue;
        }
        let imports = &found.effects.imports;
        let import = imports.iter().find(|import| import.name == name);
        let meaning = match import {
            Some(import) if index.place(module, import.level, import.module) == Place::Standard => {
                Meaning::Standard(import.target(&source.names))
            }
            _ => Meaning::Defined { module, name },
        };
        globals.insert(source.names.text(name).to_owned(), meaning);
    }
    globals.into()
}
