/* Counting steps without a look at values. */

/* What is remembered of a code object: whether its steps count, and how. */
enum { KNOWN = 1, FOLLOWED = 2, COUNTED = 4, SUSPENDABLE = 8, SHARES_LOCALS = 16 };

typedef struct {
    PyObject *code;
    int flags;
} CodeFlags;

/* An open-addressed table; code objects stay alive with it, so that an address means one of them. */
static CodeFlags *code_flags;
static size_t code_flags_room, code_flags_count;
static PyObject *counted_files, *locals_sharers;

typedef struct {
    PyObject_HEAD
    PyObject *stop;     /* is called with the name of a budget, or with an outcome by a counter */
    PyObject *seen;     /* the steps from line to line; NULL in a counter */
    PyObject *path;     /* the list of lines in their order; NULL where nobody asks */
    long max_steps, max_depth;
    long steps, active, last;
    uint64_t recent[64]; /* steps that `seen` has, each at the place of its number */
} Steps;

static PyTypeObject *steps_type;

/* How many more functions that do not count may be called; negative where nobody counts them. */
static long calls_elsewhere_left = -1;

static int find_flags(PyObject *object)
{
    PyCodeObject *code = (PyCodeObject *)object;
    int flags = KNOWN;
    int counted = PySequence_Contains(counted_files, code->co_filename);
    if (counted < 0)
        return -1;
    if (counted)
        flags |= COUNTED;
    if (of_program(object) && PyUnicode_CompareWithASCIIString(code->co_name, "<module>") != 0)
        flags |= FOLLOWED;
    if (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR))
        flags |= SUSPENDABLE;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        int shares = PySet_Contains(locals_sharers, PyTuple_GET_ITEM(code->co_names, i));
        if (shares < 0)
            return -1;
        if (shares)
            flags |= SHARES_LOCALS;
    }
    return flags;
}

static int grow_code_flags(void)
{
    size_t room = code_flags_room == 0 ? 256 : code_flags_room * 2;
    CodeFlags *larger = PyMem_Calloc(room, sizeof *larger);
    if (larger == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < code_flags_room; i++) {
        if (code_flags[i].code == NULL)
            continue;
        size_t at = pointer_hash(code_flags[i].code) & (room - 1);
        while (larger[at].code != NULL)
            at = (at + 1) & (room - 1);
        larger[at] = code_flags[i];
    }
    PyMem_Free(code_flags);
    code_flags = larger;
    code_flags_room = room;
    return 0;
}

static int flags_of(PyObject *code)
{
    if (code_flags_count * 2 >= code_flags_room && grow_code_flags() < 0)
        return -1;
    size_t at = pointer_hash(code) & (code_flags_room - 1);
    while (code_flags[at].code != NULL && code_flags[at].code != code)
        at = (at + 1) & (code_flags_room - 1);
    if (code_flags[at].code == NULL) {
        int flags = find_flags(code);
        if (flags < 0)
            return -1;
        Py_INCREF(code);
        code_flags[at] = (CodeFlags){code, flags};
        code_flags_count++;
    }
    return code_flags[at].flags;
}

static void forget_code_flags(void)
{
    for (size_t i = 0; i < code_flags_room; i++)
        Py_CLEAR(code_flags[i].code);
    code_flags_count = 0;
}

/* What a trace function in Python does when it raises: nothing is traced any more. */
static int stop_tracing(Steps *self)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Py_INCREF(self);
    PyEval_SetTrace(NULL, NULL);
    Py_DECREF(self);
    PyErr_Restore(type, value, traceback);
    return -1;
}

static int exceed(Steps *self, const char *budget)
{
    PyObject *result = self->seen == NULL
                           ? PyObject_CallFunction(self->stop, "([ss])", OVER_BUDGET, budget)
                           : PyObject_CallFunction(self->stop, "s", budget);
    Py_XDECREF(result);
    return PyErr_Occurred() ? -1 : 0;
}

static int note_call_elsewhere(Steps *self)
{
    if (calls_elsewhere_left == 0)
        return exceed(self, CALLS_ELSEWHERE);
    if (calls_elsewhere_left > 0)
        calls_elsewhere_left--;
    return 0;
}

/* `allow_elsewhere(calls)`: as the Python text's. */
static PyObject *allow_elsewhere(PyObject *module, PyObject *calls)
{
    (void)module;
    calls_elsewhere_left = PyLong_AsLong(calls);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* Whether there is room for what the trace function in Python needs, a frame and what that calls; so a
 * program that looks how deep it can go finds the same depth. */
static int has_room(void)
{
#if PY_VERSION_HEX < 0x030C0000
    int entered = 0;
    while (entered < 2 && Py_EnterRecursiveCall(" while calling a Python object") == 0)
        entered++;
    for (int i = 0; i < entered; i++)
        Py_LeaveRecursiveCall();
    return entered == 2;
#else
    if (PyThreadState_Get()->py_recursion_remaining > 1)
        return 1;
    PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded");
    return 0;
#endif
}

static int add_to_path(Steps *self, long number)
{
    PyObject *line = PyLong_FromLong(number);
    int failed = line == NULL || PyList_Append(self->path, line) < 0;
    Py_XDECREF(line);
    return failed ? -1 : 0;
}

static int note_step(Steps *self, PyFrameObject *frame)
{
    if (self->seen != NULL) {
        long number = event_line(frame);
        uint64_t key = (uint64_t)self->last << 32 | (uint32_t)number;
        uint64_t *known = &self->recent[(self->last * 31 + number) & 63];
        if (*known != key) {
            PyObject *pair = Py_BuildValue("(ll)", self->last, number);
            int failed = pair == NULL || PySet_Add(self->seen, pair) < 0;
            Py_XDECREF(pair);
            if (failed)
                return -1;
            *known = key;
        }
        self->last = number;
        if (self->path != NULL && add_to_path(self, number) < 0)
            return -1;
    }
    return ++self->steps > self->max_steps ? exceed(self, STEPS) : 0;
}

/* Whether a frame, which can be suspended, was entered under this trace function. */
static int was_entered(Steps *self, PyFrameObject *frame)
{
    PyObject *mark = PyObject_GetAttr((PyObject *)frame, name_f_trace);
    Py_XDECREF(mark);
    return mark == NULL ? -1 : mark == (PyObject *)self;
}

static int take_step(Steps *self, PyFrameObject *frame, int what, int flags)
{
    if (!has_room())
        return -1;
    if (what == PyTrace_LINE)
        return note_step(self, frame);
    if (what == PyTrace_RETURN)
        self->active--;
    if (what != PyTrace_CALL)
        return 0;
    if (self->seen != NULL && ++self->active > self->max_depth && exceed(self, DEPTH) < 0)
        return -1;
    return flags & SUSPENDABLE
               ? PyObject_SetAttr((PyObject *)frame, name_f_trace, (PyObject *)self)
               : 0;
}

static int trace_steps(PyObject *object, PyFrameObject *frame, int what, PyObject *arg)
{
    (void)arg;
    Steps *self = (Steps *)object;
    if (what != PyTrace_CALL && what != PyTrace_LINE && what != PyTrace_EXCEPTION
        && what != PyTrace_RETURN)
        return 0;
    PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    int flags = flags_of(code);
    Py_DECREF(code);
    if (flags < 0)
        return stop_tracing(self);
    if (!(flags & (self->seen == NULL ? COUNTED : FOLLOWED)))
        return what == PyTrace_CALL && note_call_elsewhere(self) < 0 ? stop_tracing(self) : 0;
    /* A path has the steps of a generator that set-up has started and an exception wakes. */
    if (flags & SUSPENDABLE && what != PyTrace_CALL && self->path == NULL) {
        int entered = was_entered(self, frame);
        if (entered <= 0)
            return entered < 0 ? stop_tracing(self) : 0;
    }
#if PY_VERSION_HEX < 0x030D0000
    /* A trace function in Python takes over what a program writes into its `locals()`. So does this. */
    int shares = flags & SHARES_LOCALS;
    if (shares && PyFrame_FastToLocalsWithError(frame) < 0)
        return stop_tracing(self);
#endif
    int failed = take_step(self, frame, what, flags) < 0;
#if PY_VERSION_HEX < 0x030D0000
    if (shares)
        PyFrame_LocalsToFast(frame, 1);
#endif
    return failed ? stop_tracing(self) : 0;
}

static int steps_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(((Steps *)object)->stop);
    Py_VISIT(((Steps *)object)->seen);
    Py_VISIT(((Steps *)object)->path);
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static int steps_clear(PyObject *object)
{
    Py_CLEAR(((Steps *)object)->stop);
    Py_CLEAR(((Steps *)object)->seen);
    Py_CLEAR(((Steps *)object)->path);
    return 0;
}

static void steps_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    steps_clear(object);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyObject *steps_start(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    PyEval_SetTrace(trace_steps, object);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *steps_finish(PyObject *object, PyObject *error)
{
    (void)object;
    (void)error;
    Py_RETURN_NONE;
}

static PyMethodDef steps_methods[] = {
    {"finish", steps_finish, METH_O, NULL},
    {"start", steps_start, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot steps_slots[] = {
    {Py_tp_traverse, steps_traverse},
    {Py_tp_clear, steps_clear},
    {Py_tp_dealloc, steps_dealloc},
    {Py_tp_methods, steps_methods},
    {0, NULL},
};

static PyType_Spec steps_spec = {
    "tracestone_native.Steps", sizeof(Steps), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, steps_slots,
};

static PyObject *new_steps(long max_steps, long max_depth, PyObject *stop, PyObject *seen,
                           PyObject *path)
{
    Steps *self = PyObject_GC_New(Steps, steps_type);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    Py_INCREF(stop);
    Py_XINCREF(seen);
    Py_XINCREF(path);
    self->stop = stop;
    self->seen = seen;
    self->path = path;
    self->max_steps = max_steps;
    self->max_depth = max_depth;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* `count(max_steps, abort)`: as `make_counter` of the Python text. */
static PyObject *count(PyObject *module, PyObject *arguments)
{
    (void)module;
    long steps;
    PyObject *abort;
    if (!PyArg_ParseTuple(arguments, "lO", &steps, &abort))
        return NULL;
    return new_steps(steps, 0, abort, NULL, NULL);
}

/* `track(max_steps, max_depth, stop, seen, path)`: as `make_tracker` of the Python text. */
static PyObject *track(PyObject *module, PyObject *arguments)
{
    (void)module;
    long steps, depth;
    PyObject *stop, *seen, *path;
    if (!PyArg_ParseTuple(arguments, "llOO!O", &steps, &depth, &stop, &PySet_Type, &seen, &path))
        return NULL;
    if (path != Py_None && !PyList_CheckExact(path)) {
        PyErr_SetString(PyExc_TypeError, "a path is a list");
        return NULL;
    }
    return new_steps(steps, depth, stop, seen, path == Py_None ? NULL : path);
}
