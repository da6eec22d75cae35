import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.http_get import UrlRefused, WayOut, address_of
from skillstrata.adapters.native_backend import NativeParts, native_backend
from skillstrata.adapters.network_hosts import outside_only
from skillstrata.adapters.network_proxy import Reach
from skillstrata.library import planted
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import UNBOUNDED, CallBounds, Caller, ToolCall, ToolResult
from tests.web_places import page, serving, serving_tls, way_to

HTML = "<html><head><title>A &amp; B\n c</title></head><body>ä</body></html>"


def _fetch(  # noqa: PLR0913 - every side of a fetch that a test may vary
    way: WayOut,
    url: str,
    *,
    allowed: tuple[str, ...] | None = None,
    timeout_s: float = 20.0,
    most: int = 100_000,
    cancel: threading.Event | None = None,
    bounds: CallBounds = UNBOUNDED,
) -> ToolResult:
    parts = NativeParts(planted=planted, sandbox=BubblewrapSandbox, allowed_hosts=allowed, way=way)
    given: JsonObject = {"url": url, "max_bytes": most}
    call = ToolCall("native/web_fetch", given, Caller("cli", "/"), timeout_s, bounds=bounds)
    return native_backend(parts).call(call, cancel or threading.Event())


def _kind(result: ToolResult) -> str:
    assert result.fault is not None, result.output
    return result.fault.type


def _one_page(_target: str, client: socket.socket) -> None:
    client.sendall(page(HTML.encode()))


@pytest.mark.parametrize(
    ("layers", "kind"),
    [
        ((("example.org",),), ""),
        ((("*.org",), ("example.org", "example.net")), ""),
        ((("example.org",), ("example.net",)), "denied"),
    ],
)
def test_a_host_is_among_those_of_every_layer_of_policy(layers: tuple[tuple[str, ...], ...], kind: str) -> None:
    """Each layer only takes away; the settings of the tool itself hold besides."""
    bounds = CallBounds(hosts=layers)
    with serving(_one_page) as web:
        result = _fetch(way_to(web), "http://example.org/", bounds=bounds)
        other = _fetch(way_to(web), "http://example.org/", bounds=bounds, allowed=("example.com",))

    assert ("" if result.fault is None else result.fault.type) == kind
    assert _kind(other) == "denied"


def test_a_page_comes_with_its_title() -> None:
    """And the request tells the host, and nothing of us but a name."""
    with serving(_one_page) as web:
        result = _fetch(way_to(web), "http://example.org/a b?q=ä".replace(" ", "%20"))

    assert result.output == {
        "url": "http://example.org/a%20b?q=%C3%A4",
        "status": 200,
        "content": HTML,
        "content_type": "text/html; charset=utf-8",
        "title": "A & B c",
    }
    request = web.came[0].decode().lower()
    assert request.startswith("get /a%20b?q=%c3%a4 http/1.1\r\n")
    assert "host: example.org\r\n" in request
    assert "cookie" not in request
    assert "authorization" not in request


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.5",
        "192.168.1.1",
        "172.16.9.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.1",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "168.63.129.16",
        "ff02::1",
    ],
)
def test_a_name_that_leads_inside_is_refused_at_the_moment_of_connecting(address: str) -> None:
    """The real rule, with a resolver that gives this address; one bad address among good ones is enough."""
    connected: list[str] = []

    def connect(to: str, _endpoint: object) -> socket.socket:
        connected.append(to)
        raise ConnectionRefusedError(111, "refused")

    for found in ((address,), ("93.184.216.34", address)):
        way = WayOut(Reach(resolve=lambda _host, _wait, f=found: f, refusal=outside_only, connect=connect))
        assert _kind(_fetch(way, "http://example.org/")) == "denied"
    assert connected == []
    public = WayOut(Reach(resolve=lambda _host, _wait: ("93.184.216.34",), refusal=lambda _a: "", connect=connect))
    assert _kind(_fetch(public, "http://example.org/")) == "transport"
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize("url", ["http://[::1]/", "http://127.0.0.1/", "http://[::ffff:7f00:1]:8080/"])
def test_an_address_in_the_url_is_judged_as_any_other(url: str) -> None:
    """With the way that the product uses."""
    assert _kind(_fetch(WayOut(), url)) == "denied"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "http://",
        "http://user:pw@example.org/",
        "http://example.org:22/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org\r\nX: y/",
        "http://-x.org/",
        "http://example.org\\@evil.org/",
        "http://[::1%25lo]/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    """Before anything is looked up."""
    with pytest.raises(UrlRefused):
        address_of(url)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("HTTPS://Example.ORG", "example.org", "/"),
        ("http://example.org.:8080/x#frag", "example.org", "/x"),
        ("http://bücher.example/ü?q=a b".replace(" ", "+"), "xn--bcher-kva.example", "/%C3%BC?q=a+b"),
    ],
)
def test_a_web_address_is_understood_in_one_way(url: str, host: str, target: str) -> None:
    """The twin."""
    assert (address_of(url).host, address_of(url).target) == (host, target)


def test_only_allowed_hosts_are_asked() -> None:
    """Names, or a pattern; an empty list allows none."""
    with serving(_one_page) as web:
        way = way_to(web)
        kinds = [
            _fetch(way, "http://docs.example.org/", allowed=allowed).ok
            for allowed in (None, ("docs.example.org",), ("*.example.org",), ("example.org",), ())
        ]

    assert kinds == [True, True, True, False, False]
    assert len(web.came) == 3


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/there", ""),
        ("http://example.org/there", ""),
        ("http://evil.example/", "tool_error"),
        ("http://127.0.0.1/", "tool_error"),
        ("http://example.org:8081/", "tool_error"),
        ("file:///etc/passwd", "denied"),
        ("http://[::1", "tool_error"),
        ("//[x]/there", "tool_error"),
        ("/again", "tool_error"),
    ],
)
def test_redirects_stay_on_their_host(location: str, kind: str) -> None:
    """At most three; another host is named, not asked."""

    def serve(target: str, client: socket.socket) -> None:
        if target == "/there":
            client.sendall(page(b"found", kind="text/plain"))
        else:
            to = f"{target}x" if location == "/again" else location
            client.sendall(page(b"", status="302 Found", more=f"Location: {to}\r\n"))

    with serving(serve) as web:
        result = _fetch(way_to(web), "http://example.org/start")

    assert (result.fault.type if result.fault else "") == kind
    assert len(web.came) == (4 if location == "/again" else 1 if kind else 2)


def test_a_redirect_to_https_is_followed() -> None:
    """It stays on its host and is safer; here nobody speaks TLS behind it."""
    with serving(
        lambda _t, c: c.sendall(page(b"", status="301 Moved", more="Location: https://example.org/\r\n"))
    ) as web:
        result = _fetch(way_to(web), "http://example.org/", timeout_s=5.0)

    assert _kind(result) == "transport"
    assert "example.org" in result.content


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (page(b"x" * 5_000, kind="text/plain"), "limit"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"x" * 5_000, "limit"),
        (page(b"\x89PNG", kind="image/png"), "tool_error"),
        (page(b"gone", kind="text/plain", status="404 Not Found"), "tool_error"),
        (page(b"\x1f\x8b", kind="text/plain", more="Content-Encoding: gzip\r\n"), "tool_error"),
        (b"SSH-2.0-OpenSSH\r\n", "transport"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "transport"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "transport"),
        (b"", "transport"),
        (page(b"\xe4", kind="text/plain; charset=latin-1"), ""),
        (page(b"{}", kind="application/json"), ""),
        (page(b"x", kind="text/plain; charset=nonsense"), ""),
    ],
)
def test_an_answer_is_taken_only_as_a_bounded_text(answer: bytes, kind: str) -> None:
    """Whatever a server sends."""
    with serving(lambda _target, client: client.sendall(answer)) as web:
        result = _fetch(way_to(web), "http://example.org/", most=1_000)

    assert (result.fault.type if result.fault else "") == kind


@pytest.mark.parametrize(
    ("charset", "body", "content"),
    [
        ("unicode_escape", b"\\x41", "\\x41"),
        ("punycode", b"a-b", "a-b"),
        ("idna", b"a" * 70, "a" * 70),
        ("undefined", b"a", "a"),
        ("utf-7", b"+AEE-", "+AEE-"),
        ("raw_unicode_escape", b"\\u0041", "\\u0041"),
        ("charmap", b"a", "a"),
        ("utf-8", b"\xff", "\ufffd"),
        ("Windows-1252", b"\x80", "\u20ac"),
        ("iso-8859-15", b"\xa4", "\u20ac"),
        ("Shift_JIS", b"\x83\x65", "\u30c6"),
        ("euc-kr", b"\xb0\xa1", "\uac00"),
        ("big5", b"\xa4\xa4", "\u4e2d"),
        ("gb18030", b"\xd6\xd0", "\u4e2d"),
        ("utf-16le", b"a\0", "a"),
    ],
)
def test_a_text_is_read_by_character_sets_alone(charset: str, body: bytes, content: str) -> None:
    """A codec that a server names could raise, take long, or make other text of what was looked at."""
    with serving(lambda _target, client: client.sendall(page(body, kind=f"text/plain; charset={charset}"))) as web:
        result = _fetch(way_to(web), "http://example.org/")

    assert isinstance(result.output, dict), result.fault
    assert result.output["content"] == content


def test_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is that of the whole call, not of one read; cancelling ends it at once."""
    stop = threading.Event()

    def drips(_target: str, client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not stop.wait(0.05):
            client.sendall(b"x")

    cancel = threading.Event()
    timer = threading.Timer(0.5, cancel.set)
    with serving(drips) as web:
        began = time.monotonic()
        late = _fetch(way_to(web), "http://example.org/", timeout_s=1.0)
        timer.start()
        cancelled = _fetch(way_to(web), "http://example.org/", timeout_s=60.0, cancel=cancel)
        stop.set()
    timer.join()

    assert (_kind(late), _kind(cancelled)) == ("timeout", "cancelled")
    assert time.monotonic() - began < 30


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for example.org that nobody vouches for, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: TLS is not tried")
    folder = tmp_path_factory.mktemp("tls")
    made = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=example.org",
        "-addext",
        "subjectAltName=DNS:example.org",
        "-keyout",
        str(folder / "key"),
        "-out",
        str(folder / "crt"),
    ]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    return str(folder / "crt"), str(folder / "key")


@pytest.mark.parametrize(
    ("host", "believed", "kind"),
    [("example.org", True, ""), ("example.org", False, "transport"), ("other.org", True, "transport")],
)
def test_https_is_spoken_with_whom_the_certificate_names(
    certificate: tuple[str, str], host: str, believed: bool, kind: str
) -> None:
    """By the name in the URL, although the address was connected to."""
    with serving_tls(_one_page, *certificate) as web:
        trusted = ssl.create_default_context(cafile=certificate[0] if believed else None)
        way = WayOut(way_to(web).reach, lambda: trusted)
        result = _fetch(way, f"https://{host}/")

    assert (result.fault.type if result.fault else "") == kind
    assert len(web.came) == (0 if kind else 1)
