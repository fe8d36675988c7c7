/* Whether what a text was made from is still the same. */

enum WatchKind { WATCH_LIST, WATCH_DICT, WATCH_ORDERED, WATCH_OTHER, WATCH_LENGTH, WATCH_INSTANCE };

/* `objects[start]` is the container, what it held follows. Of an instance: the value, its class, its
 * dictionary or NULL, what its built-in part held or NULL, and then its filled slots. */
typedef struct {
    enum WatchKind kind;
    Py_ssize_t start, count, length;
} Entry;

typedef struct {
    PyObject_HEAD
    Objects objects;
    Entry *entries;
    Py_ssize_t length, room;
} Watch;

static PyTypeObject *watch_type;

static int watch_traverse(PyObject *self, visitproc visit, void *arg)
{
    Watch *watch = (Watch *)self;
    for (Py_ssize_t i = 0; i < watch->objects.length; i++)
        Py_VISIT(watch->objects.items[i]);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int watch_clear(PyObject *self)
{
    ((Watch *)self)->length = 0;
    objects_clear(&((Watch *)self)->objects);
    return 0;
}

static void watch_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    watch_clear(self);
    PyMem_Free(((Watch *)self)->entries);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyType_Slot watch_slots[] = {
    {Py_tp_traverse, watch_traverse},
    {Py_tp_clear, watch_clear},
    {Py_tp_dealloc, watch_dealloc},
    {0, NULL},
};

static PyType_Spec watch_spec = {
    "tracestone.Watch", sizeof(Watch), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, watch_slots,
};

static Watch *watch_new(void)
{
    Watch *watch = PyObject_GC_New(Watch, watch_type);
    if (watch != NULL) {
        memset(&watch->objects, 0, sizeof watch->objects);
        watch->entries = NULL;
        watch->length = watch->room = 0;
    }
    return watch;
}

/* Starts an entry; the objects that are added next belong to it. */
static int watch_open(Watch *watch, enum WatchKind kind, Py_ssize_t length)
{
    if (watch->length == watch->room) {
        Py_ssize_t room = watch->room ? watch->room * 2 : 4;
        Entry *entries = PyMem_Realloc(watch->entries, (size_t)room * sizeof *entries);
        if (entries == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        watch->entries = entries;
        watch->room = room;
    }
    Entry *entry = &watch->entries[watch->length++];
    entry->kind = kind;
    entry->start = watch->objects.length;
    entry->count = 0;
    entry->length = length;
    return 0;
}

static void watch_shut(Watch *watch)
{
    Entry *entry = &watch->entries[watch->length - 1];
    entry->count = watch->objects.length - entry->start;
}

/* Whether iterating over the container still gives the objects. */
static int same_items(PyObject *container, PyObject **items, Py_ssize_t count)
{
    PyObject *iterator = unnoted_iterator(container);
    if (iterator == NULL)
        return -1;
    int same = 1;
    for (Py_ssize_t i = 0; same && i < count; i++) {
        PyObject *item = PyIter_Next(iterator);
        same = item == items[i];
        Py_XDECREF(item);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : same;
}

static int same_dict(PyObject *dict, PyObject **items, Py_ssize_t count)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; i < count; i += 2)
        if (!PyDict_Next(dict, &at, &key, &value) || key != items[i] || value != items[i + 1])
            return 0;
    return 1;
}

/* Keys and values of an OrderedDict, whose order lies outside the dictionary that it is built on. */
static PyObject *ordered_list(PyObject *method, PyObject *dict)
{
    PyObject *view = PyObject_CallFunctionObjArgs(method, dict, NULL);
    PyObject *list = view == NULL ? NULL : PySequence_List(view);
    Py_XDECREF(view);
    return list;
}

static int same_ordered(PyObject *dict, PyObject **items, Py_ssize_t count)
{
    PyObject *keys = ordered_list(ordered_keys, dict);
    PyObject *values = keys == NULL ? NULL : ordered_list(ordered_values, dict);
    int same = values == NULL ? -1 : 1;
    for (Py_ssize_t i = 0; same == 1 && i < count; i += 2)
        same = i / 2 < PyList_GET_SIZE(keys) && PyList_GET_ITEM(keys, i / 2) == items[i]
               && PyList_GET_ITEM(values, i / 2) == items[i + 1];
    Py_XDECREF(keys);
    Py_XDECREF(values);
    return same;
}

static int same_instance(PyObject **held, Py_ssize_t count)
{
    PyObject *value = held[0];
    ClassEntry entry;
    if ((PyObject *)Py_TYPE(value) != held[1])
        return 0;
    if (class_entry(Py_TYPE(value), &entry) < 0)
        return -1;
    PyObject *attributes = instance_dict(&entry, value);
    if (attributes == NULL && PyErr_Occurred())
        return -1;
    int same = attributes == held[2];
    Py_XDECREF(attributes);
    if (!same)
        return 0;
    Objects filled = {0};
    if (PyList_GET_SIZE(entry.slots) > 0 && each_slot(&entry, value, NULL, &filled) < 0)
        return -1;
    same = filled.length == count - 4;
    for (Py_ssize_t i = 0; same && i < filled.length; i++)
        same = filled.items[i] == held[4 + i];
    objects_clear(&filled);
    if (same && held[3] != NULL) {
        PyObject *now = PyObject_CallMethod(entry.facts, "held", "(O)", value);
        if (now == NULL)
            return -1;
        same = PySequence_Size(now) == PySequence_Size(held[3]);
        for (Py_ssize_t i = 0; same && i < PySequence_Size(now); i++) {
            PyObject *one = PySequence_GetItem(now, i), *other = PySequence_GetItem(held[3], i);
            same = one == other;
            Py_XDECREF(one);
            Py_XDECREF(other);
        }
        Py_DECREF(now);
    }
    return PyErr_Occurred() ? -1 : same;
}

/* Whether everything that a text was made from is still the identical thing. */
static int unchanged(Watch *watch)
{
    for (Py_ssize_t e = 0; e < watch->length; e++) {
        Entry *entry = &watch->entries[e];
        PyObject **held = watch->objects.items + entry->start;
        PyObject *container = held[0];
        Py_ssize_t count = entry->count - 1;
        int same = 1;
        if (entry->kind == WATCH_LIST) {
            same = PyList_GET_SIZE(container) == entry->length
                   && (count == 0
                       || memcmp(((PyListObject *)container)->ob_item, held + 1,
                                 (size_t)count * sizeof *held) == 0);
        } else if (entry->kind == WATCH_DICT) {
            same = PyDict_Size(container) == entry->length && same_dict(container, held + 1, count);
        } else if (entry->kind == WATCH_INSTANCE) {
            same = same_instance(held, entry->count);
        } else {
            Py_ssize_t length = entry->kind == WATCH_ORDERED ? PyDict_Size(container)
                                                             : PyObject_Size(container);
            same = length == entry->length;
            if (same && entry->kind == WATCH_ORDERED)
                same = same_ordered(container, held + 1, count);
            else if (same && entry->kind == WATCH_OTHER)
                same = same_items(container, held + 1, count);
        }
        if (same != 1)
            return same;
    }
    return 1;
}
