//! The node kinds and fields that the analyses look at.

use std::sync::LazyLock;

use tree_sitter::Language;

macro_rules! kinds {
    ($($variant:ident = $name:literal,)*) => {
        /// Type of a node. Types that no analysis distinguishes share [`Kind::Other`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Kind {
            /// Any named node that no analysis asks about.
            Other,
            /// Left out of the array, with everything below it.
            Skipped,
            /// An operator token.
            Operator,
            /// The token `async`.
            Async,
            $($variant,)*
        }

        fn named(name: &str) -> Kind {
            match name {
                "string_start" | "string_content" | "string_end" | "escape_sequence"
                | "escape_interpolation" | "type_conversion" | "line_continuation"
                | "import_prefix" => Kind::Skipped,
                $($name => Kind::$variant,)*
                _ => Kind::Other,
            }
        }
    };
}

kinds! {
    Error = "ERROR",
    Module = "module",
    Block = "block",
    Comment = "comment",
    ExpressionStatement = "expression_statement",
    Assignment = "assignment",
    AugmentedAssignment = "augmented_assignment",
    FunctionDefinition = "function_definition",
    ClassDefinition = "class_definition",
    DecoratedDefinition = "decorated_definition",
    Decorator = "decorator",
    IfStatement = "if_statement",
    ElifClause = "elif_clause",
    ElseClause = "else_clause",
    ForStatement = "for_statement",
    WhileStatement = "while_statement",
    TryStatement = "try_statement",
    ExceptClause = "except_clause",
    ExceptGroupClause = "except_group_clause",
    FinallyClause = "finally_clause",
    WithStatement = "with_statement",
    WithClause = "with_clause",
    WithItem = "with_item",
    MatchStatement = "match_statement",
    CaseClause = "case_clause",
    CasePattern = "case_pattern",
    ClassPattern = "class_pattern",
    KeywordPattern = "keyword_pattern",
    SplatPattern = "splat_pattern",
    ImportStatement = "import_statement",
    ImportFromStatement = "import_from_statement",
    FutureImportStatement = "future_import_statement",
    AliasedImport = "aliased_import",
    RelativeImport = "relative_import",
    WildcardImport = "wildcard_import",
    DottedName = "dotted_name",
    AssertStatement = "assert_statement",
    RaiseStatement = "raise_statement",
    ReturnStatement = "return_statement",
    PassStatement = "pass_statement",
    BreakStatement = "break_statement",
    ContinueStatement = "continue_statement",
    DeleteStatement = "delete_statement",
    GlobalStatement = "global_statement",
    NonlocalStatement = "nonlocal_statement",
    PrintStatement = "print_statement",
    ExecStatement = "exec_statement",
    TypeAliasStatement = "type_alias_statement",
    Parameters = "parameters",
    LambdaParameters = "lambda_parameters",
    DefaultParameter = "default_parameter",
    TypedParameter = "typed_parameter",
    TypedDefaultParameter = "typed_default_parameter",
    ListSplatPattern = "list_splat_pattern",
    DictionarySplatPattern = "dictionary_splat_pattern",
    KeywordSeparator = "keyword_separator",
    PositionalSeparator = "positional_separator",
    TypeParameter = "type_parameter",
    Type = "type",
    GenericType = "generic_type",
    MemberType = "member_type",
    Identifier = "identifier",
    Attribute = "attribute",
    Subscript = "subscript",
    Call = "call",
    ArgumentList = "argument_list",
    KeywordArgument = "keyword_argument",
    Lambda = "lambda",
    ListComprehension = "list_comprehension",
    SetComprehension = "set_comprehension",
    DictionaryComprehension = "dictionary_comprehension",
    GeneratorExpression = "generator_expression",
    ForInClause = "for_in_clause",
    IfClause = "if_clause",
    NamedExpression = "named_expression",
    AsPattern = "as_pattern",
    AsPatternTarget = "as_pattern_target",
    PatternList = "pattern_list",
    TuplePattern = "tuple_pattern",
    ListPattern = "list_pattern",
    ExpressionList = "expression_list",
    ParenthesizedExpression = "parenthesized_expression",
    ConditionalExpression = "conditional_expression",
    BooleanOperator = "boolean_operator",
    NotOperator = "not_operator",
    ComparisonOperator = "comparison_operator",
    BinaryOperator = "binary_operator",
    UnaryOperator = "unary_operator",
    Tuple = "tuple",
    List = "list",
    Set = "set",
    Dictionary = "dictionary",
    Pair = "pair",
    ListSplat = "list_splat",
    DictionarySplat = "dictionary_splat",
    String = "string",
    ConcatenatedString = "concatenated_string",
    Interpolation = "interpolation",
    Integer = "integer",
    Float = "float",
    True = "true",
    False = "false",
    None = "none",
    Ellipsis = "ellipsis",
    Yield = "yield",
    Await = "await",
}

macro_rules! fields {
    ($($variant:ident = $name:literal,)*) => {
        /// The role of a node in its parent. Roles no analysis asks about share
        /// [`FieldName::None`] with nodes that have none.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum FieldName {
            None,
            $($variant,)*
        }

        fn field(name: &str) -> FieldName {
            match name {
                $($name => FieldName::$variant,)*
                _ => FieldName::None,
            }
        }
    };
}

fields! {
    Alias = "alias",
    Alternative = "alternative",
    Arguments = "arguments",
    Attribute = "attribute",
    Body = "body",
    Cause = "cause",
    Condition = "condition",
    Consequence = "consequence",
    Definition = "definition",
    Function = "function",
    Guard = "guard",
    Left = "left",
    ModuleName = "module_name",
    Name = "name",
    Object = "object",
    Operator = "operator",
    Operators = "operators",
    Parameters = "parameters",
    ReturnType = "return_type",
    Right = "right",
    Subject = "subject",
    Subscript = "subscript",
    Superclasses = "superclasses",
    Type = "type",
    TypeParameters = "type_parameters",
    Value = "value",
}

/// Tables from tree-sitter's numbers to [`Kind`] and [`FieldName`].
pub(super) struct Grammar {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    fields: Vec<FieldName>,
    comma: u16,
}

impl Grammar {
    pub(super) fn get() -> &'static Self {
        static GRAMMAR: LazyLock<Grammar> = LazyLock::new(Grammar::new);
        &GRAMMAR
    }

    fn new() -> Self {
        let language = Language::new(tree_sitter_python::LANGUAGE);
        let kinds = (0..language.node_kind_count())
            .map(|id| {
                let id = u16::try_from(id).unwrap_or(0);
                let name = language.node_kind_for_id(id).unwrap_or("");
                match (language.node_kind_is_named(id), name) {
                    (true, name) => named(name),
                    (false, "async") => Kind::Async,
                    (false, _) => Kind::Skipped,
                }
            })
            .collect();
        let fields = (0..=language.field_count())
            .map(|id| {
                let id = u16::try_from(id).unwrap_or(0);
                field(language.field_name_for_id(id).unwrap_or(""))
            })
            .collect();
        let comma = language.id_for_node_kind(",", false);
        Self {
            language,
            kinds,
            fields,
            comma,
        }
    }

    pub(super) fn kind(&self, id: u16) -> Kind {
        // Error nodes carry the largest number, outside the table.
        self.kinds
            .get(usize::from(id))
            .copied()
            .unwrap_or(Kind::Error)
    }

    pub(super) fn field(&self, id: Option<std::num::NonZeroU16>) -> FieldName {
        id.and_then(|id| self.fields.get(usize::from(id.get())))
            .copied()
            .unwrap_or(FieldName::None)
    }

    pub(super) fn is_comma(&self, id: u16) -> bool {
        id == self.comma
    }
}
