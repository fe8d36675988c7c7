import contextvars
v = contextvars.ContextVar('v', default=0)
def f():
    """
    >>> f()
    (1, 0)
    """
    def g():
        v.set(v.get() + 1)
        return v.get()
    c = contextvars.copy_context()
    return c.run(g), v.get()
