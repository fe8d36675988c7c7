"""Answers compared with what was seen of a run."""

from .values import VALUE_BYTES, read, same_text


def executed(sample, ended, printed):
    """Why an answer about the end of a call is false, if it is."""
    kind, question, answer = sample["kind"], sample["question"], sample["answer"]
    how, text = ended
    if kind == "exception":
        return None if how == "raised" and text == answer else f"found {how} {text}"
    if how != "returned":
        return f"found {how} {text}"
    if kind == "output" and question.get("stream") == "stdout":
        return None if same_text(answer, repr(printed)) else f"found {printed!r}"
    wanted = question["output"] if kind == "input" else answer
    return None if same_text(wanted, text) else f"found {text}"


class Seen:
    """What a tracer saw."""

    def __init__(self, messages):
        self.events = messages[-1]["events"]
        self.ended = messages[-1]["ended"]
        self.path = [line for word, _, line, _ in self.events if word == "line"]
        self.moments = {message["moment"]: message for message in messages[:-1]}
        self.states = {tuple(message["asked"]): message["values"] for message in messages[:-1] if message["asked"]}

    def after(self, question):
        """What the frame does next after the K-th time of a line."""
        left = question["occurrence"]
        for at, (word, frame, line, _) in enumerate(self.events):
            if word == "line" and line == question["line"]:
                left -= 1
                if left == 0:
                    for word, other, line, _ in self.events[at + 1 :]:
                        if other == frame and word in ("line", "return", "raise"):
                            return str(line) if word == "line" else word
        return None


def traced(sample, seen):
    """Why an answer about what happens on the way is false, if it is."""
    kind, question, answer = sample["kind"], sample["question"], sample["answer"]
    if kind == "state":
        values = seen.states.get((question["line"], question["occurrence"]))
        if values is None:
            return "the line does not run that often"
        found = values.get(question["variable"])
        if found is None:
            return "there is no such variable then"
        return None if same_text(answer, found) else f"found {found}"
    if kind == "next_line":
        found = seen.after(question)
        return None if found == answer else f"found {found}"
    if kind == "path":
        return None if read(answer) == seen.path else f"found {seen.path}"
    if kind == "coverage":
        found = sorted(set(seen.path))
        return None if read(answer) == found else f"found {found}"
    if kind == "count":
        found = seen.path.count(question["line"])
        return None if answer == str(found) else f"found {found}"
    if kind == "reach":
        return None if question["line"] in seen.path else "the line does not run"
    if kind == "calls":
        names = [payload.split(".")[-1] for word, _, _, payload in seen.events if word == "call"]
        found = [name for name in names if not name.startswith("<")]
        return None if read(answer) == found else f"found {found}"
    if kind == "trace":
        return trace_is_false(answer, seen)
    return f"there is no check for the kind {kind}"


def trace_events(text):
    """[word, frame, line, payload, changes] for each event of a trace answer."""
    events = []
    for row in text.split("\n"):
        if row.startswith("  "):
            row = row[2:]
            name, _, value = row.partition(" = ")
            if row.startswith("del ") and not value:
                name, value = row[4:], None
            events[-1][4].append((name, value))
        elif row:
            word, frame, line, *rest = row.split(" ", 3)
            events.append([word, int(frame), int(line), rest[0] if rest else None, []])
    return events


def trace_is_false(answer, seen):
    told = trace_events(answer)
    if len(told) != len(seen.events):
        return f"found {len(seen.events)} events instead of {len(told)}"
    before = {}
    for number, (tell, event) in enumerate(zip(told, seen.events)):
        place = f"event {number + 1} (`{' '.join(map(str, event[:3]))}`)"
        if tell[:3] != event[:3]:
            return f"{place} is told as `{' '.join(map(str, tell[:3]))}`"
        why = payload_is_false(tell, event)
        if why is not None:
            return f"{place}: {why}"
        moment = seen.moments.get(number)
        if moment is None:
            return f"{place}: nothing was seen of its variables"
        values = visible(moment, before.get(event[1], {}))
        why = changes_are_false(tell[4], before.get(event[1], {}), values)
        if why is not None:
            return f"{place}: {why}"
        before[event[1]] = values
    return None


def visible(moment, before):
    """Variables that are the frame's own and have names that can be written in a program."""
    if moment["values"] is None:
        return before
    return {
        name: text
        for name, text in moment["values"].items()
        if name.isidentifier() and name not in moment["free"] and not (name[:2] == "__" == name[-2:])
    }


def payload_is_false(tell, event):
    word, told, found = event[0], tell[3], event[3]
    if word in ("return", "yield"):
        if told is None:
            literal = not found.startswith("<") and len(found.encode()) <= VALUE_BYTES
            return f"the value {found} is not told" if literal else None
        return None if told[:2] == "= " and same_text(told[2:], found) else f"found {found}"
    if word == "call":
        right = told is not None and (told == found or told.split(".")[-1] == found.split(".")[-1])
        return None if right else f"found {found}"
    if word == "raise":
        texts = [text.replace("\n", "\\n") for text in found]
        return None if told in texts else f"found {texts}"
    return None if told is None else f"told {told}"


def changes_are_false(told, before, now):
    found = {name: text for name, text in now.items() if before.get(name) != text}
    gone = {name for name in before if name not in now}
    for name, text in told:
        if text is None:
            if name not in gone:
                return f"`{name}` is not gone"
        elif name not in found or not same_text(text, found[name]):
            return f"`{name}` is {now.get(name)}, told is {text}"
    names = {name for name, _ in told}
    for name, text in found.items():
        literal = not text.startswith("<") and len(text.encode("utf-8", "replace")) <= VALUE_BYTES
        if literal and name not in names:
            return f"`{name}` became {text}, which is not told"
    missing = gone - names
    return f"`{min(missing)}` is gone, which is not told" if missing else None
