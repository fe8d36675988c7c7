/* The texts of containers and instances: `class Walk` of `values.py`, whose methods these functions mirror. */

static int put_value(Walk *walk, PyObject *value, int nesting);

static int in_path(Walk *walk, PyObject *value)
{
    for (int i = 0; i < walk->depth; i++)
        if (walk->path[i] == value)
            return 1;
    return 0;
}

/* Starts to watch a container and takes its first items; gives where they start. */
static int keep(Walk *walk, PyObject *container, Py_ssize_t *start, Py_ssize_t *count)
{
    Watch *watch = walk->watch;
    int result;
    if (PyList_CheckExact(container)) {
        Py_ssize_t length = PyList_GET_SIZE(container);
        if (watch_open(watch, WATCH_LIST, length) < 0 || objects_add(&watch->objects, container) < 0)
            return FAILED;
        for (Py_ssize_t i = 0; i < length && i < walk->cap; i++)
            if (objects_add(&watch->objects, PyList_GET_ITEM(container, i)) < 0)
                return FAILED;
    } else {
        if (watch_open(watch, WATCH_OTHER, PyObject_Size(container)) < 0
            || objects_add(&watch->objects, container) < 0)
            return FAILED;
        PyObject *iterator = unnoted_iterator(container), *item;
        if (iterator == NULL)
            return FAILED;
        result = 0;
        for (Py_ssize_t i = 0; result == 0 && i < walk->cap && (item = PyIter_Next(iterator)); i++) {
            result = objects_add(&watch->objects, item);
            Py_DECREF(item);
        }
        Py_DECREF(iterator);
        if (result < 0 || PyErr_Occurred())
            return FAILED;
    }
    watch_shut(watch);
    Entry *entry = &watch->entries[watch->length - 1];
    *start = entry->start + 1;
    *count = entry->count - 1;
    return WRITTEN;
}

static int put_sequence(Walk *walk, PyObject *value, const char *opening, const char *closing,
                        int nesting)
{
    if (in_path(walk, value)) {
        walk->flags |= INEXACT;
        TRY(put(walk, opening));
        TRY(put(walk, "..."));
        return put(walk, closing);
    }
    Py_ssize_t start = 0, count;
    int tuple = PyTuple_CheckExact(value);
    if (tuple)
        count = PyTuple_GET_SIZE(value);
    else
        TRY(keep(walk, value, &start, &count));
    walk->path[walk->depth++] = value;
    TRY(put(walk, opening));
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i > 0)
            TRY(put_bytes(walk, ", ", 2, 2));
        /* Looked up anew each time, since the vector may move. */
        PyObject *item = tuple ? PyTuple_GET_ITEM(value, i) : walk->watch->objects.items[start + i];
        TRY(put_value(walk, item, nesting + 1));
    }
    TRY(put(walk, tuple && count == 1 ? ",)" : closing));
    walk->depth--;
    return WRITTEN;
}

/* Keys and values one after the other, watched. */
static int keep_pairs(Walk *walk, PyObject *dict, Py_ssize_t *start, Py_ssize_t *count)
{
    Watch *watch = walk->watch;
    Objects *objects = &watch->objects;
    int ordered = Py_TYPE(dict) == ordered_dict_type;
    Py_ssize_t length = PyDict_Size(dict), at = 0;
    if (watch_open(watch, ordered ? WATCH_ORDERED : WATCH_DICT, length) < 0
        || objects_add(objects, dict) < 0)
        return FAILED;
    if (ordered) {
        PyObject *keys = ordered_list(ordered_keys, dict);
        PyObject *values = keys == NULL ? NULL : ordered_list(ordered_values, dict);
        int result = values == NULL ? -1 : 0;
        for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(keys) && i < walk->cap; i++)
            result = objects_add(objects, PyList_GET_ITEM(keys, i)) < 0
                     || objects_add(objects, PyList_GET_ITEM(values, i)) < 0 ? -1 : 0;
        Py_XDECREF(keys);
        Py_XDECREF(values);
        if (result < 0)
            return FAILED;
    } else {
        PyObject *key, *value;
        for (Py_ssize_t i = 0; i < walk->cap && PyDict_Next(dict, &at, &key, &value); i++)
            if (objects_add(objects, key) < 0 || objects_add(objects, value) < 0)
                return FAILED;
    }
    watch_shut(watch);
    Entry *entry = &watch->entries[watch->length - 1];
    *start = entry->start + 1;
    *count = (entry->count - 1) / 2;
    return WRITTEN;
}

static int put_mapping(Walk *walk, PyObject *value, int nesting)
{
    if (in_path(walk, value)) {
        walk->flags |= INEXACT;
        return put(walk, "{...}");
    }
    Py_ssize_t start, count;
    TRY(keep_pairs(walk, value, &start, &count));
    walk->path[walk->depth++] = value;
    TRY(put(walk, "{"));
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i > 0)
            TRY(put_bytes(walk, ", ", 2, 2));
        TRY(put_value(walk, walk->watch->objects.items[start + 2 * i], nesting + 1));
        TRY(put_bytes(walk, ": ", 2, 2));
        TRY(put_value(walk, walk->watch->objects.items[start + 2 * i + 1], nesting + 1));
    }
    TRY(put(walk, "}"));
    walk->depth--;
    return WRITTEN;
}

/* The text of one element of a set, and what it is sorted by. */
typedef struct {
    PyObject *name;
    Text text;
} Element;

static int compare_bytes(const char *one, Py_ssize_t length, const char *other, Py_ssize_t size)
{
    int order = memcmp(one, other, (size_t)(length < size ? length : size));
    return order ? order : (length > size) - (length < size);
}

static int compare_elements(const void *left, const void *right)
{
    const Element *one = left, *other = right;
    Py_ssize_t length, size;
    const char *name = PyUnicode_AsUTF8AndSize(one->name, &length);
    const char *second = PyUnicode_AsUTF8AndSize(other->name, &size);
    int order = name && second ? compare_bytes(name, length, second, size) : 0;
    if (order)
        return order;
    return compare_bytes(one->text.bytes, one->text.length, other->text.bytes, other->text.length);
}

/* Writes an element by itself; a text that is full is cut later. */
static int put_element(Walk *walk, PyObject *item, int nesting, Element *element)
{
    Text *outer = walk->text;
    int depth = walk->depth, flags = walk->flags;
    element->name = name_of(Py_TYPE(item));
    if (element->name == NULL)
        return FAILED;
    walk->text = &element->text;
    int result = put_value(walk, item, nesting + 1);
    walk->text = outer;
    if (result == FULL) {
        walk->flags |= TRUNCATED | INEXACT;
        walk->depth = depth;
        result = WRITTEN;
    }
    walk->flags |= flags;
    return result;
}

/* A set, its elements sorted by type name and text, since its own order means nothing. */
static int put_unordered(Walk *walk, PyObject *value, const char *opening, const char *closing,
                         int nesting)
{
    Py_ssize_t length = PySet_GET_SIZE(value), start, count;
    if (length > 1)
        walk->flags |= UNORDERED;
    if (length > walk->cap / 3) {
        if (watch_open(walk->watch, WATCH_LENGTH, length) < 0
            || objects_add(&walk->watch->objects, value) < 0)
            return FAILED;
        watch_shut(walk->watch);
        walk->flags |= INEXACT | TRUNCATED;
        char buffer[64];
        snprintf(buffer, sizeof buffer, "<%s of %zd elements>",
                 PyFrozenSet_CheckExact(value) ? "frozenset" : "set", length);
        return put(walk, buffer);
    }
    TRY(keep(walk, value, &start, &count));
    Element *elements = PyMem_Calloc((size_t)count + 1, sizeof *elements);
    if (elements == NULL) {
        PyErr_NoMemory();
        return FAILED;
    }
    int result = WRITTEN;
    for (Py_ssize_t i = 0; result == WRITTEN && i < count; i++)
        result = put_element(walk, walk->watch->objects.items[start + i], nesting, &elements[i]);
    if (result == WRITTEN) {
        qsort(elements, (size_t)count, sizeof *elements, compare_elements);
        result = put(walk, opening);
        /* As in Python, where this is one text, all of it is written before the cap counts. */
        for (Py_ssize_t i = 0; result != FAILED && i < count; i++) {
            Text *text = &elements[i].text;
            if (i > 0)
                result = put_bytes(walk, ", ", 2, 2);
            if (result != FAILED)
                result = put_bytes(walk, text->bytes, text->length, text->characters);
        }
        if (result != FAILED)
            result = put(walk, closing);
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_XDECREF(elements[i].name);
        PyMem_Free(elements[i].text.bytes);
    }
    PyMem_Free(elements);
    return result;
}

static int is_hidden(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    return length >= 2 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_'
           && PyUnicode_READ_CHAR(name, length - 1) == '_'
           && PyUnicode_READ_CHAR(name, length - 2) == '_';
}

static int put_attribute(Walk *walk, PyObject *name, PyObject *item, const char **comma, int nesting)
{
    if (!PyUnicode_CheckExact(name) || is_hidden(name))
        return WRITTEN;
    TRY(put(walk, *comma));
    TRY(put_text(walk, name));
    TRY(put(walk, "="));
    TRY(put_value(walk, item, nesting + 1));
    *comma = ", ";
    return WRITTEN;
}

/* Notes what an instance consists of; `names` gets the names of its filled slots. */
static int keep_instance(Walk *walk, PyObject *value, const ClassEntry *entry, PyObject *names,
                         PyObject **attributes, Py_ssize_t *slots)
{
    Objects *objects = &walk->watch->objects;
    *attributes = instance_dict(entry, value);
    if (*attributes == NULL && PyErr_Occurred())
        return FAILED;
    PyObject *held = NULL;
    if (entry->part != Py_None) {
        held = PyObject_CallMethod(entry->facts, "held", "(O)", value);
        if (held == NULL)
            return FAILED;
    }
    int result = watch_open(walk->watch, WATCH_INSTANCE, 0) < 0 || objects_add(objects, value) < 0
                 || objects_add(objects, (PyObject *)entry->type) < 0
                 || objects_add(objects, *attributes) < 0 || objects_add(objects, held) < 0;
    Py_XDECREF(held);
    *slots = objects->length;
    if (result || each_slot(entry, value, names, objects) < 0)
        return FAILED;
    watch_shut(walk->watch);
    return WRITTEN;
}

static int put_members(Walk *walk, PyObject *value, const ClassEntry *entry, PyObject *names,
                       PyObject *attributes, Py_ssize_t slots, int nesting)
{
    const char *comma = " ";
    if (entry->part != Py_None) {
        TRY(put(walk, " "));
        PyObject *part = PyObject_CallFunctionObjArgs(entry->part, value, NULL);
        if (part == NULL)
            return FAILED;
        int result = put_value(walk, part, nesting + 1);
        Py_DECREF(part);
        TRY(result);
        comma = ", ";
    }
    Py_ssize_t start = 0, count = 0;
    if (attributes != NULL)
        TRY(keep_pairs(walk, attributes, &start, &count));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++)
        TRY(put_attribute(walk, PyList_GET_ITEM(names, i), walk->watch->objects.items[slots + i],
                          &comma, nesting));
    for (Py_ssize_t i = 0; i < count; i++)
        TRY(put_attribute(walk, walk->watch->objects.items[start + 2 * i],
                          walk->watch->objects.items[start + 2 * i + 1], &comma, nesting));
    return put(walk, ">");
}

static int put_instance(Walk *walk, PyObject *value, const ClassEntry *entry, int nesting)
{
    if (in_path(walk, value)) {
        TRY(put(walk, "<"));
        TRY(put_text(walk, entry->name));
        return put(walk, " ...>");
    }
    PyObject *attributes = NULL, *names = PyList_New(0);
    Py_ssize_t slots;
    if (names == NULL)
        return FAILED;
    int result = keep_instance(walk, value, entry, names, &attributes, &slots);
    if (result == WRITTEN) {
        walk->path[walk->depth++] = value;
        result = put(walk, "<");
        if (result == WRITTEN)
            result = put_text(walk, entry->name);
        if (result == WRITTEN)
            result = put_members(walk, value, entry, names, attributes, slots, nesting);
        if (result == WRITTEN)
            walk->depth--;
    }
    Py_XDECREF(attributes);
    Py_DECREF(names);
    return result;
}

static int put_exception(Walk *walk, PyObject *value, int nesting)
{
    PyObject *name = name_of(Py_TYPE(value));
    PyObject *args = name == NULL ? NULL : from_descriptor(args_descriptor, value);
    if (args == NULL) {
        Py_XDECREF(name);
        return FAILED;
    }
    int result = put(walk, "<");
    if (result == WRITTEN)
        result = put_text(walk, name);
    if (result == WRITTEN)
        result = put(walk, " ");
    if (result == WRITTEN)
        result = put_sequence(walk, args, "(", ")", nesting);
    if (result == WRITTEN)
        result = put(walk, ">");
    Py_DECREF(name);
    Py_DECREF(args);
    return result;
}

/* Values that hold no others, which the Python text writes. */
static int put_leaf(Walk *walk, PyObject *value)
{
    PyObject *pair = PyObject_CallFunction(leaf_of, "OOn", value, Py_TYPE(value), walk->cap);
    if (pair == NULL)
        return FAILED;
    walk->flags |= (int)PyLong_AsLong(PyTuple_GET_ITEM(pair, 1));
    int result = put_text(walk, PyTuple_GET_ITEM(pair, 0));
    Py_DECREF(pair);
    return result;
}

static int put_bytearray(Walk *walk, PyObject *value)
{
    Py_ssize_t start, count, length = PyByteArray_GET_SIZE(value);
    TRY(keep(walk, value, &start, &count));
    PyObject *bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(value),
                                                length < walk->cap ? length : walk->cap);
    if (bytes == NULL)
        return FAILED;
    int result = put(walk, "bytearray(");
    if (result == WRITTEN)
        result = put_repr(walk, bytes);
    Py_DECREF(bytes);
    TRY(result);
    return put(walk, ")");
}

static int put_other(Walk *walk, PyObject *value, int nesting)
{
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyFrozenSet_Type) {
        if (PySet_GET_SIZE(value) == 0)
            return put(walk, "frozenset()");
        return put_unordered(walk, value, "frozenset({", "})", nesting);
    }
    if (type == deque_type) {
        TRY(put(walk, "deque("));
        TRY(put_sequence(walk, value, "[", "]", nesting));
        return put(walk, ")");
    }
    if (type == &PyByteArray_Type)
        return put_bytearray(walk, value);
    const char *wrapped = type == ordered_dict_type   ? "OrderedDict("
                          : type == counter_type      ? "Counter("
                          : type == default_dict_type ? "defaultdict("
                                                      : NULL;
    if (wrapped != NULL) {
        TRY(put(walk, wrapped));
        TRY(put_mapping(walk, value, nesting));
        return put(walk, ")");
    }
    ClassEntry entry;
    if (class_entry(type, &entry) < 0)
        return FAILED;
    if (entry.category == INSTANCE)
        return put_instance(walk, value, &entry, nesting);
    return entry.category == EXCEPTION ? put_exception(walk, value, nesting) : put_leaf(walk, value);
}

static int put_value(Walk *walk, PyObject *value, int nesting)
{
    int known;
    int result = put_atom(walk, value, &known);
    if (known)
        return result;
    if (nesting > MAX_NESTING) {
        walk->flags |= INEXACT | TRUNCATED;
        return put(walk, "...");
    }
    if (PyList_CheckExact(value))
        return put_sequence(walk, value, "[", "]", nesting);
    if (PyTuple_CheckExact(value))
        return put_sequence(walk, value, "(", ")", nesting);
    if (PyDict_CheckExact(value))
        return put_mapping(walk, value, nesting);
    if (Py_TYPE(value) == &PySet_Type) {
        if (PySet_GET_SIZE(value) > 0)
            return put_unordered(walk, value, "{", "}", nesting);
        Py_ssize_t start, count;
        TRY(keep(walk, value, &start, &count));
        return put(walk, "set()");
    }
    walk->flags |= INEXACT;
    return put_other(walk, value, nesting);
}
