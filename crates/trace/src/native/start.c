/* The native twin of the recorder in Python, of what counts steps there, and of the zygote's loop.
 *
 * It gives the same bytes as the Python text, which is the definition; tests hold the two together, and
 * files with the same name say the same thing.
 * It is compiled where a C compiler and CPython's headers are at hand. All that meets a program runs
 * inside a child, so that what a hostile one could make of a mistake in here is what it can do anyway;
 * the loop in the zygote sees nothing of it but how the child ended. Like the
 * Python text it never calls a method of a user's class: it dispatches on the exact type.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the Python text hands over, see `set_up` in the last part. */
static PyObject *name_descriptor;   /* type.__dict__["__name__"] */
static PyObject *args_descriptor;   /* BaseException.__dict__["args"] */
static PyObject *facts_of;          /* class -> ClassFacts */
static PyObject *category_of;       /* class -> LEAF, EXCEPTION or INSTANCE */
static PyObject *leaf_of;           /* value, class, cap -> (text, flags) */
static PyObject *clean_text;        /* text -> text without lone surrogates */
static PyObject *ordered_keys, *ordered_values;
static PyTypeObject *deque_type, *ordered_dict_type, *counter_type, *default_dict_type;

/* A vector of objects. */
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

/* What a descriptor made of C code gives for an object; NULL with no error where it is not set. */
static PyObject *from_descriptor(PyObject *descriptor, PyObject *value)
{
    PyObject *item = Py_TYPE(descriptor)->tp_descr_get(descriptor, value, (PyObject *)Py_TYPE(value));
    if (item == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return item;
}

static size_t pointer_hash(const void *pointer)
{
    return (size_t)(((uint64_t)(uintptr_t)pointer >> 4) * 0x9E3779B97F4A7C15u >> 20);
}
