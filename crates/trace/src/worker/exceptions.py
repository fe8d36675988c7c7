"""The texts of exceptions."""

exception_args_of = BaseException.__dict__["args"].__get__
BUILTIN_EXCEPTIONS = {
    cls
    for cls in vars(builtins).values()
    if isinstance(cls, type) and issubclass(cls, BaseException)
}
C_STR = {
    cls: vars(cls)["__str__"]
    for cls in BUILTIN_EXCEPTIONS
    if type(vars(cls).get("__str__")) is types.WrapperDescriptorType
}
FREE_FORM = {
    cls: C_STR[cls]
    for cls in (BaseException, KeyError, UnicodeDecodeError, UnicodeEncodeError)
    if cls in C_STR
}


def exception_text(error, cap):
    """[type name, message, whether it is `str()` of the exception]. `str()` is called where that is C
    code over plain values; else the arguments are described."""
    cls = type(error)
    name = class_name(cls)
    args = exception_args_of(error)
    method = None
    for base in type_mro_of(cls):
        if "__str__" in type_dict_of(base):
            method = FREE_FORM.get(base)
            break
    if method is not None and all(type(item) in ATOMS for item in args):
        if not any(type(item) is int and item.bit_length() > cap * 3 for item in args):
            text, flags = cut(clean(method(error)), 0, cap)
            return [name, text, EXACT if not flags else NOT_EXACT]
    if len(args) == 1:
        if type(args[0]) is str:
            message, flags = clean(args[0][: cap + 1]), 0
        else:
            message, flags = describe(args[0], cap)[0][:2]
    else:
        message, flags = describe(args, cap)[0][:2] if args else ("", 0)
    text, flags = cut(message, flags, cap)
    return [name, text, EXACT if method is not None and not flags else NOT_EXACT]


def raised_text(error, cap):
    """The text of an exception that left a frame, if it is known."""
    return ["Exception", "", NOT_EXACT] if error is None else exception_text(error, cap)
