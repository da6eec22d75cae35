"""What is a place on a network, and what only looks like one."""

import contextlib
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.endpoints import EndpointUnreadable, endpoint_of
from skillstrata.records.sandbox_runs import Endpoint

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOST = st.builds(
    lambda labels, last: ".".join([*labels, last]), st.lists(LABEL, min_size=1, max_size=4), st.just("org")
)
# Text made of what addresses and tricks are made of, so that many of the tries come close.
CLOSE = st.text(alphabet="0123456789abcdefx.:@[]%/\\#? \t\r\n\0-_XnÄ。．", max_size=40)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("api.example.com", "api.example.com", 443),
        ("API.Example.COM:8443", "api.example.com", 8443),
        ("xn--bcher-kva.example:1", "xn--bcher-kva.example", 1),
        ("1.2.3.4.example.com:65535", "1.2.3.4.example.com", 65535),
    ],
)
def test_a_host_name_is_taken_in_lower_case(text: str, host: str, port: int) -> None:
    """The twin of everything below."""
    assert endpoint_of(text) == Endpoint(host, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "localhost", "intranet:80", "com", ":443"),
        *("example.com.", "example..com", ".example.com", "-a.example.com", "a-.example.com", "a_b.example.com"),
        *("127.0.0.1", "2130706433", "0x7f000001", "017700000001", "0x7f.1", "127.1", "0177.0.0.1", "a.127.0.0.0x1"),
        *("[::1]", "[::1]:443", "::1", "::ffff:127.0.0.1", "fe80::1%eth0", "1.1.1.1:80", "[v1.a]:80"),
        *("user@example.com", "user:pass@example.com:443", "example.com:443@evil.example", "https://example.com"),
        *("example.com/path", "example.com?x", "example.com#x", "example.com\\x", "*.example.com"),
        *("example.com\0", "example.com\0.evil.example:443", "example.com\r\nX: y", "example.com\n", " example.com"),
        *(
            "exa mple.com",
            "example.com\t",
            "bücher.example",
            "\u212aelvin.example",
            "ｅxample.com",
            "example。com",
            "１２７.０.０.１",
        ),
        *("example.com:", "example.com:0", "example.com:65536", "example.com:-1", "example.com:+443"),
        *("example.com:0443", "example.com:443 ", "example.com:4 43", "example.com:٤٤٣", "example.com:443:443"),
        *("example.com:1e2", "example.com:99999999999", "a" * 64 + ".example.com", ".".join(["a" * 60] * 5) + ".com"),
    ],
)
def test_what_has_a_second_reading_is_refused(text: str) -> None:
    """Each of these was read as another host by some program."""
    with pytest.raises(EndpointUnreadable):
        endpoint_of(text)


def test_a_port_can_be_required() -> None:
    """A CONNECT request without a port is no request."""
    with pytest.raises(EndpointUnreadable, match="no port"):
        endpoint_of("example.com", default_port=None)


@given(HOST, st.integers(1, 65535))
def test_what_is_written_out_reads_the_same(host: str, port: int) -> None:
    """A grant must name what a request names."""
    assert endpoint_of(f"{host.upper()}:{port}", default_port=None) == endpoint_of(str(Endpoint(host, port)))


@given(HOST, HOST, st.integers(1, 65535), st.integers(1, 65535))
def test_two_places_are_one_only_when_their_texts_are(one: str, two: str, first: int, second: int) -> None:
    """No ending, no beginning and no other port of a granted host is granted."""
    assert (endpoint_of(f"{one}:{first}") == endpoint_of(f"{two}:{second}")) == ((one, first) == (two, second))


@given(CLOSE | HOST.flatmap(lambda host: CLOSE.map(lambda rest: host + rest)))
def test_nothing_that_is_taken_can_be_read_as_an_address(text: str) -> None:
    """The C library reads far more spellings than people write; none may pass for a name."""
    with contextlib.suppress(EndpointUnreadable):
        found = endpoint_of(text)
        assert text.lower() in {found.host, str(found)}
        with pytest.raises(ValueError, match="not appear to be"):
            ipaddress.ip_address(found.host)
        with pytest.raises(OSError, match="illegal IP address"):
            socket.inet_aton(found.host)
