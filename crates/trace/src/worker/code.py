"""What is known of the program's code objects."""

# The names of the texts in this interpreter.
PROGRAM, SETUP, CALL = PROGRAM_NAME, SETUP_NAME, CALL_NAME
OTHER_NAMES = OTHER_PROGRAM_NAME, OTHER_SETUP_NAME, OTHER_CALL_NAME
RETURN_OPCODES = {
    opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap
}
YIELD_OPCODES = {opcode.opmap["YIELD_VALUE"]}
# Up to 3.10 `yield from` and `await` step back one instruction before they pause.
YIELD_FROM = opcode.opmap.get("YIELD_FROM")
# From 3.13 on a paused frame is already at the instruction after the one that pauses.
RESUME = opcode.opmap.get("RESUME")
SUSPENDABLE = 0x20 | 0x80 | 0x200
OPTIMIZED = 0x1

FunctionType = types.FunctionType
is_identifier = str.isidentifier


class CodeFacts:
    """What the recorder needs of one code object, taken once."""

    __slots__ = (
        "code", "name", "alone", "names", "suspendable", "opcodes", "namespace", "only_binds",
        "quiet_lines", "shares_locals",
    )

    def __init__(self, code, name):
        self.code = code
        self.name = name
        self.alone = (name,)
        self.suspendable = bool(code.co_flags & SUSPENDABLE)
        self.opcodes = code.co_code
        # A class body has a namespace, not local variables.
        self.namespace = not code.co_flags & OPTIMIZED
        # Whether variables come and never go, so that as many as before are the same ones.
        self.only_binds = not (
            self.namespace
            or code.co_cellvars
            or code.co_freevars
            or any(op in UNBINDING_OPCODES for op in code.co_code[::2])
        )
        self.quiet_lines = quiet_lines(code) if self.only_binds else NO_LINES
        self.shares_locals = not LOCALS_SHARERS.isdisjoint(code.co_names)
        names = code.co_varnames + tuple(n for n in code.co_cellvars if n not in code.co_varnames)
        if self.namespace:
            # What a class body itself names; its mapping may hold more, as that of an enumeration does.
            names += code.co_names
        self.names = frozenset(n for n in names if shown_name(n))


NO_LINES = frozenset()
# Up to 3.12, what a program does to the dictionary that it gets by one of these names counts for its
# variables while it is traced.
LOCALS_SHARERS = frozenset("locals vars eval exec f_locals".split())
# In these versions every step to an instruction of another line is a line event, so that what runs
# between two events of a frame is of the line of the first.
EVERY_LINE_COUNTS = (3, 10) <= sys.version_info[:2] <= (3, 11)


def quiet_lines(code):
    """The lines that bind no variable."""
    if not EVERY_LINE_COUNTS:
        return NO_LINES
    lines, loud = set(), set()
    instructions = code.co_code
    for start, end, line in code.co_lines():
        if line is None:
            # These run as part of whatever line came before.
            if not BINDING_OPCODES.isdisjoint(instructions[start:end:2]):
                return NO_LINES
            continue
        lines.add(line)
        if not BINDING_OPCODES.isdisjoint(instructions[start:end:2]):
            loud.add(line)
    return frozenset(lines - loud)


BINDING_OPCODES = {
    number for name, number in opcode.opmap.items() if "STORE_FAST" in name or "STORE_DEREF" in name
}
UNBINDING_OPCODES = {
    opcode.opmap[name]
    for name in ("DELETE_FAST", "DELETE_DEREF", "LOAD_FAST_AND_CLEAR")
    if name in opcode.opmap
}


def shown_name(name):
    if not is_identifier(name):
        return False
    return not (name.startswith("__") and name.endswith("__"))


def code_table(module_code):
    """Facts of code objects of a program by identity: at first of those whose qualified name is not
    known later, which up to 3.10 are all."""
    table = {}
    if hasattr(module_code, "co_qualname"):
        return table

    def visit(code, prefix):
        for constant in code.co_consts:
            if type(constant) is types.CodeType:
                name = prefix + constant.co_name
                table[id(constant)] = CodeFacts(constant, name)
                inner = ".<locals>." if constant.co_flags & OPTIMIZED else "."
                visit(constant, name + inner)

    visit(module_code, "")
    return table


def code_facts(table, code):
    """The facts of a code object of the program, None for what is not followed."""
    facts = table.get(id(code))
    if facts is None or facts.code is not code:
        if code.co_name == "<module>":
            return None
        name = getattr(code, "co_qualname", code.co_name)
        facts = table[id(code)] = CodeFacts(code, name)
    return facts
