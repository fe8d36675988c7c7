"""What frames say: how they stop, and their variables."""


def end_kind(opcodes, at, value, suspendable, fresh):
    """How a frame stops at an instruction; `fresh` tells whether an exception was just there."""
    code = opcodes[at] if 0 <= at < len(opcodes) else 0
    if code in RETURN_OPCODES:
        return EVENT_RETURN
    if not suspendable or (fresh and value is None):
        return EVENT_RAISE
    return EVENT_YIELD if pauses(opcodes, at) else EVENT_RAISE


def was_started(opcodes, at):
    """Whether a generator or coroutine whose frame is entered at this instruction has run before."""
    if RESUME is None:
        return at >= 0
    if at < 0:
        return False
    # The lowest two bits of the argument are 0 at the start of a function. What an exception wakes is
    # still at the instruction that paused it; one that has not begun is left at once.
    return opcodes[at] != RESUME or opcodes[at + 1] & 3 != 0


def pauses(opcodes, at):
    """Whether a generator or coroutine that stops at this instruction hands out a value."""
    if opcodes[at] in YIELD_OPCODES:
        return True
    if opcodes[at] == RESUME:
        return at >= 2 and opcodes[at - 2] in YIELD_OPCODES
    return YIELD_FROM is not None and opcodes[at + 2 : at + 3] == bytes((YIELD_FROM,))


def plain_locals(values, namespace):
    """A class body may run in a mapping of the user's own: only real dictionaries are looked into.

    From 3.13 on a function's `f_locals` is a proxy, which is read as a whole. While a comprehension in a
    class body runs, that of the class is one as well, of the comprehension's variables and of what is
    closed over, none of which is a variable of the class: then None.
    """
    if FRAME_PROXY is not None and type(values) is FRAME_PROXY:
        return None if namespace else dict(values)
    if dict in type_mro_of(type(values)):
        return dict(zip(dict.keys(values), dict.values(values)))
    return {}


def frame_proxy_type():
    kind = type((lambda: sys._getframe().f_locals)())
    return None if kind is dict else kind


FRAME_PROXY = frame_proxy_type()
