"""Counting steps without a look at values."""


# How many more functions that do not count may be called; negative where nobody counts them.
CALLS_ELSEWHERE_LEFT = [-1]


def allow_elsewhere(calls):
    """Limits the calls of functions that are not followed. Their lines are no steps, and CPU time would be
    another limit on each machine."""
    if NATIVE:
        NATIVE[0].allow_elsewhere(calls)
    CALLS_ELSEWHERE_LEFT[0] = calls


def note_call_elsewhere(stop):
    left = CALLS_ELSEWHERE_LEFT[0]
    if left == 0:
        stop()
    if left > 0:
        CALLS_ELSEWHERE_LEFT[0] = left - 1


def make_counter(max_steps, abort):
    """The trace function for programs and set-up: only counts lines, so that loops end."""
    if NATIVE:
        return NATIVE[0].count(max_steps, abort)
    steps = 0

    def enter(frame, event, arg):
        if frame.f_code.co_filename in (PROGRAM, SETUP, CALL):
            return line
        note_call_elsewhere(lambda: abort([OVER_BUDGET, CALLS_ELSEWHERE]))
        return None

    def line(frame, event, arg):
        nonlocal steps
        if event == "line":
            steps += 1
            if steps > max_steps:
                abort([OVER_BUDGET, STEPS])
        return line

    return enter


class Stop(BaseException):
    """Ends a run that is over the budget it names."""


# A program whose text has none of these does not stop an exception that it does not know.
CATCHERS = ("except:", "BaseException", "finally", "suppress", "__exit__", "__del__", "exec", "eval")


def make_tracker(max_steps, max_depth, stop, seen, path):
    """A trace function that notes the steps from line to line in `seen` and looks at no values. `path`
    gets all lines in their order, where it is a list.

    `stop(budget)` does not return.
    """
    if NATIVE:
        return NATIVE[0].track(max_steps, max_depth, stop, seen, path)
    steps = 0
    active = 0
    last = 0
    add = seen.add

    def enter(frame, event, arg):
        nonlocal active
        code = frame.f_code
        if code.co_filename != PROGRAM or code.co_name == "<module>":
            note_call_elsewhere(lambda: stop(CALLS_ELSEWHERE))
            return None
        active += 1
        if active > max_depth:
            stop(DEPTH)
        return line

    def line(frame, event, arg):
        nonlocal steps, active, last
        if event == "line":
            number = frame.f_lineno
            add((last, number))
            last = number
            if path is not None:
                path.append(number)
            steps += 1
            if steps > max_steps:
                stop(STEPS)
        elif event == "return":
            active -= 1
        return line

    enter.finish = lambda error: None
    return enter
