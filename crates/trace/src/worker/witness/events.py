"""What is written down of a call, and of each of its frames."""


class Record:
    """The events of one evaluation. It holds texts and numbers, and no object of the program."""

    def __init__(self, asked, limits):
        self.events = []  # [frame, kind, line, changes, payload]
        self.states = []  # [line, occurrence, name, text or nothing]
        self.values = asked["values"]
        self.asked = {}
        for line, occurrence, name in asked["states"]:
            self.asked.setdefault((line, occurrence), []).append(name)
        self.cap = limits["value_bytes"]
        self.times = {}
        self.frames = 0
        self.steps = 0
        self.limit = limits["max_steps"]

    def event(self, number, kind, line, payload=None):
        self.events.append([number, kind, SHOWN.get(line, 0) if SHOWN else line, [], payload])

    def frame(self):
        """A number for a new frame."""
        self.frames += 1
        return self.frames - 1

    def line(self, number, line):
        """Notes a line; gives the names that are asked for after it."""
        self.steps += 1
        if self.steps > self.limit:
            give_up("over budget")
        self.event(number, "line", line)
        line = SHOWN.get(line, 0) if SHOWN else line
        occurrence = self.times[line] = self.times.get(line, 0) + 1
        return (line, occurrence) if (line, occurrence) in self.asked else None


class Follower:
    """What is known of one frame; the frame holds it, and it holds nothing of the frame."""

    def __init__(self, record, look):
        self.record = record
        self.number = record.frame()
        self.look = look
        self.running = True
        self.thrown_at = None
        self.awaited = None
        self.texts = {}
        self.last = None

    def enter(self, frame, fresh):
        self.note(frame, "call" if fresh else "resume", name_of(frame.f_code) if fresh else None)
        self.running = True

    def __call__(self, frame, event, argument):
        if event == "line":
            if not self.running:
                self.enter(frame, False)
            self.thrown_at = None
            self.last = frame.f_lineno
            awaited = self.record.line(self.number, self.last)
            self.settle(frame)
            self.awaited = awaited
        elif event == "exception":
            self.thrown_at = frame.f_lasti
            self.thrown = raised_text(argument[1]) if self.look else None
        elif event == "return":
            kind = self.ending(frame, argument)
            payload = None
            if self.look:
                payload = self.thrown if kind == "raise" else text_of(argument, self.record.cap)
            self.note(frame, kind, payload)
            self.thrown_at = None
            self.running = False
        return self

    def ending(self, frame, argument):
        """Whether a frame returns, pauses, or is left by an exception: the instruction tells."""
        at, code = frame.f_lasti, frame.f_code.co_code
        name = operation(code, at)
        if name in ("RETURN_VALUE", "RETURN_CONST"):
            return "return"
        thrown_in = argument is None and self.thrown_at == at
        if thrown_in or not frame.f_code.co_flags & SUSPENDABLE:
            return "raise"
        # Up to 3.10 `yield from` pauses one instruction early; from 3.13 on every pause is one late.
        early = operation(code, at + 2) == "YIELD_FROM"
        late = name == "RESUME" and operation(code, at - 2) == "YIELD_VALUE"
        return "yield" if name == "YIELD_VALUE" or early or late else "raise"

    def note(self, frame, kind, payload):
        line = frame.f_lineno
        if self.last is not None and (LINE_OF_INSTRUCTION or line is None):
            line = self.last
        self.record.event(self.number, kind, line, payload)
        self.settle(frame)

    def settle(self, frame):
        """At an event of the frame: the line before is over, and its effects can be read."""
        awaited, self.awaited = self.awaited, None
        if not self.look or (awaited is None and not self.record.values):
            return
        values = frame.f_locals
        if not frame.f_code.co_flags & OPTIMIZED and not isinstance(values, dict):
            # The namespace of a class is a dictionary, or one that only the program knows how to read. While
            # a comprehension in a class body runs, 3.13 shows that one's variables in its place.
            return
        if awaited is not None:
            for name in self.record.asked[awaited]:
                text = text_of(values[name], self.record.cap) if name in values else None
                self.record.states.append([*awaited, name, text])
        if self.record.values:
            self.compare(frame.f_code, values)
        if self.look == "empty" and frame.f_code.co_flags & OPTIMIZED:
            values.clear()

    def compare(self, code, values):
        """Notes the variables whose text is not what it was at the event before."""
        # A class body's own names may be those of enclosing functions, too; its namespace has no others.
        free = code.co_freevars if code.co_flags & OPTIMIZED else ()
        cap, before = self.record.cap, self.texts
        texts = {}
        for name in list(values):
            hidden = name[:2] == "__" == name[-2:] or not name.isidentifier() or name in free
            if not hidden:
                texts[name] = text_of(values[name], cap)
        changes = [[name, text] for name, text in texts.items() if before.get(name) != text]
        changes += [[name, None] for name in before if name not in texts]
        self.texts = texts
        self.record.events[-1][3] = changes


def operation(code, at):
    return OPNAMES[code[at]] if 0 <= at < len(code) else ""


def is_fresh(frame):
    """Whether a frame that is entered has not run yet; a generator's may be one that goes on."""
    at = frame.f_lasti
    if at < 0 or not frame.f_code.co_flags & SUSPENDABLE:
        return True
    code = frame.f_code.co_code
    return operation(code, at) == "RESUME" and code[at + 1] & 3 == 0


# This text is the main module, in whose place each program puts its own.
OWN_MODULE = sys.modules["__main__"]
# The names of code objects up to 3.10, by identity.
NAMES = {}


def name_of(code):
    name = getattr(code, "co_qualname", None)
    return NAMES.get(id(code), code.co_name) if name is None else name


def learn_names(code, prefix=""):
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            NAMES[id(inner)] = name = prefix + inner.co_name
            learn_names(inner, name + (".<locals>." if inner.co_flags & OPTIMIZED else "."))


def of_program(code):
    if SHOWN:
        # Of a module that runs in its package, what begins in a line that is shown.
        return code.co_filename == SOURCES["file"] and code.co_firstlineno in SHOWN and code.co_name != "<module>"
    return code.co_filename == PROGRAM and code.co_name != "<module>"
