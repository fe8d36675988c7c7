"""Where a zygote starts."""


def next_job(zygote, null, child_filter):
    """Forks children; gives each of them its job."""
    if NATIVE:
        job = NATIVE[0].serve(zygote, null, child_filter.address())
    else:
        job = serve(zygote, null, child_filter)
    return scan_json(job.decode("utf-8"), 0)[0]


def main(results, null):
    global PROGRAM, SETUP, CALL
    hello = read_frame()
    if hello["role"] != "first":
        PROGRAM, SETUP, CALL = OTHER_NAMES
        # The name of the module that evaluates calls, which they may look for, as `warnings.warn` does.
        globals()["__name__"] = "__main__"
    limits = hello["limits"]
    close_other_files((results, null))
    limit("RLIMIT_NOFILE", 64)
    set_up_interpreter(hello)
    native_failure = None
    if hello["native"]:
        try:
            load_native(hello["native"])
        except Exception as error:
            native_failure = str(error)
    replay = {"__builtins__": dict(vars(builtins)), "__name__": "tracestone_replay"}
    exec(compile(hello["replay"], "<replay>", "exec"), replay)
    # Objects that only this interpreter has: addresses then differ between the two interpreters
    # not just by where memory was mapped.
    replay["ballast"] = [bytes(size) for size in range(0, 512, 16) for _ in range(hello["ballast"])]
    child_filter = Filter(hello["child_filter"])
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    for text in hello["zygote_filters"]:
        Filter(text).install()
    zygote = os.getpid()
    sys.addaudithook(make_audit_hook(WORKING, ABORT))
    refuse_threads(WORKING, ABORT)
    refuse_untold(WORKING, ABORT)
    if not warm_up(limits, hello["role"], null):
        native_failure = "it does not agree with the Python recorder"
    child = Child(limits, results, hello["role"])
    settle_memory(hello["role"])
    send(1, encode({"native_failure": native_failure}))
    job = next_job(zygote, null, child_filter)
    # This is a child.
    try:
        while job["kind"] == JOB_IMPORT:
            import_for_children(child, job, null, hello["package_zygote"])
            job = next_job(os.getpid(), null, child_filter)
        if job["kind"] in (JOB_TRACE, JOB_TRY):
            child.run(job)
        elif job["kind"] == JOB_REHEARSE:
            rehearse(job, results)
        elif job["kind"] in (JOB_EVALUATE, JOB_PERFORM):
            replay["run"](job, limits, results)
        else:
            send(results, encode(probes(results)))
            os._exit(0)
    finally:
        leave_process(70)
