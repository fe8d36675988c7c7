"""Runs tests of a source for the calls they make; the runner itself is the job's text."""


def refuse_act(what):
    raise PermissionError(1, "not permitted here: " + str(what[-1]))


def rehearse(job, fd):
    """Runs the items of a file of tests, one frame for each, and then writes the end mark."""
    tree, roots, found = TREE[0], list(job["package"]["roots"]), set()
    first, last = finders_of(tree, roots, found)
    sys.meta_path[:0] = first
    sys.meta_path += last
    sys.modules["__main__"] = types.ModuleType("__main__")
    ABORT.append(refuse_act)
    for finder in UNAVAILABLE:
        finder.abort = None

    def trace_with(function):
        WORKING.append(True)
        settrace(function)
        WORKING.clear()

    def give_up(error):
        # The interpreter turns tracing off now, which is not the test's doing.
        WORKING.append(True)
        raise error

    def restart_world(text):
        chance_restart(text)
        CLOCKS[0].restart()

    names = {"__name__": "tracestone_suite", "__builtins__": builtins, "ROOTS": roots}
    names.update(trace_with=trace_with, give_up=give_up, restart_world=restart_world)
    exec(compile(job["program"], "<suite>", "exec", dont_inherit=True), names)
    runner = names["Runner"](tree, job["seed"], job["package"]["path"])
    for number, (_, item) in job["calls"]:
        WORKING.clear()
        try:
            outcome = [RETURNED, runner.item(item)]
        except BaseException as error:
            outcome = [FAILED_TO_RUN, type(error).__name__]
        WORKING.append(True)
        settrace(None)
        outcome = json.dumps(outcome).encode("ascii")
        head = pack(">BIIIB", REPORT_FRAME, number, len(outcome), 2, 0)
        send(fd, head + outcome + b'""null')
    send(fd, pack(">BIB", END_FRAME, len(job["calls"]), 0))
    leave_process(0)
