"""Tests that are inputs alone, as in EvalPlus: the dataset's own solution says what is right for each.

JSON has lists where the dataset means tuples, sets or complex numbers. Where a row has assertions too, they call the
function with the first inputs as Python writes them, so the types are learned from these. They also say whether a
result counts as a set, or only as true or false.
"""


def reference_of(program, name):
    """A function of the dataset's own solution, for tests that only have inputs."""
    space = {"__name__": "reference", "__builtins__": builtins}
    exec(compile(program, "<reference>", "exec", dont_inherit=True), space)
    return space[name]


def has_complex(value):
    parts = value if isinstance(value, (list, tuple, set, frozenset)) else ()
    return isinstance(value, complex) or any(has_complex(one) for one in parts)


def plain_of(value, texts):
    """A value as JSON would have it. Beside a complex number all numbers are texts."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_of(one, texts) for one in value]
    if isinstance(value, dict):
        return {str(key): plain_of(one, texts) for key, one in value.items()}
    return str(value) if texts and isinstance(value, (int, float, complex)) else value


def shape_of(value, texts):
    """The types in a value: of a list or tuple whose parts are alike, the type of all parts."""
    if isinstance(value, (list, tuple, set)):
        parts = [shape_of(one, texts) for one in value]
        alike = parts and all(part == parts[0] for part in parts)
        return [type(value).__name__, parts[:1] if alike else parts, bool(alike)]
    if isinstance(value, dict):
        parts = [shape_of(one, texts) for one in value.values()]
        return ["dict", parts[:1] if parts and all(part == parts[0] for part in parts) else [], True]
    if isinstance(value, complex):
        return "complex"
    return "number" if texts and isinstance(value, (int, float)) else None


def shaped(value, shape):
    """The value with the types of a shape, where it has its form."""
    if shape == "complex" and isinstance(value, (str, int, float)):
        return complex(value)
    if shape == "number" and isinstance(value, str):
        return ast.literal_eval(value)
    if not isinstance(shape, list):
        return value
    name, parts, alike = shape
    if isinstance(value, dict) and name == "dict":
        return {key: shaped(one, parts[0] if parts else None) for key, one in value.items()}
    if not isinstance(value, list) or name == "dict":
        return value
    if not alike and len(parts) != len(value):
        parts = []
    of_part = [parts[0] if alike else parts[at] if parts else None for at in range(len(value))]
    made = [shaped(one, part) for one, part in zip(value, of_part)]
    kind = {"tuple": tuple, "set": set}.get(name, list)
    try:
        return kind(made)
    except TypeError:
        return made


def calls_of(sources, name):
    """The calls of a function with literal arguments in assertions, each with the assertion's test."""
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Assert):
                continue
            for call in ast.walk(node.test):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name:
                    try:
                        yield [ast.literal_eval(argument) for argument in call.args], node.test
                    except ValueError:
                        pass


def is_call(node, name):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def measure_of(tests, name):
    """What of a result counts, where all assertions agree: the set of its parts, its truth, or all of it."""

    def of(test):
        if isinstance(test, ast.Compare) and is_call(test.left, "set") and is_call(test.left.args[0], name):
            return set
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test = test.operand
        return bool if is_call(test, name) else None

    found = {of(test) for test in tests}
    return found.pop() if len(found) == 1 else None


def learned(job):
    """The inputs with the types of the assertions, and what of results counts."""
    inputs, name = job["inputs"], job["entry"]
    calls = list(calls_of(job["tests"], name))
    shapes = None
    for arguments, _ in calls:
        texts = has_complex(arguments)
        if plain_of(arguments, texts) in inputs:
            shape = [shape_of(argument, texts) for argument in arguments]
            if shapes not in (None, shape) and len(shapes) == len(shape):
                shape = [old if old == new or new in ([], None) else new for old, new in zip(shapes, shape)]
            shapes = shape
    if shapes is not None:
        inputs = [
            [shaped(one, shape) for one, shape in zip(arguments, shapes)] if len(arguments) == len(shapes) else arguments
            for arguments in inputs
        ]
    return inputs, measure_of([test for _, test in calls], name)


def run_inputs(job, candidate, space):
    """For each input the reference solution says what is right."""
    reference = reference_of(job["reference"], job["entry"])
    tolerance = job.get("tolerance") or 0
    inputs, measure = learned(job)
    for arguments in inputs:
        got = candidate(*copy.deepcopy(arguments))
        if job["entry"] == "find_zero" and isinstance(space.get("poly"), types.FunctionType):
            # Every root is right, not only the one that the reference finds.
            assert got is UNKNOWN or type(got) in (int, float) and abs(space["poly"](*arguments, got)) <= (
                tolerance or 1e-4
            ), "for %.300r it gives %.300r, which is no root" % (arguments, got)
            continue
        wanted = reference(*copy.deepcopy(arguments))
        if got is UNKNOWN or got == wanted and type(got) is type(wanted):
            continue
        if measure is not None:
            got, wanted = measure(got), measure(wanted)
        floats = isinstance(wanted, float) or (
            isinstance(wanted, (list, tuple)) and wanted and all(isinstance(one, float) for one in wanted)
        )
        allowed = tolerance or (1e-6 if floats else 0)
        same = got == wanted if not allowed else close(got, wanted, 1e-07, allowed)
        assert same, "for %.300r it gives %.300r instead of %.300r" % (arguments, got, wanted)
