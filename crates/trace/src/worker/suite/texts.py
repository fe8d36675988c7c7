"""The texts of calls."""


class Arguments:
    """The arguments of a call that begins."""

    def __init__(self, frame):
        code = self.code = frame.f_code
        names = code.co_varnames
        values = frame.f_locals
        count = code.co_argcount
        self.positional = [(name, values[name]) for name in names[:count]]
        self.only = [(name, values[name]) for name in names[count : count + code.co_kwonlyargcount]]
        at = count + code.co_kwonlyargcount
        self.rest, self.keywords = (), {}
        if code.co_flags & VARIABLE:
            self.rest = values[names[at]]
            at += 1
        if code.co_flags & KEYWORDS:
            self.keywords = values[names[at]]
        self.receiver = self.positional[0][1] if self.positional else None
        self.defaults = ()
        self.only_defaults = {}

    def take_defaults(self, function):
        """Arguments with the value of their default are left out."""
        self.defaults = getattr(function, "__defaults__", None) or ()
        self.only_defaults = getattr(function, "__kwdefaults__", None) or {}

    def text(self, draft, skip=1):
        """The arguments after the first few, as between the parentheses of a call."""
        positional = self.positional[skip:]
        first = len(self.positional) - len(self.defaults) - skip
        given = len(positional)
        if not self.rest:
            while given > max(first, 0) and positional[given - 1][1] is self.defaults[given - 1 - first]:
                given -= 1
        texts, by_name = [], False
        for number, (name, value) in enumerate(positional[:given]):
            default = number >= first and not self.rest and value is self.defaults[number - first]
            if default:
                by_name = True
                continue
            text = draft.write(value)
            texts.append(name + "=" + text if by_name else text)
        texts += [draft.write(value) for value in self.rest]
        for name, value in self.only:
            if self.only_defaults.get(name, self) is not value:
                texts.append(name + "=" + draft.write(value))
        for name, value in self.keywords.items():
            if not name.isidentifier():
                raise Unwritable
            texts.append(name + "=" + draft.write(value))
        return ", ".join(texts)


def call_text(watch, draft, arguments, frame):
    """The text of a call that begins; None where it is of no function that can be named."""
    code = arguments.code
    names = frame.f_globals
    name = code.co_name
    generator = code.co_flags & GENERATOR
    found = names.get(name)
    if callable(found) and not isinstance(found, type) and code_of(found) is code:
        arguments.take_defaults(inner_function(found))
        draft.read.add(name)
        return listed_text(name + "(" + arguments.text(draft, 0) + ")", generator)
    if not arguments.positional or name.startswith("<"):
        return None
    receiver = arguments.receiver
    if isinstance(receiver, type):
        found, owner = attribute_of(receiver, name)
        if isinstance(found, classmethod) and code_of(found.__func__) is code:
            arguments.take_defaults(inner_function(found.__func__))
            return listed_text(draft.named(receiver) + "." + name + "(" + arguments.text(draft) + ")", generator)
        if name == "__new__" and owner is not None:
            return draft.named(receiver) + "(" + arguments.text(draft) + ")"
    found, owner = attribute_of(type(receiver), name)
    if owner is None or name == "__init__":
        return None
    if isinstance(found, property):
        if code_of(found.fget) is not code:
            return None
        return enclosed(draft.write(receiver)) + "." + name
    if type(found).__name__ == "cached_property" and code_of(getattr(found, "func", None)) is code:
        return enclosed(draft.write(receiver)) + "." + name
    if code_of(found) is not code:
        return None
    arguments.take_defaults(inner_function(found))
    return listed_text(method_text(draft, arguments, name), generator)


def method_text(draft, arguments, name):
    receiver = enclosed(draft.write(arguments.receiver))
    if name.startswith("__") and name.endswith("__"):
        inner = name[2:-2]
        others = [value for _, value in arguments.positional[1:]]
        if inner in OPERATORS and len(others) == 1:
            return receiver + " " + OPERATORS[inner] + " " + enclosed(draft.write(others[0]))
        if inner[:1] == "r" and inner[1:] in OPERATORS and len(others) == 1:
            return enclosed(draft.write(others[0])) + " " + OPERATORS[inner[1:]] + " " + receiver
        if inner in ONE_ARGUMENT and not others:
            return ONE_ARGUMENT[inner] + "(" + receiver + ")"
        if inner in SIGNS and not others:
            return SIGNS[inner] + receiver
        if inner == "getitem" and len(others) == 1:
            return receiver + "[" + draft.write(others[0]) + "]"
        if inner == "contains" and len(others) == 1:
            return enclosed(draft.write(others[0])) + " in " + receiver
        if inner == "call":
            return receiver + "(" + arguments.text(draft) + ")"
    return receiver + "." + name + "(" + arguments.text(draft) + ")"


def enclosed(text):
    """A text as a part of an expression, in parentheses where it is more than names, brackets and strings."""
    depth, quote, top, previous = 0, "", [], ""
    for c in text:
        if quote:
            quote = quote if c != quote or previous == "\\" else ""
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif depth == 0:
            top.append(c)
        previous = "" if previous == "\\" else c
    plain = "".join(top).replace(".", "").replace("_", "")
    return text if (plain.isalnum() or not plain) and not text[:1].isdigit() else "(" + text + ")"


def listed_text(text, generator):
    return "list(" + text + ")" if generator else text


def attribute_of(kind, name):
    for base in kind.__mro__:
        if name in vars(base):
            return vars(base)[name], base
    return None, None


def inner_function(found):
    for _ in range(20):
        inner = getattr(found, "__wrapped__", None)
        if inner is None:
            break
        found = inner
    return found


def code_of(found):
    """The code of a function, behind decorators that say what they wrap."""
    if isinstance(found, (staticmethod, classmethod)):
        found = found.__func__
    return getattr(inner_function(found), "__code__", None)


def changing_text(text, draft, tracked):
    """A statement for an operation on an object, with a mark in the place of its name."""
    # Those that make the object, and none for other arguments.
    own = 1 + len(tracked.operations) if tracked.operations else 0
    if len(draft.statements) != own:
        return None
    written = tracked.text
    if tracked.operations or not text.startswith(written + "."):
        variable = draft.variables.get(id(tracked.value))
        if variable is None or not text.startswith(variable + "."):
            return None
        written = variable
    return "\0" + text[len(written) :]
