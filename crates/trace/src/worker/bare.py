"""Watching without owning.

Where a program can see that an object ends (`__del__`, weak references, `finally` of a generator that
nobody waits for any more), whoever watches must not keep objects alive. The other recorder does: it
compares by identity, so it holds what it compares with. And up to 3.11 `sys.settrace` itself copies
the variables of a frame at every event and keeps the copy until the next one. What is here is called
by the interpreter directly, and keeps texts, and only such objects whose end nobody can see.
"""

TraceFunction = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.py_object, ctypes.py_object, ctypes.c_int, ctypes.c_void_p
)
set_trace_function = python_library.PyEval_SetTrace
set_trace_function.argtypes = [ctypes.c_void_p, ctypes.py_object]
set_trace_function.restype = None
object_at, PyObject = ctypes.cast, ctypes.py_object
TRACE_CALL, TRACE_EXCEPTION, TRACE_LINE, TRACE_RETURN = range(4)


def dispatch(watcher, frame, what, arg):
    """The trace function: gives `watcher` the events of frames of the program."""
    if what > TRACE_RETURN or frame.f_code.co_filename != PROGRAM:
        return 0
    # What is done here is no act of the program.
    WORKING.append(True)
    try:
        watcher.handle(frame, what, arg)
    except BaseException as error:
        watcher.abort(failure_of(error))
    WORKING.pop()
    return 0


# Made here, in the zygote, since a child may not make memory executable.
DISPATCH = TraceFunction(dispatch)
DISPATCH_ADDRESS = ctypes.cast(DISPATCH, ctypes.c_void_p)


class Watcher:
    """Is called with each event of the program's frames once it was started."""

    def __init__(self, limits, abort):
        self.limits = limits
        self.abort = abort
        self.steps = 0
        self.active = 0

    def start(self):
        sys.unraisablehook = self.unraisable
        set_trace_function(DISPATCH_ADDRESS, self)

    def unraisable(self, report):
        """The trace function itself could not be called: there was no room for its frame. An event is
        lost then, and nothing that follows can be relied on."""
        message = report.err_msg
        if type(message) is str and "ctypes callback" in message:
            self.abort([OVER_BUDGET, DEPTH])
        sys.__unraisablehook__(report)

    def step(self):
        self.steps += 1
        if self.steps > self.limits["max_steps"]:
            self.abort([OVER_BUDGET, STEPS])

    def enter(self):
        self.active += 1
        if self.active > self.limits["max_depth"]:
            self.abort([OVER_BUDGET, DEPTH])

    def finish(self, error):
        """Nothing is left open."""


class BareTracker(Watcher):
    """Notes the lines that run, in their order, and looks at nothing else."""

    def __init__(self, limits, abort, path):
        Watcher.__init__(self, limits, abort)
        self.path = path

    def handle(self, frame, what, arg):
        if what == TRACE_LINE:
            if frame.f_code.co_name != "<module>":
                self.path.append(frame.f_lineno)
                self.step()
        elif what == TRACE_CALL:
            self.enter()
        elif what == TRACE_RETURN:
            self.active -= 1


class BareFrame:
    """What is known of one frame: texts, and atoms, whose end nobody can see."""

    __slots__ = ("run", "facts", "number", "line", "shown", "seen", "fresh_at", "paused", "copied")

    def __init__(self, run, facts, number):
        self.run = run
        self.facts = facts
        self.number = number
        self.line = None
        # Variable: (its object if that is an atom, else `MISSING`; its text).
        self.shown = {}
        # [(identity, text)] of the last exceptions that came by.
        self.seen = ()
        self.fresh_at = None
        self.paused = False
        # Whether `f_locals` is a copy that the frame keeps and nobody else sees.
        self.copied = FRAME_PROXY is None and not facts.namespace and not facts.shares_locals

    def __call__(self, frame, event, arg):
        """Frames keep it as their trace function, which is never called for what it is."""


class BareRecorder(Watcher):
    """Gives the events that the recorder above gives, but describes every variable at every event."""

    def __init__(self, table, limits, abort, events):
        Watcher.__init__(self, limits, abort)
        self.table = table
        self.cap = limits["value_bytes"]
        self.events = events
        self.frames = 0
        self.size = 0
        # A raise event whose exception is known only when the caller sees it, and its candidates.
        self.doubtful = None

    def handle(self, frame, what, arg):
        facts = code_facts(self.table, frame.f_code)
        if facts is None:
            return
        state = frame.f_trace
        if type(state) is not BareFrame or state.run is not self:
            state = None
        if what == TRACE_CALL or state is None or state.paused:
            state = self.begin(frame, facts, state)
        if what == TRACE_LINE:
            self.line(frame, state)
        elif what == TRACE_EXCEPTION:
            self.exception(frame, state, *object_at(arg, PyObject).value[1:])
        elif what == TRACE_RETURN:
            self.leave(frame, state, None if arg is None else object_at(arg, PyObject).value)
        CLASS_FACTS.clear()
        if self.size > self.limits["trace_bytes"]:
            self.abort([OVER_BUDGET, TRACE_BYTES])

    def begin(self, frame, facts, state):
        """A frame starts or goes on; where an exception wakes it, without a call."""
        self.enter()
        starts = state is None
        if starts:
            state = BareFrame(self, facts, self.frames)
            self.frames += 1
            frame.f_trace = state
            starts = not (facts.suspendable and was_started(facts.opcodes, frame.f_lasti))
        state.paused = False
        state.fresh_at = None
        changes, pairs = self.changes_of(frame, state)
        kind = EVENT_CALL if starts else EVENT_RESUME
        texts = (facts.name,) + pairs if starts else pairs
        self.events.append((state.number, kind, line_of(frame, state), changes, None, texts))
        return state

    def line(self, frame, state):
        state.fresh_at = None
        self.doubtful = None
        self.step()
        changes, pairs = self.changes_of(frame, state)
        self.size += EVENT_SIZE
        state.line = frame.f_lineno
        self.events.append((state.number, EVENT_LINE, state.line, changes, None, pairs))

    def exception(self, frame, state, error, traceback):
        # An exception that C code raised may still be a bare class or argument here.
        if not isinstance(error, BaseException):
            return
        refused = refused_in(error, traceback)
        if refused is not None:
            self.abort(refused)
        if self.doubtful is not None:
            self.settle(error)
        state.seen = state.seen[1 - SEEN_EXCEPTIONS :] + ((id(error), exception_text(error, self.cap)),)
        state.fresh_at = frame.f_lasti

    def leave(self, frame, state, value):
        """Notes the end of a frame, or its pause."""
        self.active -= 1
        self.size += EVENT_SIZE
        at = frame.f_lasti
        facts = state.facts
        changes, pairs = self.changes_of(frame, state)
        self.doubtful = None
        kind = end_kind(facts.opcodes, at, value, facts.suspendable, state.fresh_at == at)
        number, line = state.number, line_of(frame, state)
        if kind == EVENT_RAISE:
            seen = state.seen
            text = list(seen[-1][1]) if seen else raised_text(None, self.cap)
            self.size += len(text[1])
            event = [number, kind, line, changes, None, text + list(pairs)]
            self.events.append(event)
            if state.fresh_at is None:
                self.doubtful = event, [(identity, text[0]) for identity, text in seen]
        else:
            text = describe(value, self.cap)[0]
            self.size += len(text[0])
            self.events.append((number, kind, line, changes, text, pairs))
        state.paused = kind == EVENT_YIELD
        if kind != EVENT_YIELD:
            frame.f_trace = None

    def settle(self, error):
        """Gives a raise after a `finally` the exception that its caller sees."""
        event, candidates = self.doubtful
        self.doubtful = None
        # One that has ended may have left its place to another one: that of a generator that is closed.
        if (id(error), class_name(type(error))) in candidates:
            event[5][:3] = exception_text(error, self.cap)

    def finish(self, error):
        if self.doubtful is not None and error is not None:
            self.settle(error)

    def changes_of(self, frame, state):
        """[(name, text or None where it is gone)] since the last look at the frame, and pairs of names:
        a changed variable and another one that is the same mutable object."""
        values = frame.f_locals
        copy = values if state.copied else None
        if type(values) is not dict:
            values = plain_locals(values, state.facts.namespace)
            if values is None:
                return NO_CHANGES, ()
        changes = self.compare(state, values)
        if copy is not None:
            dict.clear(copy)
        return changes

    def compare(self, state, values):
        """First the variables that were there before, then those that are gone, then new ones."""
        shown, facts = state.shown, state.facts
        gone = [name for name in shown if name not in values]
        new = [
            name
            for name in values
            if name not in shown and name in facts.names
        ]
        changes, mutable = [], []
        for name in list(shown):
            if name in values:
                self.look(shown, name, values[name], changes, mutable)
        for name in gone:
            del shown[name]
            changes.append((name, None))
            self.size += len(name) + CHANGE_SIZE
        for name in new:
            self.look(shown, name, values[name], changes, mutable)
        return changes, same_objects(changes, mutable)

    def look(self, shown, name, value, changes, mutable):
        """Notes a variable's text if it is another one than before."""
        held, before = shown.get(name, (MISSING, None))
        if value is held:
            return
        text, watch = describe(value, self.cap)
        if watch is not None:
            mutable.append((name, value))
        if text != before:
            changes.append((name, text))
            self.size += len(name) + len(text[0]) + CHANGE_SIZE
        shown[name] = value if type(value) in ATOMS else MISSING, text


def same_objects(changes, mutable):
    """Names of changed variables, each with another one that is the same mutable object."""
    pairs = ()
    for name, _ in changes:
        for value in [value for other, value in mutable if other == name]:
            for other, same in mutable:
                if same is value and other != name:
                    pairs += (name, other)
                    break
    return pairs
