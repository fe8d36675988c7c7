"""Evaluating a call, watched and unwatched."""


class Failed(Exception):
    """Nothing can be said; the text says why."""


def code_of_text(program):
    """The code of a program, which the calls of a job share."""
    if program not in CODE_OF_TEXTS:
        CODE_OF_TEXTS[program] = compile(program, PROGRAM, "exec", dont_inherit=True)
    return CODE_OF_TEXTS[program]


CODE_OF_TEXTS = {}


class Evaluation:
    """A program, its set-up and an expression, compiled."""

    def __init__(self, program, setup, expression, package=None):
        self.package = package
        try:
            if package is None:
                self.program = code_of_text(program)
            else:
                self.program = code_of_file(package["path"])
            self.setup = compile(setup, SETUP, "exec", dont_inherit=True)
            self.call = compile(expression, CALL, "eval", dont_inherit=True)
        except BaseException as error:
            raise Failed(type(error).__name__ + ": " + message_of(error)) from None
        learn_names(self.program)
        # Where a program may look at a frame's variables itself, their copy is not ours to empty.
        names = {name for code in self.codes() for name in code.co_names}
        self.looks = not names.isdisjoint(("locals", "vars", "dir", "exec", "eval", "f_locals"))

    def codes(self):
        return [code for code in codes_of(self.program) if of_program(code)]

    def run(self, witness, limits):
        """Evaluates in a new namespace; gives the outcome and what was printed."""
        restore_builtins()
        space = {"__builtins__": vars(builtins)}
        sys.modules.update(__main__=types.ModuleType("__main__"))
        silence = io.StringIO()
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = silence
        sys.__stdin__ = sys.stdin = io.StringIO()
        try:
            if self.package is None:
                exec(self.program, space)
            else:
                space = import_anew(self.package)
            exec(self.setup, space)
        except BaseException as error:
            raise Failed(type(error).__name__ + ": " + message_of(error)) from None
        raw = io.BytesIO()
        sys.stdout = sys.__stdout__ = io.TextIOWrapper(raw, "utf-8", newline="\n", write_through=True)
        # What was left behind ends now and not in the middle of the call.
        collect()
        try:
            if witness is not None:
                witness.start()
            try:
                value = eval(self.call, space)
            finally:
                if witness is not None:
                    witness.stop()
        except BaseException as error:
            outcome = ["raised", type(error).__name__, message_of(error)]
        else:
            told = text_of(value, limits["value_bytes"])
            outcome = ["returned", told]
        printed = raw.getvalue()[: limits["stdout_bytes"]].decode("utf-8", "ignore")
        return outcome, printed


def restore_builtins():
    """Each evaluation finds the built-in names as they were, whatever the one before did to them."""
    names = vars(builtins)
    names.update(AS_BUILT)
    for name in names.keys() - AS_BUILT.keys():
        del names[name]


def seen(evaluation, asked, outcome, limits):
    """What happened on the way, by all witnesses; raises where they don't agree."""
    bare = ByTraceFunction if sys.version_info >= (3, 11) else ByTraceHook
    record = Record(NOTHING, limits)
    watched(evaluation, bare(record, None), outcome, limits)
    if hasattr(sys, "monitoring"):
        other = Record(NOTHING, limits)
        codes = evaluation.codes()
        watched(evaluation, ByMonitoring(other, codes), outcome, limits)
        if without_repeats(record) != without_repeats(other):
            agree(record, other, "`sys.settrace` and `sys.monitoring`")
    if not asked["values"] and not asked["states"]:
        return record
    told = Record(asked, limits)
    if sys.version_info >= (3, 13):
        witness = ByTraceFunction(told, "let go")
    else:
        witness = ByTraceHook(told, "let go" if evaluation.looks else "empty")
    watched(evaluation, witness, outcome, limits)
    agree(record, told, "runs with and without a look at values")
    return told


def watched(evaluation, witness, outcome, limits):
    ended, _ = evaluation.run(witness, limits)
    if getattr(witness, "failure", None) is not None:
        raise Failed("the witness failed: " + witness.failure)
    if ended != outcome:
        raise Failed("watched, it ends with %s, otherwise with %s" % (ended, outcome))


def agree(one, other, who):
    for number, (left, right) in enumerate(zip(one.events, other.events)):
        if left[:3] != right[:3]:
            raise Failed("%s differ at event %d: %s and %s" % (who, number + 1, left[:3], right[:3]))
    if len(one.events) != len(other.events):
        raise Failed("%s differ: %d and %d events" % (who, len(one.events), len(other.events)))


def without_repeats(record):
    """The events, without lines that a frame begins again with no other in between: how often such a line
    is begun, after an exception was caught in what is awaited, say, is not the same for both on 3.12."""
    last, kept = {}, []
    for frame, kind, line, _, _ in record.events:
        if kind != "line" or last.get(frame) != line:
            kept.append((frame, kind, line))
        if kind == "line":
            last[frame] = line
    return kept


NOTHING = {"lines": False, "values": False, "states": []}
