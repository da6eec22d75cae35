"""A place on a network as people and programs write it, read strictly or not at all.

In     "host", "host:port", as a grant or a request has it
Out    Endpoint: a full host name in lower-case ASCII and a port
Never  looks a name up; takes an address, in whatever spelling; repairs what it was given
Why    two readers who see two hosts in one text are how lists of allowed hosts were passed elsewhere: a zero byte, a
       user part, a trailing dot, an address in octal. What has a second reading is refused here, once, for both sides
"""

import re

from skillstrata.records.sandbox_runs import Endpoint

HTTPS_PORT = 443
# Why a place that nobody granted was refused, as it stands in the record of an attempt.
NOT_GRANTED = "not granted"
_MAX_HOST = 253
_MAX_PORT = 65535
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Readers of addresses take a name for one when its last part starts with a digit: 127.1, 127.0.0.0x1, 010.8.8.8.
_LAST_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")


class EndpointUnreadable(ValueError):
    """A text that is no host name with a port; the message says why, without the text."""


def endpoint_of(text: str, *, default_port: int | None = HTTPS_PORT) -> Endpoint:
    """Read `host` or `host:port`.

    Args:
        text: As written. Upper case is taken as lower case; nothing else is changed.
        default_port: The port where none is written; None where one must be.

    Raises:
        EndpointUnreadable: It is anything else, an address included.
    """
    if not text.isascii() or not text.isprintable():
        raise EndpointUnreadable("it has characters that no host name has (write other scripts as xn--…)")
    host, colon, port = text.lower().partition(":")
    _check_host(host, bracketed=text.startswith("["))
    if not colon:
        if default_port is None:
            raise EndpointUnreadable("it has no port")
        return Endpoint(host, default_port)
    if not _PORT.fullmatch(port) or int(port) > _MAX_PORT:
        raise EndpointUnreadable("its port is not a number from 1 to 65535")
    return Endpoint(host, int(port))


def _check_host(host: str, *, bracketed: bool) -> None:
    labels = host.split(".")
    if bracketed or re.fullmatch(r"[0-9.]+|0x[0-9a-f.x]+", host):
        raise EndpointUnreadable("it is an address; only host names can be granted")
    if len(host) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise EndpointUnreadable("it is not a plain host name, like api.example.com")
    if len(labels) == 1:
        raise EndpointUnreadable("it is not a full host name, like api.example.com")
    if not _LAST_LABEL.fullmatch(labels[-1]):
        raise EndpointUnreadable("it is an address; only host names can be granted")
