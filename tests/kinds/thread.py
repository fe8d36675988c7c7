import threading
def f():
    """
    >>> f()
    [1]
    """
    out = []
    t = threading.Thread(target=lambda: out.append(1))
    t.start()
    t.join()
    return out
