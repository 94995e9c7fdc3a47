"""What the topology tells the alarm book of elements that do not answer."""

import msgspec


class Way(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The port of an element that answers, through which a path leads to one that does not."""

    port: str
    """Or the element, where its port is not known."""
    shared: bool = False
    """Others hang on the port, too, as on that of a PON: when it is down it is not for the sake of one of them."""
