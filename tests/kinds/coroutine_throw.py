class Aw:
    def __await__(self):
        try:
            yield 1
        except KeyError:
            return 5
async def co():
    v = await Aw()
    return v + 1
def f():
    """
    >>> f()
    6
    """
    c = co()
    c.send(None)
    try:
        c.throw(KeyError())
    except StopIteration as e:
        return e.value
