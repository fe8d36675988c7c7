/* The variables that change. */

/* `f_locals` as a dictionary; None while a comprehension runs in a class body, whose variables are not
 * to be seen then. */
static PyObject *locals_of(PyFrameObject *frame, const Code *code)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *values = PyFrame_GetLocals(frame);
#else
    PyObject *values = PyObject_GetAttr((PyObject *)frame, name_f_locals);
#endif
    if (values == NULL || PyDict_CheckExact(values))
        return values;
#if PY_VERSION_HEX >= 0x030D0000
    if (PyFrameLocalsProxy_Check(values) && code->namespace) {
        Py_DECREF(values);
        Py_INCREF(Py_None);
        return Py_None;
    }
    if (PyFrameLocalsProxy_Check(values)) {
        PyObject *copy = PyDict_New();
        if (copy != NULL && PyDict_Update(copy, values) < 0)
            Py_CLEAR(copy);
        Py_DECREF(values);
        return copy;
    }
#endif
    PyObject *plain = PyObject_CallFunction(plain_locals_of, "Oi", values, code->namespace);
    Py_DECREF(values);
    return plain;
}

static long length_of(PyObject *string)
{
    return (long)PyUnicode_GET_LENGTH(string);
}

static PyObject *text_of(PyObject *description)
{
    return PyList_GET_ITEM(description, 0);
}

/* Describes a variable that is bound to another object, or whose object looks changed. */
static int describe_anew(Recorder *self, State *state, PyObject *name, PyObject *value,
                         PyObject *changes)
{
    PyObject *before = PyDict_GetItemWithError(state->shown, name);
    if (before == NULL && PyErr_Occurred())
        return -1;
    Watch *watch;
    PyObject *description = describe(value, self->cap, &watch);
    if (description == NULL)
        return -1;
    int differs = 1;
    if (before != NULL) {
        differs = PyObject_RichCompareBool(description, PyTuple_GET_ITEM(before, 2), Py_NE);
        if (differs < 0)
            return -1;
    }
    PyObject *entry = PyTuple_Pack(3, value, watch ? (PyObject *)watch : Py_None, description);
    int result = entry == NULL ? -1 : PyDict_SetItem(state->shown, name, entry);
    Py_XDECREF(entry);
    if (result == 0 && watch != NULL)
        result = PyDict_SetItem(state->watched, name, (PyObject *)watch);
    else if (result == 0 && PyDict_GET_SIZE(state->watched) > 0
             && PyDict_GetItemWithError(state->watched, name) != NULL)
        result = PyDict_DelItem(state->watched, name);
    if (result == 0 && differs) {
        PyObject *change = PyTuple_Pack(2, name, description);
        result = change == NULL ? -1 : PyList_Append(changes, change);
        Py_XDECREF(change);
        self->size += length_of(name) + length_of(text_of(description)) + CHANGE_SIZE;
    }
    Py_XDECREF(watch);
    Py_DECREF(description);
    return result;
}

/* The changes where no variable is bound to another object: in what objects hold. */
static PyObject *stale(Recorder *self, State *state)
{
    PyObject *name, *watch, *names = NULL, *changes = NULL;
    Py_ssize_t at = 0;
    while (PyDict_Next(state->watched, &at, &name, &watch)) {
        int same = unchanged((Watch *)watch);
        if (same < 0)
            return NULL;
        if (same)
            continue;
        if (names == NULL && (names = PyList_New(0)) == NULL)
            return NULL;
        if (PyList_Append(names, name) < 0)
            return NULL;
    }
    if (names == NULL) {
        Py_INCREF(no_changes);
        return no_changes;
    }
    changes = PyList_New(0);
    for (Py_ssize_t i = 0; changes != NULL && i < PyList_GET_SIZE(names); i++) {
        name = PyList_GET_ITEM(names, i);
        PyObject *entry = PyDict_GetItemWithError(state->shown, name);
        if (entry == NULL)
            return NULL;
        PyObject *value = PyTuple_GET_ITEM(entry, 0);
        Py_INCREF(value);
        int result = describe_anew(self, state, name, value, changes);
        Py_DECREF(value);
        if (result < 0)
            return NULL;
    }
    Py_DECREF(names);
    return changes;
}

static int has_name(const Code *code, PyObject *name)
{
    return PySet_Contains(code->names, name);
}

/* Remembers the objects of all variables. */
static int hold(State *state, PyObject *values)
{
    Objects held = {0};
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(values, &at, &name, &value))
        if (objects_add(&held, value) < 0)
            return -1;
    Objects before = state->held;
    state->held = held;
    objects_clear(&before);
    return 0;
}

/* The changes of a frame whose variables come and never go: those that there were before are still
 * there and in the same order. */
static PyObject *rebound(Recorder *self, State *state, PyObject *values)
{
    PyObject *changes = PyList_New(0), *name, *value;
    Py_ssize_t at = 0;
    if (changes == NULL)
        return NULL;
    for (Py_ssize_t i = 0; PyDict_Next(values, &at, &name, &value); i++) {
        if (i < state->held.length && value == state->held.items[i]) {
            if (PyDict_GET_SIZE(state->watched) == 0)
                continue;
            PyObject *watch = PyDict_GetItemWithError(state->watched, name);
            int same = watch == NULL ? 1 : unchanged((Watch *)watch);
            if (same < 0 || (!same && describe_anew(self, state, name, value, changes) < 0))
                return NULL;
        } else {
            int shown = has_name(state->code, name);
            if (shown < 0 || (shown && describe_anew(self, state, name, value, changes) < 0))
                return NULL;
        }
    }
    return hold(state, values) < 0 ? NULL : changes;
}

static int same_objects(State *state, PyObject *values)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;
    if (PyDict_GET_SIZE(values) != state->held.length)
        return 0;
    for (Py_ssize_t i = 0; PyDict_Next(values, &at, &name, &value); i++)
        if (value != state->held.items[i])
            return 0;
    return 1;
}

/* Looks at the variables that were shown before; `gone` gets those that are not there any more. */
static int look_again(Recorder *self, State *state, PyObject *values, PyObject *gone,
                      PyObject *changes)
{
    PyObject *shown = PyDict_Copy(state->shown), *name, *entry;
    Py_ssize_t at = 0;
    if (shown == NULL)
        return -1;
    while (PyDict_Next(shown, &at, &name, &entry)) {
        PyObject *value = PyDict_GetItemWithError(values, name);
        if (value == NULL) {
            if (PyErr_Occurred() || PyList_Append(gone, name) < 0)
                return -1;
            continue;
        }
        if (value == PyTuple_GET_ITEM(entry, 0)) {
            PyObject *watch = PyTuple_GET_ITEM(entry, 1);
            int same = watch == Py_None ? 1 : unchanged((Watch *)watch);
            if (same < 0)
                return -1;
            if (same)
                continue;
        }
        if (describe_anew(self, state, name, value, changes) < 0)
            return -1;
    }
    Py_DECREF(shown);
    return 0;
}

static int look_for_new(Recorder *self, State *state, PyObject *values, PyObject *changes)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(values, &at, &name, &value)) {
        int shown = PyDict_Contains(state->shown, name);
        if (shown < 0)
            return -1;
        if (shown)
            continue;
        shown = has_name(state->code, name);
        if (shown < 0 || (shown && describe_anew(self, state, name, value, changes) < 0))
            return -1;
    }
    return 0;
}

static PyObject *any_changes(Recorder *self, State *state, PyObject *values)
{
    PyObject *changes = PyList_New(0), *gone = PyList_New(0);
    if (changes == NULL || gone == NULL || hold(state, values) < 0
        || look_again(self, state, values, gone, changes) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(gone); i++) {
        PyObject *name = PyList_GET_ITEM(gone, i);
        PyObject *change = PyTuple_Pack(2, name, Py_None);
        if (change == NULL || PyList_Append(changes, change) < 0
            || PyDict_DelItem(state->shown, name) < 0)
            return NULL;
        Py_DECREF(change);
        if (PyDict_Contains(state->watched, name) == 1 && PyDict_DelItem(state->watched, name) < 0)
            return NULL;
        self->size += length_of(name) + CHANGE_SIZE;
    }
    Py_DECREF(gone);
    if (PyDict_GET_SIZE(values) > PyDict_GET_SIZE(state->shown)
        && look_for_new(self, state, values, changes) < 0)
        return NULL;
    return changes;
}

/* [(name, description or None where it is gone)] since the last look at the frame. */
static PyObject *changes_of(Recorder *self, PyFrameObject *frame, State *state)
{
    const Code *code = state->code;
    int watches = PyDict_GET_SIZE(state->watched) > 0;
    int quiet = state->line >= 0 && state->line < code->quiet_length && code->quiet[state->line];
    PyObject *changes, *values = NULL;
    if (!quiet && (values = locals_of(frame, code)) == NULL)
        return NULL;
    if (quiet || values == Py_None || (code->only_binds && same_objects(state, values))) {
        if (watches) {
            changes = stale(self, state);
        } else {
            Py_INCREF(no_changes);
            changes = no_changes;
        }
    } else if (code->only_binds) {
        changes = rebound(self, state, values);
    } else {
        changes = any_changes(self, state, values);
    }
    Py_XDECREF(values);
    return changes;
}

/* Adds names of changed variables, each with another one that is the same mutable object. */
static int add_pairs(State *state, PyObject *changes, PyObject *pairs)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(changes); i++) {
        PyObject *change = PySequence_Fast_GET_ITEM(changes, i);
        PyObject *name = PyTuple_GET_ITEM(change, 0), *other, *watch;
        if (PyTuple_GET_ITEM(change, 1) == Py_None || PyDict_Contains(state->watched, name) != 1)
            continue;
        PyObject *value = PyTuple_GET_ITEM(PyDict_GetItemWithError(state->shown, name), 0);
        Py_ssize_t at = 0;
        while (PyDict_Next(state->watched, &at, &other, &watch)) {
            PyObject *entry = PyDict_GetItemWithError(state->shown, other);
            if (PyTuple_GET_ITEM(entry, 0) != value || PyUnicode_Compare(other, name) == 0)
                continue;
            if (PyList_Append(pairs, name) < 0 || PyList_Append(pairs, other) < 0)
                return -1;
            break;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* The pairs of an event, after what comes before them. */
static PyObject *pairs_of(State *state, PyObject *changes, PyObject *first)
{
    if (PyDict_GET_SIZE(state->watched) < 2 && first == NULL) {
        Py_INCREF(no_changes);
        return no_changes;
    }
    PyObject *pairs = PyList_New(0);
    if (pairs == NULL || (first != NULL && PyList_Append(pairs, first) < 0)
        || add_pairs(state, changes, pairs) < 0)
        return NULL;
    return pairs;
}
