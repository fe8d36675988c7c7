class E:
    n = 0
    def __eq__(self, o):
        E.n += 1
        return True
    def __hash__(self):
        E.n += 1
        return 1
    def __len__(self):
        E.n += 1
        return 1
    def __iter__(self):
        E.n += 1
        return iter(())
def f():
    """
    >>> f()
    0
    """
    E.n = 0
    e = E()
    x = [e]
    y = {1: e}
    return E.n
