"""Three ways of watching a call."""


class ByTraceFunction:
    """`sys.settrace`. From 3.11 on it touches no variable that the trace function does not ask for."""

    def __init__(self, record, look):
        self.record, self.look = record, look

    def start(self):
        settrace(self.enter)

    def stop(self):
        settrace(None)

    def enter(self, frame, event, argument):
        if not of_program(frame.f_code):
            return None
        follower = frame.f_trace
        if isinstance(follower, Follower):
            follower.enter(frame, False)
        else:
            follower = Follower(self.record, self.look)
            follower.enter(frame, is_fresh(frame))
        return follower


class ByTraceHook:
    """`PyEval_SetTrace`, which calls one function for all frames and leaves their variables alone."""

    WORDS = {0: "call", 1: "exception", 2: "line", 3: "return"}
    SIGNATURE = ctypes.PYFUNCTYPE(
        ctypes.c_int, ctypes.c_void_p, ctypes.py_object, ctypes.c_int, ctypes.c_void_p
    )
    set_trace = ctypes.PYFUNCTYPE(None, SIGNATURE, ctypes.c_void_p)(("PyEval_SetTrace", ctypes.pythonapi))
    cast, py_object, no_hook = staticmethod(ctypes.cast), ctypes.py_object, SIGNATURE()

    def __init__(self, record, look):
        self.record, self.look = record, look
        self.failure = None
        self.followers = {}  # By the identity of a frame that has not ended.
        self.hook = self.SIGNATURE(self.called)

    def start(self):
        self.set_trace(self.hook, None)

    def stop(self):
        self.set_trace(self.no_hook, None)

    def called(self, _, frame, what, argument):
        if what not in self.WORDS or not of_program(frame.f_code):
            return 0
        try:
            value = self.cast(argument, self.py_object).value if argument else None
            self.happened(frame, self.WORDS[what], value)
        except BaseException as error:
            # Where a program is at the last depth that it can have, nobody else can be called either.
            self.failure = type(error).__name__
            self.set_trace(self.no_hook, None)
        return 0

    def happened(self, frame, event, argument):
        key = id(frame)
        if event == "call":
            fresh = is_fresh(frame)
            if fresh or key not in self.followers:
                self.followers[key] = Follower(self.record, self.look)
            self.followers[key].enter(frame, fresh)
            return
        follower = self.followers.get(key)
        if follower is not None:
            follower(frame, event, argument)
            if event == "return" and self.record.events[-1][1] != "yield":
                del self.followers[key]


class ByMonitoring:
    """`sys.monitoring`, from 3.12 on. Frames are told apart by a stack, since nothing else runs in between;
    only generators, which leave it and come back, by identity."""

    TOOL = 3

    def __init__(self, record, codes):
        self.record, self.codes = record, codes
        self.monitoring = sys.monitoring
        self.stack = []  # [frame's number, last line]
        self.paused = {}
        self.lines = {}  # by code and offset

    def start(self):
        monitoring, events = self.monitoring, self.monitoring.events
        monitoring.use_tool_id(self.TOOL, "witness")
        local = {
            events.PY_START: self.started,
            events.PY_RESUME: self.resumed,
            events.PY_RETURN: self.returned,
            events.PY_YIELD: self.yielded,
            events.LINE: self.line,
            events.JUMP: self.jumped,
        }
        # The first two find code that the program has made of its own, such as by `replace`.
        starts = events.PY_START | events.PY_RESUME
        everywhere = {events.PY_THROW: self.thrown, events.PY_UNWIND: self.unwound}
        for event, function in [*local.items(), *everywhere.items()]:
            monitoring.register_callback(self.TOOL, event, function)
        self.local = sum(local)
        # By identity: two functions may have equal code.
        self.watched = {}
        for code in self.codes:
            self.watch(code)
        monitoring.restart_events()
        monitoring.set_events(self.TOOL, sum(everywhere) | starts)

    def watch(self, code):
        self.monitoring.set_local_events(self.TOOL, code, self.local)
        self.watched[id(code)] = code

    def stop(self):
        monitoring = self.monitoring
        monitoring.set_events(self.TOOL, 0)
        for code in self.watched.values():
            monitoring.set_local_events(self.TOOL, code, 0)
        monitoring.free_tool_id(self.TOOL)

    def is_followed(self, code):
        """Whether code is the program's, which is watched from now on."""
        if not of_program(code):
            return False
        if id(code) not in self.watched:
            self.watch(code)
        return True

    def push(self, code, fresh):
        frame = getframe(2)
        suspendable = code.co_flags & SUSPENDABLE
        entry = self.paused.get(id(frame)) if suspendable and not fresh else None
        if entry is None:
            entry = [self.record.frame(), None if fresh else frame.f_lineno]
        if suspendable:
            self.paused[id(frame)] = entry
        self.stack.append(entry)
        self.note("call" if fresh else "resume", frame.f_lineno)

    def pop(self, kind):
        frame = getframe(2)
        line = frame.f_lineno
        self.note(kind, self.stack[-1][1] if line is None else line)
        self.stack.pop()
        if kind != "yield":
            self.paused.pop(id(frame), None)

    def note(self, kind, line):
        self.record.event(self.stack[-1][0], kind, line)

    def started(self, code, offset):
        if not self.is_followed(code):
            return self.monitoring.DISABLE
        self.push(code, True)

    def resumed(self, code, offset):
        if not self.is_followed(code):
            return self.monitoring.DISABLE
        self.push(code, False)

    def thrown(self, code, offset, error):
        if self.is_followed(code):
            self.push(code, False)

    def returned(self, code, offset, value):
        self.pop("return")

    def yielded(self, code, offset, value):
        self.pop("yield")

    def unwound(self, code, offset, error):
        if of_program(code):
            self.pop("raise")

    def line(self, code, line):
        self.stack[-1][1] = line
        self.record.line(self.stack[-1][0], line)

    def jumped(self, code, offset, target):
        """A jump back to where the line begins starts that line anew, which is no event of its own here."""
        if target < offset and self.line_at(code, target) == self.stack[-1][1]:
            self.record.line(*self.stack[-1])

    def line_at(self, code, offset):
        key = (id(code), offset)
        if key not in self.lines:
            lines = [line for first, end, line in code.co_lines() if first <= offset < end]
            self.lines[key] = lines[0] if lines else 0
        return self.lines[key]


def codes_of(code):
    """The code objects of a program's functions, classes and comprehensions."""
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield inner
            yield from codes_of(inner)
