"""What a program may depend on, told from its code."""

# Sets and their order, and what two runs can agree on by chance: a random choice of two.
HAZARDOUS_NAMES = frozenset(
    """
    set frozenset Set MutableSet keys items hash id random randint randrange choice choices shuffle
    sample secrets urandom uuid uuid4 time datetime now today perf_counter process_time monotonic
    wait as_completed all_tasks
    pprint pformat minidom
    """.split()
)
HAZARDOUS_OPCODES = {
    opcode.opmap[name] for name in ("BUILD_SET", "SET_ADD", "SET_UPDATE") if name in opcode.opmap
}


def depends_on_hashes(code):
    """Whether a program may see a set's order or a random choice: two runs can agree by chance."""
    if not HAZARDOUS_NAMES.isdisjoint(code.co_names):
        return True
    if not HAZARDOUS_OPCODES.isdisjoint(code.co_code[::2]):
        return True
    # A set of constants is one itself.
    return any(type(c) is frozenset or type(c) is types.CodeType and depends_on_hashes(c) for c in code.co_consts)


# With one of these, code of the library goes through sets without an iterator, or a set that is compared calls methods
# of what is in it.
UNWATCHED_NAMES = frozenset("__hash__ __instancecheck__ __subclasscheck__ __subclasshook__ marshal pickle".split())


def has_unwatched_orders(code):
    """Whether a program may see an order unnoticed by what notes orders."""
    if not UNWATCHED_NAMES.isdisjoint(code.co_names):
        return True
    return any(has_unwatched_orders(c) for c in code.co_consts if type(c) is types.CodeType)


LINGERERS = frozenset(("__del__", "weakref"))


def may_linger(code):
    """Whether the end of an object may run code of the program: that of a generator or coroutine that
    waits, or what a class or a weak reference calls."""
    if code.co_flags & SUSPENDABLE or not LINGERERS.isdisjoint(code.co_names):
        return True
    return any(may_linger(c) for c in code.co_consts if type(c) is types.CodeType)


# What tells a program that an object has ended, or how many refer to it. A stream that ends is closed, so that a
# class with a `close` of its own sees it.
END_TELLERS = frozenset("__del__ weakref gc getrefcount __subclasses__ _getframe".split())
STREAM_CLASSES = frozenset(
    """
    IOBase RawIOBase BufferedIOBase TextIOBase BytesIO StringIO TextIOWrapper BufferedReader BufferedWriter
    BufferedRandom BufferedRWPair FileIO
    """.split()
)
COROUTINE = 0x80 | 0x200
HANDLER_OPCODES = {
    opcode.opmap[name]
    for name in ("SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH", "PUSH_EXC_INFO")
    if name in opcode.opmap
}


def sees_ends(code):
    """Whether a program can see that an object ends. A generator that only hands out values ends
    unseen; one that handles exceptions, or cleans up, does not."""
    names = code.co_names
    if code.co_flags & COROUTINE or not END_TELLERS.isdisjoint(names):
        return True
    if not STREAM_CLASSES.isdisjoint(names) and closes_itself(code):
        return True
    if code.co_flags & SUSPENDABLE and not HANDLER_OPCODES.isdisjoint(code.co_code[::2]):
        return True
    return any(constant_sees_ends(constant) for constant in code.co_consts)


def constant_sees_ends(constant):
    """The same for a constant: an inner function, or a text that may be executed or name an attribute."""
    kind = type(constant)
    if kind is types.CodeType:
        return sees_ends(constant)
    if kind is str:
        return "__del__" in constant or "weakref" in constant
    return kind is tuple and any(constant_sees_ends(item) for item in constant)


def closes_itself(code):
    """Whether a class inside a code object has a `close` of its own."""
    classes = [c for c in code.co_consts if type(c) is types.CodeType and not c.co_flags & OPTIMIZED]
    return any("close" in c.co_names or closes_itself(c) for c in classes)


# The dictionary of a frame's variables that a program gets by these is, up to 3.12, the one that whoever watches
# fills anew.
EVALUATORS = frozenset(("eval", "exec"))
SHARED_LOCALS = re.compile(r"\b(?:locals|vars)\s*\(").search


def shares_locals(code):
    """Whether a program may hold the dictionary of a frame's variables: from a frame, or from a text that it
    evaluates. Names in its own text keep it from being traced at all."""
    codes = [code, *all_codes(code)]
    if any(["f_locals" in one.co_names for one in codes]):
        return True
    if all([EVALUATORS.isdisjoint(one.co_names) for one in codes]):
        return False
    return any(type(c) is str and SHARED_LOCALS(c) for one in codes for c in one.co_consts)


def has_generators(code):
    if code.co_flags & SUSPENDABLE:
        return True
    return any(has_generators(c) for c in code.co_consts if type(c) is types.CodeType)
