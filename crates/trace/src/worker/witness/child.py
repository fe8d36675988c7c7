"""The child: reports on each call of its job."""

# The number of the call that this process is at.
CURRENT = [0]


def send(descriptor, data):
    data = memoryview(pack(">I", len(data)) + data)
    while data:
        data = data[write(descriptor, data) :]


def report(outcome, printed, events):
    parts = [dumps(part).encode("ascii") for part in (outcome, printed, events)]
    head = pack(">BIIIB", 82, CURRENT[0], len(parts[0]), len(parts[1]), 0)
    send(RESULTS, head + b"".join(parts))


def give_up(why):
    """Ends the child within a call: what comes after cannot be relied on."""
    report(["failed", why], "", None)
    send(RESULTS, pack(">BIB", 69, CURRENT[0] + 1, 0))
    leave(0)


def testify(job, limits):
    """Reports on each call, then writes the end mark."""
    asked = job.get("asked") or [NOTHING] * len(job["calls"])
    package = job.get("package")
    if package is not None:
        try:
            show(job)
        except (Failed, LookupError, SyntaxError, ValueError) as failure:
            return give_up("the files are not those of the program: " + str(failure))
    for (CURRENT[0], (setup, expression)), questions in zip(job["calls"], asked):
        try:
            evaluation = Evaluation(job["program"], setup, expression, package)
            outcome, printed = evaluation.run(None, limits)
        except Failed as failure:
            report(["failed", str(failure)], "", None)
            continue
        events = None
        if questions["lines"] or questions["values"] or questions["states"]:
            try:
                record = seen(evaluation, questions, outcome, limits)
                events = {"events": record.events, "states": record.states}
            except Failed as failure:
                events = {"failed": str(failure)}
        report(outcome, printed, events)
    send(RESULTS, pack(">BIB", 69, len(job["calls"]), 0))
    leave(0)
