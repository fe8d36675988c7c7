/* The texts of atoms, and what writes texts. */

typedef struct {
    char *bytes;
    Py_ssize_t length, room, characters;
} Text;

typedef struct {
    Py_ssize_t cap;
    int flags;
    Text *text;
    Watch *watch;
    /* The containers that this one lies in. */
    PyObject *path[MAX_NESTING + 2];
    int depth;
} Walk;

/* What a function of this part returns: all written, the text is at its cap, or a Python error. */
enum { WRITTEN = 0, FULL = 1, FAILED = -1 };

#define TRY(call)                                                                                  \
    do {                                                                                           \
        int result_ = (call);                                                                      \
        if (result_ != WRITTEN)                                                                    \
            return result_;                                                                        \
    } while (0)

static int put_bytes(Walk *walk, const char *bytes, Py_ssize_t length, Py_ssize_t characters)
{
    Text *text = walk->text;
    if (text->length + length > text->room) {
        Py_ssize_t room = (text->length + length) * 2 + 256;
        char *grown = PyMem_Realloc(text->bytes, (size_t)room);
        if (grown == NULL) {
            PyErr_NoMemory();
            return FAILED;
        }
        text->bytes = grown;
        text->room = room;
    }
    memcpy(text->bytes + text->length, bytes, (size_t)length);
    text->length += length;
    text->characters += characters;
    return text->characters > walk->cap ? FULL : WRITTEN;
}

static int put(Walk *walk, const char *ascii)
{
    Py_ssize_t length = (Py_ssize_t)strlen(ascii);
    return put_bytes(walk, ascii, length, length);
}

/* Writes a string, lone surrogates escaped. */
static int put_text(Walk *walk, PyObject *string)
{
    if (PyUnicode_IS_ASCII(string)) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(string);
        return put_bytes(walk, PyUnicode_DATA(string), length, length);
    }
    PyObject *bytes = PyUnicode_AsEncodedString(string, "utf-8", "backslashreplace");
    if (bytes == NULL)
        return FAILED;
    const char *data = PyBytes_AS_STRING(bytes);
    Py_ssize_t length = PyBytes_GET_SIZE(bytes), characters = 0;
    for (Py_ssize_t i = 0; i < length; i++)
        characters += ((unsigned char)data[i] & 0xC0) != 0x80;
    int result = put_bytes(walk, data, length, characters);
    Py_DECREF(bytes);
    return result;
}

static int put_repr(Walk *walk, PyObject *value)
{
    PyObject *text = PyObject_Repr(value);
    if (text == NULL)
        return FAILED;
    int result = put_text(walk, text);
    Py_DECREF(text);
    return result;
}

static int put_int(Walk *walk, PyObject *value)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
    char buffer[48];
    if (!overflow) {
        /* By hand, since `snprintf` takes longer than all the rest. */
        char *at = buffer + sizeof buffer;
        unsigned long long rest = small < 0 ? 0 - (unsigned long long)small : (unsigned long long)small;
        do {
            *--at = (char)('0' + rest % 10);
            rest /= 10;
        } while (rest);
        if (small < 0)
            *--at = '-';
        Py_ssize_t length = buffer + sizeof buffer - at;
        return put_bytes(walk, at, length, length);
    }
    PyObject *bits = PyObject_CallMethod(value, "bit_length", NULL);
    if (bits == NULL)
        return FAILED;
    Py_ssize_t count = PyLong_AsSsize_t(bits);
    Py_DECREF(bits);
    if (count > 64 && count > walk->cap * 3) {
        walk->flags |= INEXACT | TRUNCATED;
        snprintf(buffer, sizeof buffer, "<int of %zd bits>", count);
        return put(walk, buffer);
    }
    return put_repr(walk, value);
}

static int part_is_literal(double part)
{
    return isfinite(part) && !(part == 0 && signbit(part));
}

/* Writes an exact atom; `*known` is 0 where the value is none. */
static int put_atom(Walk *walk, PyObject *value, int *known)
{
    *known = 1;
    if (PyLong_CheckExact(value))
        return put_int(walk, value);
    if (PyUnicode_CheckExact(value) || PyBytes_CheckExact(value)) {
        if (PyObject_Size(value) > walk->cap) {
            walk->flags |= INEXACT | TRUNCATED;
            PyObject *start = PySequence_GetSlice(value, 0, walk->cap);
            if (start == NULL)
                return FAILED;
            int result = put_repr(walk, start);
            Py_DECREF(start);
            return result;
        }
        return put_repr(walk, value);
    }
    if (PyFloat_CheckExact(value)) {
        if (!isfinite(PyFloat_AS_DOUBLE(value)))
            walk->flags |= INEXACT;
        return put_repr(walk, value);
    }
    if (value == Py_None)
        return put(walk, "None");
    if (PyBool_Check(value))
        return put(walk, value == Py_True ? "True" : "False");
    if (PyComplex_CheckExact(value)) {
        Py_complex number = PyComplex_AsCComplex(value);
        if (!part_is_literal(number.real) || !part_is_literal(number.imag))
            walk->flags |= INEXACT;
        return put_repr(walk, value);
    }
    *known = 0;
    return WRITTEN;
}
