"""The variables of a frame that have changed since the last event there."""

NO_CHANGES = ()


def describe_anew(recording, state, name, value, changes):
    """Notes a variable that is bound to another object, or whose object looks changed."""
    shown = state.shown
    before = shown.get(name)
    text = None
    if before is not None and before[0] is value and type(before[1]) in (FlatList, FlatDict):
        watch = before[1]
        text = watch.again()
    if text is None:
        text, watch = describe(value, recording.cap)
    shown[name] = (value, watch, text)
    if watch is not None:
        if state.watched is NOTHING:
            state.watched = {}
        state.watched[name] = watch
    elif name in state.watched:
        del state.watched[name]
    if before is None or text != before[2]:
        changes.append((name, text))
        recording.size += len(name) + len(text[0]) + CHANGE_SIZE


def changes_of(recording, frame, state):
    """[(name, text or None where it is gone)] since the last look at the frame."""
    if state.line in state.quiet_lines:
        return stale(recording, state) if state.watched else NO_CHANGES
    values = frame.f_locals
    if type(values) is not dict:
        values = plain_locals(values, state.facts.namespace)
        if values is None:
            return stale(recording, state) if state.watched else NO_CHANGES
    if state.only_binds:
        held = state.held
        if len(values) == len(held) and all(map(is_, values.values(), held)):
            return stale(recording, state) if state.watched else NO_CHANGES
        return rebound(recording, state, values)
    return any_changes(recording, state, values)


def any_changes(recording, state, values):
    """The changes of a frame whose variables may go: first of those that were there before, then those that
    are gone, then new ones."""
    shown = state.shown
    changes = []
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
        describe_anew(recording, state, name, value, changes)
    for name in gone:
        del shown[name]
        if name in state.watched:
            del state.watched[name]
        changes.append((name, None))
        recording.size += len(name) + CHANGE_SIZE
    if len(values) > len(shown):
        names = state.facts.names
        for name, value in values.items():
            if name not in shown and name in names:
                describe_anew(recording, state, name, value, changes)
    return changes


def stale(recording, state):
    """The changes where no variable is bound to another object: in what objects hold."""
    names = [name for name, watch in state.watched.items() if not unchanged(watch)]
    if not names:
        return NO_CHANGES
    changes = []
    for name in names:
        describe_anew(recording, state, name, state.shown[name][0], changes)
    return changes


def rebound(recording, state, values):
    """The changes of a frame whose variables come and never go: those that there were before are still
    there and in the same order."""
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
                describe_anew(recording, state, name, value, changes)
        elif name in names:
            if type(value) is int and value in SMALL_TEXTS and watched is NOTHING:
                text = SMALL_TEXTS[value]
                before = shown.get(name)
                shown[name] = (value, None, text)
                if before is None or text != before[2]:
                    changes.append((name, text))
                    recording.size += len(name) + len(text[0]) + CHANGE_SIZE
            else:
                describe_anew(recording, state, name, value, changes)
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
