//! From gathered statements to a program's text, with the origin of every line.

use super::gather::Gathered;
use super::*;
use crate::module::Item;
use tracestone_record::{Comment, FileId, LineOrigin, LineRange, Span};

/// Lines of generated imports are kept within this many characters.
const MAX_IMPORT_WIDTH: usize = 88;

/// Writes the program down.
pub(super) fn lay_out(
    index: &Index<'_, '_>,
    module: usize,
    unit: usize,
    entry: NameId,
    gathered: Gathered,
    settings: &Settings,
) -> Result<Sliced, Failure> {
    let order = file_order(module, &gathered.edges);
    let mut writer = Writer {
        index,
        gathered: &gathered,
        order: &order,
        text: String::new(),
        lines: Vec::new(),
        starts: Vec::new(),
        placed: Vec::new(),
    };
    writer.write_futures();
    writer.write_imports();
    writer.write_bodies();
    let (mut text, mut lines) = (writer.text, writer.lines);
    let (starts, placed) = (writer.starts, writer.placed);
    check(&text, lines.len(), settings)?;
    // The programs of all files of a source are in memory at once.
    text.shrink_to_fit();
    lines.shrink_to_fit();
    let source = &index.modules[module];
    let name = source.names.text(entry);
    let map = LineMap {
        text: &text,
        lines: &lines,
        starts: &starts,
    };
    let (mut definitions, mut comments) = (Vec::new(), Vec::new());
    for place in &placed {
        let source = &index.modules[place.module];
        map.map_definitions(source, place, &mut definitions);
        map.map_comments(source, place, &mut comments);
    }
    for definition in &mut definitions {
        definition.shrink_to_fit();
    }
    definitions.shrink_to_fit();
    comments.shrink_to_fit();
    let program = Program {
        package: None,
        id: program_id(&text, name),
        unit: source.units[unit].id,
        file: source.file,
        entry: name.to_owned(),
        inlined: inlined(index, &order, module),
        imports: imported_modules(index, &gathered),
        text,
        lines,
        definitions,
        comments,
    };
    Ok(Sliced {
        program,
        module,
        entry,
        globals: gathered.globals.into(),
        builtins: gathered.builtins.into(),
        items: gathered.items.into(),
    })
}

fn check(text: &str, lines: usize, settings: &Settings) -> Result<(), Failure> {
    if lines > settings.max_program_lines as usize {
        let detail = format!("more than {} lines", settings.max_program_lines);
        return Err(Failure::new(Reason::ProgramTooLarge, detail));
    }
    if text.contains(">>>") {
        return Err(Failure::new(Reason::ExampleInProgram, ">>>"));
    }
    Ok(())
}

/// The other files that a program has statements of.
fn inlined(index: &Index<'_, '_>, order: &[usize], module: usize) -> Vec<FileId> {
    let others = order.iter().filter(|&&file| file != module);
    others.map(|&file| index.modules[file].file).collect()
}

/// Writes additional statements of a program: everything gathered that is not in the program.
pub(super) fn lay_out_beside(
    index: &Index<'_, '_>,
    sliced: &Sliced,
    mut gathered: Gathered,
) -> String {
    gathered.items.retain(|item| !sliced.items.contains(item));
    for (&(module, _), names) in &mut gathered.imports {
        let source = &index.modules[module];
        names.retain(|&name| !sliced.globals.contains_key(source.names.text(name)));
    }
    gathered.imports.retain(|_, names| !names.is_empty());
    gathered
        .aliases
        .retain(|(_, _, alias, _)| !sliced.globals.contains_key(alias));
    // A node that needs all files gives an order with itself at the end.
    let all = usize::MAX;
    let files = gathered.edges.keys().copied().collect();
    gathered.edges.insert(all, files);
    let mut order = file_order(all, &gathered.edges);
    order.pop();
    let mut writer = Writer {
        index,
        gathered: &gathered,
        order: &order,
        text: String::new(),
        lines: Vec::new(),
        starts: Vec::new(),
        placed: Vec::new(),
    };
    writer.write_imports();
    writer.write_bodies();
    writer.text.trim_end().to_owned()
}

/// The files in an order in which their definitions can be executed, the entry's file last.
fn file_order(entry: usize, edges: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::from([entry]);
    // Each entry of the stack is a file and the files it needs that are still to be visited.
    let needs = |file: usize| -> Vec<usize> {
        let mut needed: Vec<usize> = edges.get(&file).into_iter().flatten().copied().collect();
        needed.reverse();
        needed
    };
    let mut stack = vec![(entry, needs(entry))];
    while let Some((file, needed)) = stack.last_mut() {
        match needed.pop() {
            Some(next) if seen.insert(next) => stack.push((next, needs(next))),
            Some(_) => {}
            None => {
                order.push(*file);
                stack.pop();
            }
        }
    }
    order
}

fn imported_modules(index: &Index<'_, '_>, gathered: &Gathered) -> Vec<String> {
    let mut modules = gathered.inner_imports.clone();
    for (&(module, item), names) in &gathered.imports {
        for import in &index.modules[module].items[item].effects.imports {
            if names.contains(&import.name) {
                modules.insert(import.module.to_owned());
            }
        }
    }
    for &(module, item) in &gathered.items {
        let found = &index.modules[module].items[item];
        if found.shape == Shape::Fallback {
            let imports = &found.effects.imports;
            modules.extend(imports.iter().map(|import| import.module.to_owned()));
        }
    }
    modules.into_iter().collect()
}

/// A statement in the program's text.
pub(super) struct Placed {
    pub(super) module: usize,
    pub(super) item: usize,
    /// Positions of its lines in the program.
    pub(super) lines: std::ops::Range<usize>,
}

struct Writer<'a, 'm, 't> {
    index: &'a Index<'m, 't>,
    gathered: &'a Gathered,
    /// The files, the entry's last.
    order: &'a [usize],
    text: String,
    lines: Vec<Option<LineOrigin>>,
    /// Offsets of the lines' first bytes.
    starts: Vec<u32>,
    placed: Vec<Placed>,
}

impl<'a, 't> Writer<'a, '_, 't> {
    /// The number of a file in [`LineOrigin`].
    fn file_number(&self, module: usize) -> u16 {
        let position = self.order.iter().position(|&file| file == module);
        match position {
            Some(position) if position + 1 < self.order.len() => {
                u16::try_from(position + 1).unwrap_or(u16::MAX)
            }
            _ => 0,
        }
    }

    fn push(&mut self, line: &str, origin: Option<LineOrigin>) {
        self.starts
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push(origin);
    }

    fn separate(&mut self, blank_lines: usize) {
        if self.lines.is_empty() {
            return;
        }
        for _ in 0..blank_lines {
            self.push("", None);
        }
    }

    /// The files in reading order: the entry's file first.
    fn reading_order(&self) -> impl Iterator<Item = usize> + use<'a, 't> {
        let order = self.order;
        order
            .last()
            .copied()
            .into_iter()
            .chain(order[..order.len().saturating_sub(1)].iter().copied())
    }

    fn write_futures(&mut self) {
        let mut seen = HashSet::new();
        for module in self.reading_order() {
            let source = &self.index.modules[module];
            for item in source.futures.iter().map(|&item| &source.items[item]) {
                let text = source
                    .text
                    .get(item.start as usize..item.end as usize)
                    .unwrap_or("");
                if seen.insert(text) {
                    self.write_text(module, text, item.lines.first);
                }
            }
        }
    }

    fn write_text(&mut self, module: usize, text: &str, first: Line) {
        let file = self.file_number(module);
        for (offset, line) in text.split('\n').enumerate() {
            let line_number = first.0 + u32::try_from(offset).unwrap_or(0);
            let origin = LineOrigin {
                file,
                line: Line(line_number),
            };
            self.push(line, Some(origin));
        }
    }

    fn write_imports(&mut self) {
        let mut first = true;
        let mut seen = HashSet::new();
        for module in self.reading_order() {
            let source = &self.index.modules[module];
            let own = (module, 0)..(module + 1, 0);
            let fallbacks = self.gathered.items.range(own.clone());
            let fallbacks =
                fallbacks.filter(|(_, item)| source.items[*item].shape == Shape::Fallback);
            let imports = self.gathered.imports.range(own).map(|(key, _)| key);
            let keys: BTreeSet<(usize, usize)> = fallbacks.chain(imports).copied().collect();
            for key in keys {
                let (item_index, item) = (key.1, &source.items[key.1]);
                if let Some(names) = self.gathered.imports.get(&key) {
                    let rendered = render_import(source, item, names);
                    let text: Vec<&str> = rendered.iter().map(|(line, _)| line.as_str()).collect();
                    if !seen.insert(text.join("\n")) {
                        continue;
                    }
                    self.separate(usize::from(std::mem::take(&mut first)));
                    let file = self.file_number(module);
                    for (line, origin) in rendered {
                        self.push(&line, Some(LineOrigin { file, line: origin }));
                    }
                } else {
                    self.separate(usize::from(std::mem::take(&mut first)));
                    self.write_item(module, item_index);
                }
            }
        }
    }

    fn write_bodies(&mut self) {
        let mut previous: Option<(usize, usize)> = None;
        for &module in self.order {
            let source = &self.index.modules[module];
            for (_, item, alias, original) in self
                .gathered
                .aliases
                .range((module, 0, String::new(), String::new())..)
                .take_while(|alias| alias.0 == module)
            {
                let line = source.items[*item].lines.first;
                self.separate(if previous.is_some() { 2 } else { 1 });
                let file = self.file_number(module);
                let text = format!("{alias} = {original}");
                self.push(&text, Some(LineOrigin { file, line }));
                previous = None;
            }
            let items = self.gathered.items.range((module, 0)..(module + 1, 0));
            for &(module, item) in items {
                let found = &source.items[item];
                if found.shape == Shape::Fallback {
                    continue;
                }
                self.separate(self.gap(previous, (module, item)));
                self.write_item(module, item);
                previous = Some((module, item));
            }
        }
    }

    /// Blank lines before a statement: two around functions and classes, none between statements that were
    /// adjacent.
    fn gap(&self, previous: Option<(usize, usize)>, next: (usize, usize)) -> usize {
        let item = |(module, item): (usize, usize)| &self.index.modules[module].items[item];
        let found = item(next);
        let Some(previous) = previous else {
            return if found.is_definition() { 2 } else { 1 };
        };
        let before = item(previous);
        if found.is_definition() || before.is_definition() {
            return 2;
        }
        let together = previous.0 == next.0 && before.lines.last.0 + 1 >= found.lead.0;
        usize::from(!together)
    }

    fn write_item(&mut self, module: usize, item_index: usize) {
        let source = &self.index.modules[module];
        let item = &source.items[item_index];
        let file = self.file_number(module);
        let from = self.lines.len();
        if item.alone {
            for (line, text) in item_lines(source, item) {
                self.push(text, Some(LineOrigin { file, line }));
            }
        } else {
            let text = source
                .text
                .get(item.start as usize..item.end as usize)
                .unwrap_or("");
            self.write_text(module, text, item.lines.first);
        }
        self.placed.push(Placed {
            module,
            item: item_index,
            lines: from..self.lines.len(),
        });
    }
}

/// The lines of a statement after its edits, blank ones at both ends left out.
fn item_lines<'m>(source: &'m Module<'_>, item: &'m Item<'_>) -> Vec<(Line, &'m str)> {
    let mut edits = item.edits.iter().peekable();
    let mut lines = Vec::new();
    for number in item.lead.0..=item.lines.last.0 {
        let line = Line(number);
        while edits.next_if(|(edited, _)| *edited < line).is_some() {}
        match edits.next_if(|(edited, _)| *edited == line) {
            Some((_, None)) => {}
            Some((_, Some(text))) => lines.push((line, text.as_str())),
            None => lines.push((line, source.lines.text(source.text, line))),
        }
    }
    while lines.last().is_some_and(|(_, text)| text.trim().is_empty()) {
        lines.pop();
    }
    // A line that goes on needs the blank one in which it ends.
    if let Some((line, text)) = lines.last()
        && text.ends_with('\\')
    {
        let next = Line(line.0 + 1);
        let rest = source.lines.text(source.text, next);
        if rest.trim().is_empty() {
            lines.push((next, rest));
        }
    }
    let blank = lines
        .iter()
        .take_while(|(_, text)| text.trim().is_empty())
        .count();
    lines.drain(..blank);
    lines
}

/// An import statement with the needed names only. It is kept as written if all are needed.
fn render_import(
    source: &Module<'_>,
    item: &Item<'_>,
    names: &BTreeSet<NameId>,
) -> Vec<(String, Line)> {
    let imports = &item.effects.imports;
    let needed: Vec<_> = imports
        .iter()
        .filter(|import| names.contains(&import.name))
        .collect();
    let text = |start: u32, end: u32| source.text.get(start as usize..end as usize).unwrap_or("");
    if needed.len() == imports.len() {
        let whole = text(item.start, item.end);
        return whole
            .split('\n')
            .zip(item.lines.first.0..)
            .map(|(line, number)| (line.to_owned(), Line(number)))
            .collect();
    }
    let parts: Vec<(&str, Line)> = needed
        .iter()
        .map(|import| {
            (
                text(import.start, import.end),
                source.lines.line(import.start),
            )
        })
        .collect();
    let list: Vec<&str> = parts.iter().map(|(part, _)| *part).collect();
    let head = match needed.first() {
        Some(first) if first.member.is_some() => {
            format!(
                "from {}{} import ",
                ".".repeat(first.level as usize),
                first.module
            )
        }
        _ => "import ".to_owned(),
    };
    let one_line = format!("{head}{}", list.join(", "));
    let first = item.lines.first;
    if one_line.len() <= MAX_IMPORT_WIDTH || !head.starts_with("from") {
        return vec![(one_line, first)];
    }
    let mut lines = vec![(format!("{head}("), first)];
    lines.extend(
        parts
            .iter()
            .map(|(part, line)| (format!("    {part},"), *line)),
    );
    lines.push((")".to_owned(), item.lines.last));
    lines
}

/// Maps places in files to places in the program.
pub(super) struct LineMap<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a [Option<LineOrigin>],
    pub(super) starts: &'a [u32],
}

impl LineMap<'_> {
    /// The program's lines that come from a range of a statement's lines.
    fn range(&self, place: &Placed, range: LineRange) -> Option<LineRange> {
        let own = &self.lines[place.lines.clone()];
        let line = |origin: &Option<LineOrigin>| origin.map_or(Line(0), |origin| origin.line);
        let from = own.partition_point(|origin| line(origin) < range.first);
        let to = own.partition_point(|origin| line(origin) <= range.last);
        (from < to).then(|| LineRange {
            first: Line::from_index(place.lines.start + from),
            last: Line::from_index(place.lines.start + to - 1),
        })
    }

    fn line(&self, place: &Placed, line: Line) -> Option<Line> {
        let range = LineRange {
            first: line,
            last: line,
        };
        self.range(place, range).map(|range| range.first)
    }

    fn line_text(&self, line: Line) -> &str {
        let start = self.starts[line.index()] as usize;
        let end = self
            .starts
            .get(line.index() + 1)
            .map_or(self.text.len(), |&end| end as usize);
        self.text[start..end].trim_end_matches('\n')
    }

    pub(super) fn map_definitions(
        &self,
        source: &Module<'_>,
        place: &Placed,
        into: &mut Vec<Definition>,
    ) {
        let item = &source.items[place.item];
        for definition in &source.definitions[item.definitions.clone()] {
            let (Some(lines), Some(header)) = (
                self.range(place, definition.lines),
                self.line(place, definition.header),
            ) else {
                continue;
            };
            // Where the whole docstring went, `pass` may stand in its place.
            let docstring = definition
                .docstring
                .and_then(|docstring| self.range(place, docstring))
                .filter(|docstring| self.line_text(docstring.first).trim() != "pass");
            into.push(Definition {
                name: definition.name.clone(),
                kind: definition.kind,
                lines,
                header,
                prose: docstring.and(definition.prose.clone()),
                docstring,
                parameters: definition.parameters.clone(),
                locals: definition.locals.clone(),
                loops: definition
                    .loops
                    .iter()
                    .filter_map(|&range| self.range(place, range))
                    .collect(),
                branches: definition
                    .branches
                    .iter()
                    .filter_map(|&line| self.line(place, line))
                    .collect(),
                statements: definition
                    .statements
                    .iter()
                    .filter_map(|&line| self.line(place, line))
                    .collect(),
            });
        }
    }

    pub(super) fn map_comments(
        &self,
        source: &Module<'_>,
        place: &Placed,
        into: &mut Vec<Comment>,
    ) {
        let item = &source.items[place.item];
        if !item.alone {
            return;
        }
        for comment in &source.comments[item.comments.clone()] {
            let Some(lines) = self
                .range(place, comment.lines)
                .filter(|_| !comment.signals.result)
            else {
                continue;
            };
            let column = comment.span.start - source.lines.start(comment.lines.first);
            let last_start = self.starts[lines.last.index()];
            let last_length =
                u32::try_from(self.line_text(lines.last).trim_end().len()).unwrap_or(0);
            into.push(Comment {
                text: comment.text.clone(),
                span: Span {
                    start: self.starts[lines.first.index()] + column,
                    end: last_start + last_length,
                },
                lines,
                trailing: comment.trailing,
                explains: comment.explains.and_then(|range| self.range(place, range)),
                signals: comment.signals.clone(),
            });
        }
    }
}
