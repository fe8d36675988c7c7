"""Clocks: no interpreter has the machine's, so that the next build finds the same, and no two have the same
one, so that what depends on the time of day or on how long something takes is found."""

FIRST_TIME = 1_700_000_000
DAY = 86_400
count_from = __import__("itertools").count


class Clock:
    """A count of nanoseconds that goes on by `step` each time somebody looks."""

    def __init__(self, start, step):
        self.start = start
        self.step = step
        self.restart()

    def restart(self):
        # `__next__` of a count is C code: no trace function sees it, and as an attribute of a class
        # it is no method.
        self.whole = count_from(self.start, self.step)
        self.fraction = count_from(self.start / 1e9, self.step / 1e9)
        self.at_start = repr(self.whole), repr(self.fraction)

    def was_read(self):
        """Whether somebody looked since the start; of a clock that stands still nobody can tell."""
        return (repr(self.whole), repr(self.fraction)) != self.at_start

    def seconds(self):
        return next(self.fraction)


def clocks_of(role, hash_seed):
    """The time of day and the time since some moment. The first interpreter's clocks stand still."""
    number = 0 if role == "first" else int(hash_seed or 0) % 9973 + 1
    step = 0 if role == "first" else 1_000_003 + number
    day = FIRST_TIME + number * (3 * DAY + 7)
    return Clock(day * 10**9 + number, step), Clock((100 + number) * 10**9 + number, step)


class Clocks:
    """Puts an interpreter's clocks in the place of the machine's."""

    def __init__(self, role):
        import datetime
        import time

        self.of_day, self.since = clocks_of(role, HASH_SEED)
        self.time = vars(time)
        self.wrap_readers()
        # The methods of a C class cannot be set, but its dictionary can.
        methods = gc.get_referents(type_dict_of(datetime.datetime))[0]
        since_epoch = type_dict_of(datetime.datetime)["fromtimestamp"]
        of_day = self.of_day

        def now(cls, tz=None):
            return since_epoch.__get__(None, cls)(of_day.seconds(), tz)

        def utcnow(cls):
            return since_epoch.__get__(None, cls)(of_day.seconds(), datetime.timezone.utc).replace(
                tzinfo=None
            )

        methods["now"], methods["utcnow"] = classmethod(now), classmethod(utcnow)
        python_library.PyType_Modified(ctypes.py_object(datetime.datetime))
        self.readers = {}
        self.set_readers()

    def restart(self):
        if self.was_read():
            self.of_day.restart()
            self.since.restart()
            self.set_readers()
        else:
            # A program may have put others in their place.
            self.time.update(self.readers)

    def set_readers(self):
        """Gives the module `time` the functions that read these clocks."""
        readers, of_day, since = self.readers, self.of_day, self.since
        readers["time"], readers["time_ns"] = of_day.fraction.__next__, of_day.whole.__next__
        for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
            readers[name] = since.fraction.__next__
            readers[name + "_ns"] = since.whole.__next__
        self.time.update(readers)

    def was_read(self):
        return self.of_day.was_read() or self.since.was_read()

    def wrap_readers(self):
        """What reads the clock where it is given no time."""
        names, of_day, since = self.time, self.of_day, self.since

        def reader(name):
            inner = names[name]

            def read(seconds=None, /):
                return inner(of_day.seconds() if seconds is None else seconds)

            read.__name__ = read.__qualname__ = name
            names[name] = read

        for name in ("localtime", "gmtime", "ctime"):
            reader(name)
        for name in ("localtime", "ctime", "mktime"):
            names[name] = noting(names[name])
        localtime, inner_asctime, inner_strftime = names["localtime"], names["asctime"], names["strftime"]

        def asctime(moment=None, /):
            return inner_asctime(localtime() if moment is None else moment)

        def strftime(format, moment=None, /):
            return inner_strftime(format, localtime() if moment is None else moment)

        def clock_gettime(number, /):
            return of_day.seconds() if number == 0 else since.seconds()

        def clock_gettime_ns(number, /):
            return next(of_day.whole if number == 0 else since.whole)

        for function in (asctime, strftime, clock_gettime, clock_gettime_ns):
            names[function.__name__] = function


# The clocks of this interpreter, once there are.
CLOCKS = []
