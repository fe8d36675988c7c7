"""The child: one program, its calls."""

# Variables whose values are compared between two runs of a call; of how many names at most.
EFFECT_KINDS = frozenset((list, dict, set, deque, int, str, float, bool, NoneType, bytes))
MOST_EFFECTS = 100
# The first interpreter runs programs in a main module, the others in one that has no name.
PROGRAM_MODULES = ("__main__", "builtins", None)
# Calls of other functions than the program's that a call and its set-up may take, for each step of the budget;
# and so many inputs that one child tries. Nothing is asked about them, and each is evaluated many times.
CALLS_A_STEP, TRIED_CALLS_A_STEP, TRIED_INPUTS = 250, 100, 40


def type_items(cls):
    return dict(type_dict_of(cls))


# Memory that a child gives back when it has to report that there is no more.
RESERVE = [bytearray(1 << 16)]


class Child:
    """Runs the calls of one job. Everything user code could replace was bound before."""

    def __init__(self, limits, fd, role):
        self.job = None
        self.limits = limits
        self.fd = fd
        self.role = role
        self.call = 0
        self.sources = 0
        self.raw = None
        self.text = None
        self.working = WORKING
        self.lingers = False
        # Whether the program can see that an object ends, and whether the call at hand can.
        self.sees_ends = self.bare = False
        self.generators = False
        # Whether the program may hold a dictionary that whoever watches changes.
        self.shares_locals = False
        # Whether the program may see the order of a set or a random choice, and whether unnoticed.
        self.hazard = self.unwatched = False
        self.output_cap = limits["stdout_bytes"]
        # The module, where the program runs in its own package, and why it could not be imported.
        self.package = self.import_failure = None
        # Whether nothing has run since this process was forked from one that had just collected garbage.
        self.untouched = False

    def emit(self, outcome, events, effects=None):
        """Writes the frame of the current call, with its effects where it is half of a report."""
        self.note_sources()
        outcome = encode(outcome)
        stdout = encode(self.stdout())
        body = encode(events)
        if self.shows_place(outcome, stdout, body):
            self.sources |= BY_ENVIRONMENT
        kind, more = REPORT_FRAME, b""
        if effects is not None:
            kind, more = HALF_FRAME, encode(effects)
            more = pack(">I", len(more)) + more
        head = pack(">BIIIB", kind, self.call, len(outcome), len(stdout), self.sources)
        send(self.fd, head + outcome + stdout + more + body)

    def shows_place(self, *texts):
        """Whether a text holds the path of the standard library, of the source's files, or of what it imports, which is
        another one elsewhere."""
        roots = [LIBRARY]
        if self.package is not None:
            roots += [root for root in (self.package.tree.root, self.package.tree.site) if root is not None]
        roots = [root.encode("ascii", "backslashreplace") for root in roots]
        return any([root in text for text in texts for root in roots])

    def stdout(self):
        if self.raw is None:
            return ["", False]
        try:
            flush_text(self.text)
        except BaseException:
            pass
        text = bytes(self.raw.kept).decode("utf-8", "ignore")
        return [text, self.raw.cut]

    def orders(self):
        """The flags of the end mark."""
        return MAY_SEE_ORDERS * self.hazard | UNWATCHED_ORDERS * (self.hazard and (self.unwatched or not ORDERS))

    def end(self):
        send(self.fd, pack(">BIB", END_FRAME, len(self.job["calls"]), self.orders()))
        leave_process(0)

    def abort(self, outcome):
        """Ends the child within a call: what comes after a broken budget cannot be relied on."""
        RESERVE.clear()
        self.working.append(True)
        try:
            set_recursion_limit(1 << 20)
            self.raw = None
            self.emit(outcome, [])
            send(self.fd, pack(">BIB", END_FRAME, self.call + 1, self.orders()))
        finally:
            leave_process(0)

    def take(self, job):
        self.job = job
        ABORT[:] = [self.abort]
        for finder in UNAVAILABLE:
            finder.abort = self.abort

    def import_ahead(self, job):
        """Imports a package once for all children that are forked then, or, in a process that has done so, a further
        module of it. Gives the names of modules that are as they would be had they been imported alone; None where
        the import failed.

        To import a module is to import the package at the top first. Where that has imported the module, too,
        nothing else was imported after it, and so all that it has imported are as after an import of their own. Of
        what a further module imports this is not so.
        """
        self.take(job)
        further = self.package is not None
        if further:
            self.package.turn_to(job["package"])
        else:
            self.package = Package(TREE[0], job["package"])
            self.package.importing = import_of(self.package.module.partition(".")[0])
            self.package.watched = False
            self.by_chance("", "")
            sys.modules["__main__"] = types.ModuleType("__main__")
        package = self.package
        self.import_more()
        is_there = further or package.module in package.loaded()
        if self.import_failure is not None or is_there and package.names() is None:
            return None
        collect_garbage()
        clock_was_read = self.role != "first" and CLOCKS[0].was_read()
        package.keep(BY_CLOCK * clock_was_read | BY_CHANCE * chance_was_used() | BY_ORDER * order_was_seen())
        # A package can be a hundred thousand objects, and each child would look at them, and so copy their memory.
        freeze_objects()
        return [package.module] if further else package.loaded()

    def import_more(self):
        """Imports what is to be imported."""
        IMPORTING.append(True)
        self.import_failure = self.quietly(self.package.importing, {"__builtins__": vars(builtins)})
        IMPORTING.clear()
        # What an import reads of the environment shows in no result, or differs between interpreters.
        READ_ENVIRONMENT.clear()

    def run(self, job):
        self.take(job)
        code, failure = self.compile(self.job["program"], PROGRAM, "exec")
        table = code_table(code) if code is not None else {}
        self.hazard = code is not None and depends_on_hashes(code)
        self.unwatched = code is not None and has_unwatched_orders(code)
        self.lingers = code is not None and may_linger(code)
        self.sees_ends = code is not None and sees_ends(code)
        self.generators = code is not None and has_generators(code)
        self.shares_locals = code is not None and FRAME_PROXY is None and shares_locals(code)
        if self.job.get("package") is not None and code is not None:
            if self.package is None:
                self.package = Package(TREE[0], self.job["package"])
            self.package.turn_to(self.job["package"])
            self.package.show(self.job["program"], self.job["package"]["lines"])
            try:
                watched = self.package.watched_code()
                table = code_table(watched)
                self.unwatched = has_unwatched_orders(watched)
            except Exception:
                # The import fails in the same way, and says so.
                pass
            # Of the rest of the package nothing is known.
            self.hazard = self.lingers = True
            self.sees_ends = self.sees_ends or self.package.sees_ends()
        namespace = None
        for number, (setup, call) in self.job["calls"]:
            self.call = number
            self.raw = None
            self.sources = 0
            self.by_chance(setup, call)
            if self.job["kind"] == JOB_TRY and code is not None:
                namespace = self.attempt(code, setup, call, namespace)
            else:
                self.one(code, failure, table, setup, call)
        self.end()

    def attempt(self, code, setup, call, namespace):
        """Tries an input. The program is executed once for all: what one input leaves behind may
        mislead the choice of another, but nothing is taken from here into a result."""
        if namespace is None:
            namespace = self.namespace()
            raised = self.executed(code, namespace)
            if raised is not None:
                self.emit([PROGRAM_FAILED, raised], [])
                return None
            share = max(1, len(self.job["calls"]) // TRIED_INPUTS)
            allow_elsewhere(self.limits["max_steps"] * TRIED_CALLS_A_STEP * share)
        setup_code, failure = self.compile(setup, SETUP, "exec") if setup else (None, None)
        call_code, failed = self.compile(call, CALL, "eval")
        failure = failure or failed
        if failure is None and setup_code is not None:
            failure = self.quietly(setup_code, namespace)
        if failure is not None:
            self.emit([SETUP_FAILED, failure], [])
            return namespace
        seen = set()
        tracker = make_tracker(
            self.limits["max_steps"] // 4, self.limits["max_depth"], self.stop, seen, None
        )
        outcome = self.evaluated(call_code, namespace, tracker)
        self.emit(outcome, sorted(seen))
        self.raw = self.text = None
        return namespace

    def compile(self, text, name, mode):
        try:
            return compile(text, name, mode, dont_inherit=True), None
        except (RecursionError, MemoryError):
            return None, [INVALID, "the text cannot be compiled"]
        except BaseException as error:
            return None, exception_text(error, self.limits["value_bytes"])

    def namespace(self, watched=True, fresh=True):
        """The first interpreter runs a program as a main module, the second in a bare dictionary. A program
        in its own package has its module's names, of an import of its own where it has to be fresh."""
        if self.package is not None:
            return self.imported(watched, fresh)
        if self.role != "first":
            sys.modules["__main__"] = types.ModuleType("__main__")
            return {"__builtins__": vars(builtins)}
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        module.__dict__["__builtins__"] = builtins
        return module.__dict__

    def imported(self, watched, fresh):
        """Imports the program's package; gives the names of its module."""
        package = self.package
        names = package.inherit(watched)
        if names is not None:
            self.import_failure, self.untouched = None, True
            self.sources |= package.sources
            return names
        sys.modules["__main__"] = types.ModuleType("__main__")
        if not fresh and watched in package.worlds:
            self.import_failure = None
            return package.enter(watched)
        package.leave()
        package.worlds.pop(watched, None)
        package.watched = watched
        self.import_more()
        names = package.arrive(watched) if self.import_failure is None else {}
        if names is None:
            self.abort([INVALID, "something else has the place of its module"])
        return names

    def executed(self, code, namespace):
        """Executes the program, which an import has done already; gives the exception that left it."""
        if self.package is not None:
            return self.import_failure
        return self.quietly(code, namespace)

    def quietly(self, code, namespace):
        """Executes program or set-up text; gives the exception that left it."""
        self.untouched = False
        raw, text = capture(0)
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = text
        counter = make_counter(self.limits["max_steps"] * 20, self.abort)
        try:
            start_tracing(counter)
            self.working.clear()
            exec(code, namespace)
        except BaseException as error:
            self.working.append(True)
            settrace(None)
            return self.describe_failure(error)
        self.working.append(True)
        settrace(None)
        return None

    def describe_failure(self, error):
        if type(error) is MemoryError:
            self.abort([OUT_OF_MEMORY])
        if type(error) is RecursionError:
            self.abort([OVER_BUDGET, DEPTH])
        refused = refused_by_system(error)
        if refused is not None:
            self.abort([REFUSED, refused])
        return exception_text(error, self.limits["value_bytes"])

    def one(self, code, failure, table, setup, call):
        if code is None:
            return self.emit(failure if failure[0] == INVALID else [PROGRAM_FAILED, failure], [])
        setup_code, failure = self.compile(setup, SETUP, "exec") if setup else (None, None)
        call_code, call_failure = self.compile(call, CALL, "eval")
        half = self.job.get("half")
        if self.role == "further":
            scatter_again(call)
        namespace = self.begin(setup_code, call_code, half)
        failed = self.prepare(code, setup_code, failure, namespace)
        if failed is not None:
            return self.emit(failed, [])
        if call_code is None:
            return self.emit([SETUP_FAILED, call_failure], [])
        if half == HALF_UNWATCHED:
            outcome = self.evaluated(call_code, namespace, None)
            self.emit(outcome, [], self.effects(namespace))
            self.raw = self.text = None
            return None
        first = self.role == "first" and half is None
        if first:
            # Without a look at values first: whether a call is over budget is cheap to tell so.
            path = []
            counted = self.evaluated(call_code, namespace, self.line_tracker(path))
            allow_elsewhere(-1)
            if counted[0] not in (RETURNED, RAISED):
                return self.emit(counted, [])
            seen = counted, self.stdout(), self.effects(namespace)
            namespace = self.afresh(setup, call, fresh=False)
            failed = self.prepare(code, setup_code, None, namespace)
            if failed is not None:
                return self.emit(failed, [])
        outcome, events = self.traced(call_code, namespace, table)
        if first and self.package is not None and self.is_left(seen, path, outcome, events, namespace):
            namespace = self.afresh(setup, call)
            failed = self.prepare(code, setup_code, None, namespace)
            if failed is not None:
                return self.emit(failed, [])
            outcome, events = self.traced(call_code, namespace, table)
        if outcome[0] in (RETURNED, RAISED):
            watched = outcome, self.stdout(), self.effects(namespace)
            if first:
                self.note_difference(seen, watched)
                if self.is_other(outcome, path, outcome, events):
                    self.sources |= OTHER_PATH
            elif half is not None:
                self.emit(outcome, events, watched[2])
                self.raw = self.text = None
                return None
            elif self.role == "second":
                # Being watched must not change what a program does: the second interpreter reports what
                # came out when nobody watched, beside the events of the traced call.
                for fresh in (False, True):
                    namespace = self.afresh(setup, call, watched=False, fresh=fresh)
                    failed = self.prepare(code, setup_code, None, namespace)
                    outcome = failed or self.evaluated(call_code, namespace, None)
                    unwatched = outcome, self.stdout(), self.effects(namespace)
                    if self.package is None or unwatched == watched:
                        break
                self.note_difference(unwatched, watched)
        self.emit(outcome, events)
        self.raw = self.text = None

    def begin(self, setup_code, call_code, half):
        """The namespace of the first evaluation of a call."""
        self.bare = self.needs_bare(setup_code, call_code)
        # A program that has no set may be given one.
        texts = [one for one in (setup_code, call_code) if one is not None]
        self.hazard = self.hazard or any([depends_on_hashes(one) for one in texts])
        self.unwatched = self.unwatched or any([has_unwatched_orders(one) for one in texts])
        # Further interpreters share an import between calls, and are asked again where that matters; so does
        # the half that nobody watches.
        fresh = self.job.get("fresh", False) or self.role != "further" and half != HALF_UNWATCHED
        allow_elsewhere(-1)
        namespace = self.namespace(half != HALF_UNWATCHED, fresh)
        if self.role == "first":
            allow_elsewhere(self.limits["max_steps"] * CALLS_A_STEP)
        return namespace

    def is_other(self, counted, path, outcome, events):
        """Whether a traced call went another way than the same call did when its lines were noted."""
        lines = [event[2] for event in events if event[1] == EVENT_LINE]
        return outcome != counted or lines != path

    def is_left(self, seen, path, outcome, events, namespace):
        """Whether the evaluation before has left something in the package that the traced call shows."""
        more = self.stdout(), self.effects(namespace)
        return self.is_other(seen[0], path, outcome, events) or more != seen[1:]

    def needs_bare(self, setup_code, call_code):
        """Whether the call must be watched without owning anything. Where set-up may have started a
        generator, an exception can wake that without a call; `sys.settrace` does not show it."""
        if self.sees_ends or (setup_code is not None and self.generators and not NATIVE):
            return True
        return any(code is not None and sees_ends(code) for code in (setup_code, call_code))

    def note_difference(self, one, other):
        """Remembers what differs between two runs of a call in this interpreter."""
        if one[:2] != other[:2]:
            self.sources |= OTHER_OUTCOME
        elif one[2] != other[2]:
            self.sources |= OTHER_EFFECTS

    def effects(self, namespace):
        """What the program has written into its variables and those of its classes, where it can see that
        objects end: elsewhere watching changes nothing that outcome and path do not show."""
        if not self.bare:
            return NO_CHANGES
        cap = self.limits["value_bytes"]
        found = []
        for name, value in list(dict.items(namespace))[:MOST_EFFECTS]:
            kind = type(value)
            if not shown_name(name):
                continue
            if kind in EFFECT_KINDS:
                found.append((name, described(value, cap)))
            elif kind is type and self.is_module(dict.get(type_items(value), "__module__")):
                for inner, item in list(dict.items(type_items(value)))[:MOST_EFFECTS]:
                    if type(item) in EFFECT_KINDS and shown_name(inner):
                        found.append((name, inner, described(item, cap)))
        return found

    def is_module(self, name):
        return name in PROGRAM_MODULES or self.package is not None and name == self.package.module

    def afresh(self, setup, call, watched=True, fresh=True):
        """A new namespace for another run of the call. Program and set-up are executed in it at the same
        depth as before, which a program may look for."""
        self.note_sources()
        self.by_chance(setup, call)
        return self.namespace(watched, fresh)

    def line_tracker(self, path):
        """What notes the lines that run, and looks at no values."""
        if self.bare:
            return BareTracker(self.limits, self.abort, path)
        limits = self.limits
        return make_tracker(limits["max_steps"], limits["max_depth"], self.stop, set(), path)

    def stop(self, budget):
        """Ends a run that is over budget by an exception, so that the child can go on with the next
        call; where the program might catch that, by ending the child."""
        if self.may_catch():
            self.abort([OVER_BUDGET, budget])
        # The interpreter turns tracing off now, which is not the program's doing.
        self.working.append(True)
        raise Stop(budget)

    def may_catch(self):
        """Whether a text of the job may stop an exception that it does not know."""
        if self.package is not None:
            return True
        texts = [self.job["program"]] + [setup for _, (setup, _) in self.job["calls"]]
        # This is called where the program is, at a depth that may be the last one it can have.
        depth = recursion_limit()
        set_recursion_limit(1 << 20)
        catches = any([word in text for text in texts for word in CATCHERS])
        set_recursion_limit(depth)
        return catches

    def by_chance(self, setup, call):
        """What is left to chance, and the clock, depend on the interpreter and the call alone. What an import
        has taken of both goes on where that ended."""
        READ_ENVIRONMENT.clear()
        if ORDERS:
            ORDERS[0].forget_orders()
        inherits = self.package is not None and self.package.inherited
        if not inherits:
            for clocks in CLOCKS:
                clocks.restart()
        if not inherits or not self.package.sources & BY_CHANCE:
            chance_restart("\n".join((HASH_SEED, setup, call)))

    def note_sources(self):
        """Remembers what was read of the environment and the clock since the last start, and whether
        something was left to chance."""
        if READ_ENVIRONMENT or order_is_fixed():
            self.sources |= BY_ENVIRONMENT
        if order_was_seen():
            self.sources |= BY_ORDER
        if self.role == "first":
            return
        if self.shares_locals:
            self.sources |= OTHER_EFFECTS
        if CLOCKS and CLOCKS[0].was_read():
            self.sources |= BY_CLOCK
        if chance_was_used():
            self.sources |= BY_CHANCE

    def prepare(self, code, setup_code, failure, namespace):
        """Executes program and set-up; gives the outcome if that failed."""
        raised = self.executed(code, namespace)
        if raised is not None:
            return [PROGRAM_FAILED, raised]
        if setup_code is not None:
            failure = self.quietly(setup_code, namespace)
        return None if failure is None else [SETUP_FAILED, failure]

    def traced(self, call_code, namespace, table):
        recorder, events = make_recorder(table, self.limits, self.abort, self.bare)
        return self.evaluated(call_code, namespace, recorder), events

    def evaluated(self, call_code, namespace, tracer):
        """Evaluates the call under a tracer, or without one; gives the outcome."""
        if self.lingers and self.job["kind"] != JOB_TRY:
            # What earlier runs left behind ends now, not at a moment that depends on how many objects
            # the tracer makes: the end of a generator, say, is a step of the program.
            collect_garbage(0 if self.untouched else 2)
        self.untouched = False
        self.raw, self.text = capture(self.output_cap)
        _, errors = capture(0)
        sys.stdout = sys.__stdout__ = self.text
        sys.stderr = sys.__stderr__ = errors
        sys.stdin = sys.__stdin__ = Input("")
        error = None
        try:
            start_tracing(tracer)
            self.working.clear()
            value = eval(call_code, namespace)
        except BaseException as caught:
            error = caught
        ours = gettrace() is tracer
        self.working.append(True)
        settrace(None)
        if type(error) is Stop:
            return [OVER_BUDGET, error.args[0]]
        if not ours:
            self.abort([REFUSED, "sys.settrace"])
        if error is None:
            return [RETURNED, described(value, self.limits["value_bytes"])]
        text = self.describe_failure(error)
        if tracer is not None:
            tracer.finish(error)
        return [RAISED, text]
