//! Relations between classes, as far as a program's text shows them: attributes that lead to another
//! instance, and the class whose attributes a parameter must have.

use tracestone_record::{Definition, Program, UnitKind};

use crate::annotations;
use crate::types::Type;

/// Attributes that by custom lead to an instance of the same class.
const LINKS: &[&str] = &["child", "left", "next", "prev", "previous", "right"];

/// An attribute that is `None` in a new instance and may hold an instance later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) attribute: String,
    /// The class of what it may hold.
    pub(crate) class: String,
}

/// The links that `__init__` sets to `None` whatever it is given.
pub(crate) fn links(program: &Program, class: &str) -> Vec<Link> {
    let Some(init) = find(program, &format!("{class}.__init__")) else {
        return Vec::new();
    };
    let links = lines(program, init).filter_map(|line| {
        let (target, value) = line.trim().strip_prefix("self.")?.split_once('=')?;
        let value = value.split('#').next().unwrap_or(value);
        if value.trim() != "None" {
            return None;
        }
        let (attribute, annotation) = match target.split_once(':') {
            Some((attribute, annotation)) => (attribute.trim(), annotations::parse(annotation)),
            None => (target.trim(), None),
        };
        let held = match annotation {
            Some(annotation) => class_in(&annotation)?,
            None => LINKS
                .iter()
                .any(|link| attribute.split('_').any(|word| word == *link))
                .then(|| class.to_owned())?,
        };
        let known = find(program, &held).is_some_and(|held| held.kind == UnitKind::Class);
        known.then(|| Link {
            attribute: attribute.to_owned(),
            class: held,
        })
    });
    links.collect()
}

/// The class named by a type that has instances of one class or nothing.
fn class_in(wanted: &Type) -> Option<String> {
    match wanted {
        Type::Named(class) => Some(class.clone()),
        Type::OneOf(kinds) => kinds.iter().find_map(class_in),
        _ => None,
    }
}

/// The class whose instances have all the attributes that a function asks a parameter for.
pub(crate) fn class_of_parameter(
    program: &Program,
    function: &Definition,
    parameter: &str,
) -> Option<String> {
    let mut asked: Vec<&str> = lines(program, function)
        .flat_map(|line| attributes(line, parameter))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    if asked.is_empty() {
        return None;
    }
    let classes = program.definitions.iter().filter(|definition| {
        // A constructor that needed an instance of its own class could make none.
        let constructor = format!("{}.__init__", definition.name);
        definition.kind == UnitKind::Class && function.name != constructor
    });
    let mut fitting = classes.filter(|class| {
        asked.iter().all(|attribute| {
            let method = format!("{}.{attribute}", class.name);
            find(program, &method).is_some()
                || class.locals.iter().any(|local| local == attribute)
                || lines(program, class).any(|line| {
                    attributes(line, "self").any(|own| own == *attribute) && line.contains('=')
                })
        })
    });
    fitting.next().map(|class| class.name.clone())
}

/// Attribute names after `name.` in a line.
fn attributes<'l>(line: &'l str, name: &'l str) -> impl Iterator<Item = &'l str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).filter_map(move |(at, _)| {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || c == '.') {
            return None;
        }
        let rest = line[at + name.len()..].strip_prefix('.')?;
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        (length > 0).then(|| &rest[..length])
    })
}

fn lines<'p>(program: &'p Program, definition: &Definition) -> impl Iterator<Item = &'p str> {
    let first = definition.lines.first.index();
    let count = definition.lines.last.index() + 1 - first;
    program.text.lines().skip(first).take(count)
}

fn find<'p>(program: &'p Program, name: &str) -> Option<&'p Definition> {
    let mut definitions = program.definitions.iter();
    definitions.rfind(|definition| definition.name == name)
}

#[cfg(test)]
mod tests {
    use tracestone_record::{FileId, Line, LineRange, Parameter, ParameterKind, ProgramId, UnitId};

    use super::*;

    const TREE: &str = "\
class Node:
    def __init__(self, value):
        self.value = value
        self.left: Node | None = None
        self.right_child = None  # set later
        self.owner: Shop | None = None
        self.note = None

class Shop:
    def __init__(self):
        self.open = True

def depth(node):
    if node is None or not node.left:
        return 0
    return 1 + depth(node.left) + depth(node.right_child)

def sells(place):
    return place.open

def lost(thing):
    return thing.weight + node.left

def plain(value):
    return value + 1
";

    /// A definition from the first to the last of these lines, which count from 1.
    fn definition(name: &str, kind: UnitKind, first: usize, last: usize) -> Definition {
        let line = |number: usize| Line::from_index(number - 1);
        let lines = LineRange {
            first: line(first),
            last: line(last),
        };
        Definition {
            name: name.to_owned(),
            kind,
            lines,
            header: lines.first,
            docstring: None,
            prose: None,
            parameters: vec![Parameter {
                name: "node".to_owned(),
                kind: ParameterKind::PositionalOrKeyword,
                annotation: None,
                default: None,
                documented: None,
                guess: None,
                wishes: Vec::new(),
            }],
            locals: Vec::new(),
            loops: Vec::new(),
            branches: Vec::new(),
            statements: Vec::new(),
        }
    }

    fn program(entry: &str) -> Program {
        Program {
            package: None,
            id: ProgramId::of(&[entry.as_bytes()]),
            unit: UnitId::of(&[]),
            file: FileId::of(&[]),
            entry: entry.to_owned(),
            text: TREE.to_owned(),
            lines: Vec::new(),
            inlined: Vec::new(),
            imports: Vec::new(),
            definitions: vec![
                definition("Node", UnitKind::Class, 1, 7),
                definition("Node.__init__", UnitKind::Method, 2, 7),
                definition("Shop", UnitKind::Class, 9, 11),
                definition("Shop.__init__", UnitKind::Method, 10, 11),
                definition("depth", UnitKind::Function, 13, 16),
                definition("sells", UnitKind::Function, 18, 19),
                definition("lost", UnitKind::Function, 21, 22),
                definition("plain", UnitKind::Function, 24, 25),
            ],
            comments: Vec::new(),
        }
    }

    #[test]
    fn links_are_attributes_that_start_as_none_and_hold_an_instance() {
        let link = |attribute: &str, class: &str| Link {
            attribute: attribute.to_owned(),
            class: class.to_owned(),
        };
        assert_eq!(
            links(&program("depth"), "Node"),
            [
                link("left", "Node"),
                link("right_child", "Node"),
                link("owner", "Shop")
            ]
        );
        assert_eq!(links(&program("depth"), "Shop"), []);
    }

    #[test]
    fn a_parameter_is_of_the_class_that_has_what_it_is_asked_for() {
        let class = |function: &str, parameter: &str| {
            let program = program(function);
            class_of_parameter(&program, find(&program, function)?, parameter)
        };
        assert_eq!(class("depth", "node").as_deref(), Some("Node"));
        assert_eq!(class("sells", "place").as_deref(), Some("Shop"));
        assert_eq!(class("lost", "thing"), None);
        assert_eq!(class("plain", "value"), None);
    }

    #[test]
    fn a_function_on_trees_is_given_trees() {
        let mut program = program("depth");
        for definition in &mut program.definitions {
            if definition.name == "Node.__init__" {
                definition.parameters[0].name = "self".to_owned();
                definition.parameters.push(Parameter {
                    name: "value".to_owned(),
                    kind: ParameterKind::PositionalOrKeyword,
                    annotation: Some("int".to_owned()),
                    default: None,
                    documented: None,
                    guess: None,
                    wishes: Vec::new(),
                });
            }
        }
        let rounds = crate::candidates(&program, &[], crate::Bounds::default());
        let calls: Vec<_> = rounds.iter().flatten().collect();
        assert!(calls.iter().any(|call| {
            call.setup
                .lines()
                .any(|line| line.contains(".left = Node("))
                && call
                    .setup
                    .lines()
                    .next()
                    .is_some_and(|line| line.contains(" = Node("))
                && call.call.starts_with("depth(node")
        }));
        assert!(
            calls
                .iter()
                .any(|call| call.call.starts_with("depth(Node("))
        );
        let again = crate::candidates(&program, &[], crate::Bounds::default());
        assert_eq!(rounds, again, "the same on every machine");
    }
}
