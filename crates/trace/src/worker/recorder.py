"""Recording a call: its events, and the variables that change."""

MISSING = object()


def make_recorder(table, limits, abort, bare):
    """What records one call, and the list of what it sees."""
    events = []
    if bare:
        return BareRecorder(table, limits, abort, events), events
    if NATIVE:
        budgets = [limits[name] for name in ("max_steps", "max_depth", "trace_bytes", "value_bytes")]
        return NATIVE[0].record(table, abort, events, *budgets), events
    return make_tracer(table, limits, abort, events), events


def start_tracing(tracer):
    if isinstance(tracer, Watcher) or (NATIVE and type(tracer) in NATIVE[1]):
        tracer.start()
    else:
        settrace(tracer)


# An empty dictionary that stays empty.
NOTHING = types.MappingProxyType({})


class FrameState:
    """What the recorder knows of one frame."""

    # Of the variables, the ones whose text can change while they stay bound to the same object, each
    # with what to watch.
    watched = NOTHING
    # The last exceptions that came by, and the instruction of the newest, if it was just now.
    seen = ()
    fresh_at = None

    def __init__(self, facts, number):
        self.facts = facts
        self.number = number
        self.only_binds = facts.only_binds
        # The line of the last event, and the lines after which no variable is bound to another object.
        self.line = 0
        self.quiet_lines = facts.quiet_lines
        # Variable: (its object, what to watch, the text).
        self.shown = {}
        # The objects of all variables, in the frame's own order.
        self.held = ()


def make_tracer(table, limits, abort, events):
    """The trace function. A closure, because variables of closures are the fastest that Python has.

    `abort(outcome)` does not return.
    """
    max_steps = limits["max_steps"]
    max_depth = limits["max_depth"]
    max_bytes = limits["trace_bytes"]
    cap = limits["value_bytes"]
    add = events.append
    steps = 0
    active = 0
    frames = 0
    size = 0
    # A raise event whose exception is known only when the caller sees it: (event, candidates).
    doubtful = None
    # What is known of each frame that runs.
    states = {}

    def enter(frame, event, arg):
        nonlocal active, frames
        code = frame.f_code
        if code.co_filename != PROGRAM:
            return None
        try:
            facts = code_facts(table, code)
            if facts is None:
                return None
            active += 1
            if active > max_depth:
                abort(["over_budget", "depth"])
            if facts.suspendable:
                previous = frame.f_trace
                if type(previous) is FunctionType:
                    state = previous.__dict__.get("tracestone_state")
                    if state is not None:
                        resume(frame, state)
                        return local
            number = frames
            frames += 1
            if facts.suspendable and was_started(facts.opcodes, frame.f_lasti):
                # Set-up has started it, so this is no start.
                resume(frame, FrameState(facts, number))
                return local
            return follow(frame, facts, number)
        except RecursionError:
            abort(["over_budget", "depth"])
        except MemoryError:
            abort(["out_of_memory"])
        except BaseException as error:
            abort(internal(error))

    def describe_anew(state, name, value, changes):
        """Notes a variable that is bound to another object, or whose object looks changed."""
        nonlocal size
        shown = state.shown
        before = shown.get(name)
        text = None
        if before is not None and before[0] is value and type(before[1]) in (FlatList, FlatDict):
            watch = before[1]
            text = watch.again()
        if text is None:
            text, watch = describe(value, cap)
        shown[name] = (value, watch, text)
        if watch is not None:
            if state.watched is NOTHING:
                state.watched = {}
            state.watched[name] = watch
        elif name in state.watched:
            del state.watched[name]
        if before is None or text != before[2]:
            changes.append((name, text))
            size += len(name) + len(text[0]) + 16

    def changes_of(frame, state):
        """[(name, text or None where it is gone)] since the last look at the frame."""
        nonlocal size
        if state.line in state.quiet_lines:
            return stale(state) if state.watched else NO_CHANGES
        values = frame.f_locals
        if type(values) is not dict:
            values = plain_locals(values, state.facts.namespace)
            if values is None:
                return stale(state) if state.watched else NO_CHANGES
        held = state.held
        if state.only_binds:
            if len(values) == len(held) and all(map(is_, values.values(), held)):
                return stale(state) if state.watched else NO_CHANGES
            return rebound(state, values)
        shown = state.shown
        changes = []
        facts = state.facts
        state.held = list(values.values())
        get = values.get
        gone = []
        for name, entry in shown.items():
            value = get(name, MISSING)
            if value is entry[0]:
                watch = entry[1]
                if watch is None or unchanged(watch):
                    continue
            elif value is MISSING:
                gone.append(name)
                continue
            describe_anew(state, name, value, changes)
        for name in gone:
            del shown[name]
            if name in state.watched:
                del state.watched[name]
            changes.append((name, None))
            size += len(name) + 16
        if len(values) > len(shown):
            names = facts.names
            for name, value in values.items():
                if name not in shown and name in names:
                    describe_anew(state, name, value, changes)
        return changes

    def stale(state):
        """The changes where no variable is bound to another object: in what objects hold."""
        names = [name for name, watch in state.watched.items() if not unchanged(watch)]
        if not names:
            return NO_CHANGES
        changes = []
        for name in names:
            describe_anew(state, name, state.shown[name][0], changes)
        return changes

    def rebound(state, values):
        """The changes of a frame whose variables come and never go: those that there were before are
        still there and in the same order."""
        nonlocal size
        changes = []
        held = state.held
        shown = state.shown
        watched = state.watched
        names = state.facts.names
        state.held = now = list(values.values())
        at = 0
        count = len(held)
        for name, value in zip(values, now):
            if at < count and value is held[at]:
                if name in watched and not unchanged(watched[name]):
                    describe_anew(state, name, value, changes)
            elif name in names:
                if type(value) is int and value in SMALL_TEXTS and watched is NOTHING:
                    text = SMALL_TEXTS[value]
                    before = shown.get(name)
                    shown[name] = (value, None, text)
                    if before is None or text != before[2]:
                        changes.append((name, text))
                        size += len(name) + len(text[0]) + 16
                else:
                    describe_anew(state, name, value, changes)
                    watched = state.watched
            at += 1
        return changes

    def pairs_of(state, changes):
        """Names of changed variables, each with another one that is the same mutable object."""
        pairs = ()
        for name, text in changes:
            if text is not None and name in state.watched:
                value = state.shown[name][0]
                for other in state.watched:
                    if state.shown[other][0] is value and other != name:
                        pairs += (name, other)
                        break
        return pairs

    def follow(frame, facts, number):
        states[frame] = state = FrameState(facts, number)
        changes = changes_of(frame, state)
        pairs = (facts.name,) + pairs_of(state, changes) if state.watched else facts.alone
        state.line = line = frame.f_lineno
        add((number, EVENT_CALL, line, changes, None, pairs))
        return local

    def local(frame, event, arg):
        nonlocal steps, size, doubtful
        try:
            state = states[frame]
            if event == "line":
                state.fresh_at = None
                doubtful = None
                steps += 1
                if steps > max_steps:
                    abort(["over_budget", "steps"])
                if state.line in state.quiet_lines and not state.watched:
                    changes = pairs = NO_CHANGES
                else:
                    changes = changes_of(frame, state)
                    pairs = pairs_of(state, changes) if changes and state.watched else ()
                state.line = line = frame.f_lineno
                add((state.number, EVENT_LINE, line, changes, None, pairs))
            elif event == "return":
                size += 48
                return leave(frame, state, arg)
            elif event == "exception":
                error = arg[1]
                # An exception that C code raised may still be a bare class or argument here.
                if isinstance(error, BaseException):
                    if doubtful is not None:
                        settle(error)
                    state.seen = state.seen[-7:] + (error,)
                    state.fresh_at = frame.f_lasti
                return local
            size += 48
            if size > max_bytes:
                abort(["over_budget", "trace_bytes"])
        except RecursionError:
            abort(["over_budget", "depth"])
        except MemoryError:
            abort(["out_of_memory"])
        except BaseException as error:
            abort(internal(error))
        return local

    def leave(frame, state, value):
        """Notes the end of a frame, or its pause: then gives the function that wakes it."""
        nonlocal active, doubtful, size
        active -= 1
        at = frame.f_lasti
        facts = state.facts
        changes = changes_of(frame, state)
        pairs = pairs_of(state, changes) if changes and state.watched else ()
        doubtful = None
        fresh = state.fresh_at == at
        kind = end_kind(facts.opcodes, at, value, facts.suspendable, fresh)
        if kind == EVENT_RAISE:
            seen = state.seen
            text = raised_text(seen[-1] if seen else None, cap)
            size += len(text[1])
            event = [state.number, kind, frame.f_lineno, changes, None, text + list(pairs)]
            add(event)
            if state.fresh_at is None:
                doubtful = (event, seen)
        else:
            text = describe(value, cap)[0]
            size += len(text[0])
            add((state.number, kind, frame.f_lineno, changes, text, pairs))
        del states[frame]
        if size > max_bytes:
            abort(["over_budget", "trace_bytes"])
        return asleep(state) if kind == EVENT_YIELD else None

    def asleep(state):
        """The trace function of a paused frame. It keeps the state, so that nothing else keeps the
        frame, whose end may be that nobody refers to it."""

        def sleeper(frame, event, arg):
            nonlocal active
            active += 1
            resume(frame, state)
            return local(frame, event, arg)

        sleeper.tracestone_state = state
        return sleeper

    def resume(frame, state):
        states[frame] = state
        state.fresh_at = None
        changes = changes_of(frame, state)
        state.line = line = frame.f_lineno
        add((state.number, EVENT_RESUME, line, changes, None, pairs_of(state, changes)))

    def settle(error):
        """Gives a raise after a `finally` the exception that its caller sees."""
        nonlocal doubtful
        event, candidates = doubtful
        doubtful = None
        for candidate in candidates:
            if candidate is error:
                event[5][:3] = exception_text(error, cap)

    def finish(error):
        if doubtful is not None and error is not None:
            settle(error)

    enter.finish = finish
    return enter


def internal(error):
    return ["invalid", "the recorder failed: %s" % type_name_of(type(error))]
