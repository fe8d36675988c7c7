"""Recording a call: its events."""


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


def make_tracer(table, limits, abort, events):
    """The trace function. `abort(outcome)` does not return."""
    recording = Recording(limits["value_bytes"], events)
    local = make_local_tracer(recording, limits, abort)
    max_depth = limits["max_depth"]

    def enter(frame, event, arg):
        code = frame.f_code
        if code.co_filename != PROGRAM:
            return None
        try:
            facts = code_facts(table, code)
            if facts is None:
                return None
            recording.active += 1
            if recording.active > max_depth:
                abort([OVER_BUDGET, DEPTH])
            if facts.suspendable:
                state = paused_state(frame)
                if state is None and was_started(facts.opcodes, frame.f_lasti):
                    # Set-up has started it, so this is no start.
                    state = recording.new_state(facts)
                if state is not None:
                    go_on(recording, frame, state)
                    return local
            follow(recording, frame, facts)
            return local
        except BaseException as error:
            abort(failure_of(error))

    def finish(error):
        if recording.doubtful is not None and error is not None:
            settle(recording, error)

    enter.finish = finish
    return enter


def make_local_tracer(recording, limits, abort):
    """The trace function of frames that are followed."""
    max_steps, max_bytes = limits["max_steps"], limits["trace_bytes"]
    states = recording.states
    add = recording.events.append

    def local(frame, event, arg):
        try:
            state = states[frame]
            if event == "line":
                state.fresh_at = recording.doubtful = None
                recording.steps += 1
                if recording.steps > max_steps:
                    abort([OVER_BUDGET, STEPS])
                if state.line in state.quiet_lines and not state.watched:
                    changes = pairs = NO_CHANGES
                else:
                    changes = changes_of(recording, frame, state)
                    pairs = pairs_of(state, changes) if changes and state.watched else ()
                state.line = line = frame.f_lineno
                add((state.number, EVENT_LINE, line, changes, None, pairs))
                size = recording.size = recording.size + EVENT_SIZE
                if size > max_bytes:
                    abort([OVER_BUDGET, TRACE_BYTES])
            elif event == "exception":
                refused = refused_in(arg[1], arg[2])
                if refused is not None:
                    abort(refused)
                notice(recording, frame, state, arg[1])
            elif event == "return":
                paused = leave(recording, frame, state, arg)
                if recording.size > max_bytes:
                    abort([OVER_BUDGET, TRACE_BYTES])
                return asleep(recording, state, local) if paused else None
            return local
        except BaseException as error:
            abort(failure_of(error))

    return local


def failure_of(error):
    """The outcome of a call whose recording failed."""
    if isinstance(error, RecursionError):
        return [OVER_BUDGET, DEPTH]
    if isinstance(error, MemoryError):
        return [OUT_OF_MEMORY]
    return [INVALID, "the recorder failed: %s" % type_name_of(type(error))]


def follow(recording, frame, facts):
    """A frame begins."""
    recording.states[frame] = state = recording.new_state(facts)
    changes = changes_of(recording, frame, state)
    pairs = (facts.name,) + pairs_of(state, changes) if state.watched else facts.alone
    state.line = line = frame.f_lineno
    recording.events.append((state.number, EVENT_CALL, line, changes, None, pairs))


def go_on(recording, frame, state):
    """A frame that was paused runs again."""
    recording.states[frame] = state
    state.fresh_at = None
    changes = changes_of(recording, frame, state)
    state.line = line = line_of(frame, state)
    recording.events.append((state.number, EVENT_RESUME, line, changes, None, pairs_of(state, changes)))


def line_of(frame, state):
    """The line that a frame is at. What ends an `except*` that others leave is an instruction of no line: there
    it is the last line that ran."""
    line = frame.f_lineno
    return state.line if line is None else line


def notice(recording, frame, state, error):
    """An exception comes by."""
    # One that C code raised may still be a bare class or argument here.
    if isinstance(error, BaseException):
        if recording.doubtful is not None:
            settle(recording, error)
        state.seen = state.seen[1 - SEEN_EXCEPTIONS :] + (error,)
        state.fresh_at = frame.f_lasti


def leave(recording, frame, state, value):
    """Notes the end of a frame, or its pause; tells whether it is a pause."""
    recording.active -= 1
    at = frame.f_lasti
    facts = state.facts
    cap = recording.cap
    changes = changes_of(recording, frame, state)
    pairs = pairs_of(state, changes) if changes and state.watched else ()
    recording.doubtful = None
    fresh = state.fresh_at == at
    kind = end_kind(facts.opcodes, at, value, facts.suspendable, fresh)
    if kind == EVENT_RAISE:
        seen = state.seen
        text = raised_text(seen[-1] if seen else None, cap)
        size = len(text[1])
        event = [state.number, kind, line_of(frame, state), changes, None, text + list(pairs)]
        if state.fresh_at is None:
            recording.doubtful = (event, seen)
    else:
        text = describe(value, cap)[0]
        size = len(text[0])
        event = (state.number, kind, line_of(frame, state), changes, text, pairs)
    recording.events.append(event)
    recording.size += size + EVENT_SIZE
    del recording.states[frame]
    return kind == EVENT_YIELD


def asleep(recording, state, local):
    """The trace function of a paused frame. It keeps the state, so that nothing else keeps the frame, whose
    end may be that nobody refers to it."""

    def sleeper(frame, event, arg):
        recording.active += 1
        go_on(recording, frame, state)
        return local(frame, event, arg)

    sleeper.tracestone_state = state
    return sleeper


def paused_state(frame):
    """The state that a paused frame has kept, or None."""
    previous = frame.f_trace
    return previous.__dict__.get("tracestone_state") if type(previous) is FunctionType else None


def settle(recording, error):
    """Gives a raise after a `finally` the exception that its caller sees."""
    event, candidates = recording.doubtful
    recording.doubtful = None
    for candidate in candidates:
        if candidate is error:
            event[5][:3] = exception_text(error, recording.cap)
