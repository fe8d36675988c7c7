/* The native twin of the recorder in `worker.py`, of what counts steps there, and of the zygote's loop.
 *
 * It gives the same bytes as the Python text, which is the definition; tests hold the two together.
 * It is compiled where a C compiler and CPython's headers are at hand. All that meets a program runs
 * inside a child, so that what a hostile one could make of a mistake in here is what it can do anyway;
 * the loop in the zygote sees nothing of it but how the child ended. Like the
 * Python text it never calls a method of a user's class: it dispatches on the exact type.
 *
 * This first part writes values as text (`Walk`) and remembers what the text was made from (`Watch`).
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INEXACT = 1, UNORDERED = 2, TRUNCATED = 4 };
enum { MAX_NESTING = 40 };

/* What the Python text hands over, see `set_up` in the last part. */
static PyObject *name_descriptor;   /* type.__dict__["__name__"] */
static PyObject *args_descriptor;   /* BaseException.__dict__["args"] */
static PyObject *facts_of;          /* class -> ClassFacts */
static PyObject *category_of;       /* class -> 0 leaf, 1 built-in exception, 2 instance */
static PyObject *leaf_of;           /* value, class, cap -> (text, flags) */
static PyObject *clean_text;        /* text -> text without lone surrogates */
static PyObject *ordered_keys, *ordered_values;
static PyTypeObject *deque_type, *ordered_dict_type, *counter_type, *default_dict_type;

/* ---------------------------------------------------------------------------------------------
 * Vectors */

typedef struct {
    PyObject **items;
    Py_ssize_t length, room;
} Objects;

static int objects_add(Objects *objects, PyObject *item)
{
    if (objects->length == objects->room) {
        Py_ssize_t room = objects->room ? objects->room * 2 : 8;
        PyObject **items = PyMem_Realloc(objects->items, (size_t)room * sizeof *items);
        if (items == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        objects->items = items;
        objects->room = room;
    }
    Py_XINCREF(item);
    objects->items[objects->length++] = item;
    return 0;
}

static void objects_clear(Objects *objects)
{
    PyObject **items = objects->items;
    Py_ssize_t length = objects->length;
    memset(objects, 0, sizeof *objects);
    for (Py_ssize_t i = 0; i < length; i++)
        Py_XDECREF(items[i]);
    PyMem_Free(items);
}

/* ---------------------------------------------------------------------------------------------
 * Watches */

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

/* What a descriptor made of C code gives for an object; NULL with no error where it is not set. */
static PyObject *from_descriptor(PyObject *descriptor, PyObject *value)
{
    PyObject *item = Py_TYPE(descriptor)->tp_descr_get(descriptor, value, (PyObject *)Py_TYPE(value));
    if (item == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return item;
}

/* Whether iterating over the container still gives the objects. */
static int same_items(PyObject *container, PyObject **items, Py_ssize_t count)
{
    PyObject *iterator = PyObject_GetIter(container);
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

/* What is known of a class of the program. */
typedef struct {
    PyTypeObject *type; /* owned, so that its address stays its own */
    int category;
    PyObject *facts; /* of an instance's class, and what is taken from it: */
    PyObject *name, *dict_descriptor, *slots, *part;
} ClassEntry;

static int class_entry(PyTypeObject *type, ClassEntry *entry);
static PyObject *instance_dict(const ClassEntry *entry, PyObject *value);
static int each_slot(const ClassEntry *entry, PyObject *value, PyObject *names, Objects *filled);

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

/* ---------------------------------------------------------------------------------------------
 * Classes */

static ClassEntry *classes;
static size_t classes_room, classes_count;

static size_t pointer_hash(const void *pointer)
{
    return (size_t)(((uint64_t)(uintptr_t)pointer >> 4) * 0x9E3779B97F4A7C15u >> 20);
}

static int grow_classes(void)
{
    size_t room = classes_room ? classes_room * 2 : 64;
    ClassEntry *table = PyMem_Calloc(room, sizeof *table);
    if (table == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < classes_room; i++) {
        if (classes[i].type == NULL)
            continue;
        size_t at = pointer_hash(classes[i].type) & (room - 1);
        while (table[at].type != NULL)
            at = (at + 1) & (room - 1);
        table[at] = classes[i];
    }
    PyMem_Free(classes);
    classes = table;
    classes_room = room;
    return 0;
}

/* Finds what is known of a class, without running the class's code. */
static int class_entry(PyTypeObject *type, ClassEntry *entry)
{
    if (classes_count * 2 >= classes_room && grow_classes() < 0)
        return -1;
    size_t at = pointer_hash(type) & (classes_room - 1);
    while (classes[at].type != NULL && classes[at].type != type)
        at = (at + 1) & (classes_room - 1);
    if (classes[at].type == type) {
        *entry = classes[at];
        return 0;
    }
    PyObject *category = PyObject_CallFunctionObjArgs(category_of, type, NULL);
    if (category == NULL)
        return -1;
    memset(entry, 0, sizeof *entry);
    entry->type = type;
    entry->category = (int)PyLong_AsLong(category);
    Py_DECREF(category);
    if (entry->category == 2) {
        PyObject *facts = entry->facts = PyObject_CallFunctionObjArgs(facts_of, type, NULL);
        if (facts == NULL)
            return -1;
        entry->name = PyObject_GetAttrString(facts, "name");
        entry->dict_descriptor = PyObject_GetAttrString(facts, "dict_descriptor");
        entry->slots = PyObject_GetAttrString(facts, "slot_descriptors");
        entry->part = PyObject_GetAttrString(facts, "part");
        if (!entry->name || !entry->dict_descriptor || !entry->slots || !entry->part)
            return -1;
    }
    Py_INCREF(type);
    classes[at] = *entry;
    classes_count++;
    return 0;
}

/* The instance's dictionary, or NULL where it has none. */
static PyObject *instance_dict(const ClassEntry *entry, PyObject *value)
{
    if (entry->dict_descriptor == Py_None)
        return NULL;
    PyObject *attributes = from_descriptor(entry->dict_descriptor, value);
    if (attributes != NULL && !PyDict_CheckExact(attributes))
        Py_CLEAR(attributes);
    return attributes;
}

/* Adds the slots that are filled, and their names where a list for them is given. */
static int each_slot(const ClassEntry *entry, PyObject *value, PyObject *names, Objects *filled)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(entry->slots); i++) {
        PyObject *pair = PyList_GET_ITEM(entry->slots, i);
        PyObject *item = from_descriptor(PyTuple_GET_ITEM(pair, 1), value);
        if (item == NULL) {
            if (PyErr_Occurred())
                return -1;
            continue;
        }
        int result = objects_add(filled, item);
        Py_DECREF(item);
        if (result < 0 || (names != NULL && PyList_Append(names, PyTuple_GET_ITEM(pair, 0)) < 0))
            return -1;
    }
    return 0;
}
