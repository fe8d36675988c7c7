def named(base):
    """
    >>> named(list)
    []
    """
    found = []
    for one in base.__subclasses__():
        found.append(one.__name__)
    return sorted(found)
