"""A program of our own, which warms the interpreter up."""

# The interpreter's own, kept here since their end, when others take their place, would write to pages
# that children share.
STREAMS = [sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__]


WARM_UP = """
class Stack:
    def __init__(self, items):
        self.items = list(items)

    def pop(self):
        if not self.items:
            raise IndexError("empty")
        return self.items.pop()


def numbers(count):
    for number in range(count):
        yield number, str(number)


def work(count):
    stack, names, seen, half = Stack([1, 2]), {}, set(), 0.5
    for number, name in numbers(count):
        names[name] = [number, (name, half * number)]
        seen.add(number)
        print(name)
    try:
        while True:
            stack.pop()
    except IndexError as error:
        return [str(error), sorted(seen), names]
"""


def recorded(child, code, table):
    """What is recorded of a call of our own program, with and without values, as bytes."""
    namespace = child.namespace()
    child.prepare(code, None, None, namespace)
    call_code, _ = child.compile("work(count=4)", CALL, "eval")
    _, events = child.traced(call_code, namespace, table)
    path = []
    child.evaluated(call_code, namespace, child.line_tracker(path))
    return encode([events, path])


def warm_up(limits, role, null):
    """Runs a program of our own here in the zygote, the report going to `/dev/null`. Tells whether the
    two recorders, where there are two, agree on it; else only the one in Python is used.

    What the interpreter learns of the recorder's code on the way (specialised instructions, caches)
    is then there in every child, and the pages that hold it are not copied by each.
    """
    modules = dict(sys.modules)
    for _ in range(20):
        child = Child(limits, null, role)
        child.job = {"kind": JOB_TRACE, "program": WARM_UP, "calls": []}
        code, failure = child.compile(WARM_UP, PROGRAM, "exec")
        child.one(code, failure, code_table(code), "count = 4", "work(count)")
        depends_on_hashes(code)
    agreed = True
    if NATIVE:
        native, first = list(NATIVE), recorded(child, code, code_table(code))
        NATIVE.clear()
        agreed = recorded(child, code, code_table(code)) == first
        native[0].forget()
        if agreed:
            NATIVE[:] = native
    USED_CAPTURES.clear()
    sys.modules.update(modules)
    sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__ = STREAMS
    CLASS_FACTS.clear()
    return agreed
