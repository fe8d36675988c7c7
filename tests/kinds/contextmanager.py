from contextlib import contextmanager, suppress, ExitStack
log = []
@contextmanager
def cm(n):
    log.append(n)
    try:
        yield n
    finally:
        log.append(-n)
def f():
    """
    >>> f()
    [1, 2, -2, -1]
    """
    del log[:]
    with cm(1) as a, suppress(KeyError):
        with ExitStack() as st:
            st.enter_context(cm(2))
            {}['k']
    return log
