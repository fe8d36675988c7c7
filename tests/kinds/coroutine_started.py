class A:
    def __await__(self):
        yield 1
async def co():
    """
    >>> c = co()
    >>> c.send(None)
    1
    >>> c.close()
    """
    await A()
    return 2
