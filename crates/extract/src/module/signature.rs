//! Parameters and decorators.

use tracestone_record::{Docstring, Parameter, ParameterKind};

use super::guess::guesses;
use super::names::normal;
use crate::syntax::{FieldName, Kind, NodeId, Tree};

/// The parameters of a function.
pub(super) fn parameters(tree: &Tree<'_>, function: NodeId) -> Vec<Parameter> {
    let Some(list) = tree.child(function, FieldName::Parameters) else {
        return Vec::new();
    };
    let mut found: Vec<Parameter> = Vec::new();
    let mut keyword_only = false;
    for node in tree.code_children(list) {
        match tree.kind(node) {
            Kind::KeywordSeparator => keyword_only = true,
            Kind::PositionalSeparator => {
                for parameter in &mut found {
                    parameter.kind = ParameterKind::PositionalOnly;
                }
            }
            _ => {
                let parameter = parameter(tree, node, keyword_only);
                keyword_only |= parameter.kind == ParameterKind::VarPositional;
                found.push(parameter);
            }
        }
    }
    comment_types(tree, function, list, &mut found);
    add_guesses(tree, function, &mut found);
    found
}

/// Notes the types of comments: `x,  # type: int` behind a parameter, and `# type: (int, str) -> bool` at the
/// beginning of the body, as `typing` had them before there were annotations.
fn comment_types(tree: &Tree<'_>, function: NodeId, list: NodeId, found: &mut [Parameter]) {
    let (mut passed, mut last) = (0_usize, 0);
    for node in tree.children(list) {
        match tree.kind(node) {
            Kind::Comment => {
                let between = tree.slice(last, tree.node(node).start);
                if let Some(kind) = comment_type(tree.text_of(node))
                    && !between.contains('\n')
                    && let Some(parameter) = passed
                        .checked_sub(1)
                        .and_then(|at: usize| found.get_mut(at))
                {
                    parameter.documented = Some(kind.to_owned());
                }
            }
            kind => {
                passed += usize::from(!matches!(
                    kind,
                    Kind::KeywordSeparator | Kind::PositionalSeparator
                ));
                last = tree.node(node).end;
            }
        }
    }
    // Above the first statement of the body, that is.
    let body = tree.child(function, FieldName::Body);
    let first = body.and_then(|body| tree.code_children(body).next());
    let end = first.map_or(0, |first| tree.node(first).start);
    let start = tree.node(list).end;
    let comment = tree.subtree(function).find(|node| {
        tree.kind(*node) == Kind::Comment && (start..end).contains(&tree.node(*node).start)
    });
    let kinds = comment.and_then(|comment| comment_type(tree.text_of(comment)));
    let kinds = kinds.and_then(|text| text.strip_prefix('(')?.split_once(") ->"));
    let Some((kinds, _)) = kinds.filter(|(kinds, _)| *kinds != "...") else {
        return;
    };
    let kinds = parts(kinds);
    // The first parameter of a method is left out.
    let skipped = found.len().saturating_sub(kinds.len());
    if kinds.len() <= found.len() && skipped <= 1 {
        for (parameter, kind) in found.iter_mut().skip(skipped).zip(kinds) {
            parameter.documented = Some(kind.trim_start_matches('*').to_owned());
        }
    }
}

/// The type in a comment that states one.
fn comment_type(comment: &str) -> Option<&str> {
    let kind = comment
        .strip_prefix('#')?
        .trim_start()
        .strip_prefix("type:")?;
    let kind = kind.split('#').next().unwrap_or(kind).trim();
    (!kind.is_empty() && !kind.starts_with("ignore")).then_some(kind)
}

/// Parts between commas outside of brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = text.split(|c| {
        depth += u32::from(matches!(c, '[' | '('));
        depth = depth.saturating_sub(u32::from(matches!(c, ']' | ')')));
        c == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn add_guesses(tree: &Tree<'_>, function: NodeId, parameters: &mut [Parameter]) {
    let names: Vec<String> = parameters
        .iter()
        .map(|parameter| parameter.name.clone())
        .collect();
    if names.is_empty() {
        return;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut guesses = guesses(tree, function, &names);
    for parameter in parameters {
        let Some(found) = guesses.remove(parameter.name.as_str()) else {
            continue;
        };
        if parameter.annotation.is_none() && parameter.default.is_none() {
            parameter.guess = found.guess.map(str::to_owned);
        }
        parameter.wishes = found.wishes;
    }
}

/// Notes the types that a docstring gives to parameters.
pub(super) fn document(parameters: &mut [Parameter], docstring: &Docstring) {
    for parameter in parameters {
        let documented = docstring
            .parameters
            .iter()
            .find(|item| item.name == parameter.name && !item.annotation.is_empty());
        // A comment with its type is more exact.
        if let Some(documented) = documented.filter(|_| parameter.documented.is_none()) {
            parameter.documented = Some(documented.annotation.clone());
        }
    }
}

fn parameter(tree: &Tree<'_>, node: NodeId, keyword_only: bool) -> Parameter {
    let name_node = match tree.kind(node) {
        Kind::DefaultParameter | Kind::TypedDefaultParameter => tree.child(node, FieldName::Name),
        Kind::TypedParameter => tree.code_children(node).next(),
        _ => Some(node),
    };
    let name = name_node.map_or("", |node| tree.text_of(node));
    let kind = match name_node.map(|node| tree.kind(node)) {
        Some(Kind::ListSplatPattern) => ParameterKind::VarPositional,
        Some(Kind::DictionarySplatPattern) => ParameterKind::VarKeyword,
        _ if keyword_only => ParameterKind::KeywordOnly,
        _ => ParameterKind::PositionalOrKeyword,
    };
    let text = |field| {
        tree.child(node, field)
            .filter(|_| tree.kind(node) != Kind::ListSplatPattern)
            .map(|part| tree.text_of(part).to_owned())
    };
    Parameter {
        name: normal(name.trim_start_matches(['*', ' '])).into_owned(),
        kind,
        annotation: text(FieldName::Type),
        default: text(FieldName::Value),
        documented: None,
        guess: None,
        wishes: Vec::new(),
    }
}

/// The texts of a definition's decorators, without `@`.
pub(super) fn decorators(tree: &Tree<'_>, decorated: NodeId) -> Vec<String> {
    tree.children(decorated)
        .filter(|&child| tree.kind(child) == Kind::Decorator)
        .map(|child| {
            let text = tree.text_of(child);
            text.trim_start_matches(['@', ' ']).trim_end().to_owned()
        })
        .collect()
}

/// The base classes' texts, keywords included.
pub(super) fn bases(tree: &Tree<'_>, class: NodeId) -> Vec<String> {
    tree.child(class, FieldName::Superclasses)
        .map(|list| {
            tree.code_children(list)
                .map(|base| tree.text_of(base).to_owned())
                .collect()
        })
        .unwrap_or_default()
}
