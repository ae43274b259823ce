"""Fetching from the web: where nothing is fetched from, whatever a name, a redirect or a second lookup says.

Fault 25. Servers of these tests are on loopback addresses, which the product never reaches: each test that
needs one makes a reach of its own. There is no setting for it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from services import settings
from services.net import web
from services.net.addresses import Reach, is_public
from services.net.web import Web, WebRefused
from services.retrieval.about import About
from services.retrieval.captions import Row
from services.retrieval.web_pictures import read_web, web_file
from tests.web_server import Page, WebServer, web_server

HERE, SECRET = "127.0.0.1", "127.0.0.2"
MB = 2**20


@pytest.fixture
def servers() -> Iterator[tuple[WebServer, WebServer]]:
    """One that may be reached, and one that must not be: on the same port, as behind a name that changes."""
    with web_server({"/a.png": Page(b"picture")}, HERE) as open_one:
        port = int(open_one.url.rsplit(":", 1)[1])
        with web_server({"/a.png": Page(b"secret")}, SECRET, port) as secret:
            yield open_one, secret


def reach() -> Reach:
    return Reach(allows=lambda address: str(address) == HERE, ports=None)


# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1",
        "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_that_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.png", "http://localhost/a.png", "http://[::1]/a.png", "http://0/a.png",
        "http://2130706433/a.png", "http://0x7f.1/a.png", "http://127.1/a.png", "http://[::ffff:7f00:1]/a.png",
        "http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/a.png", "http://[fe80::1]/a.png",
        "file:///etc/passwd", "FILE:///etc/passwd", "ftp://example.com/a.png", "gopher://example.com/",
        "data:image/png;base64,AAAA", "http://user:key@example.com/a.png", "http://example.com:22/a.png",
        "http://example.com:6379/", "http://", "http://exa mple.com/", "//example.com/a.png", "http:///a.png",
    ],
)  # fmt: skip
def test_the_product_connects_to_none_of_these(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(WebRefused, match=r"public internet|cannot be fetched|could not be reached"):
        Web().get(url, MB)


def test_a_server_on_this_machine_is_out_of_the_products_reach() -> None:
    with web_server({"/a.png": Page(b"picture")}) as server:
        public = Reach(ports=None)  # were every port allowed, the address would still stop it
        with pytest.raises(WebRefused, match="public internet"):
            Web(public).get(f"{server.url}/a.png", MB)
        assert server.asked == []


def test_nothing_but_code_widens_the_reach() -> None:
    """No setting names an address, and what the product uses is fixed."""
    assert web.public_web()._reach is web.PUBLIC
    assert not [name for name in settings.Settings.model_fields if "reach" in name or "loopback" in name]


def names(monkeypatch: pytest.MonkeyPatch, **answers: list[list[str]]) -> list[str]:
    """Look names up here: per name the addresses of its first, second ... lookup. What was looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        key = str(host).partition(".")[0]
        if key not in answers:
            return real(host, port, *rest, **options)
        turn = min(asked.count(key), len(answers[key]) - 1)
        asked.append(key)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in answers[key][turn]]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def test_a_name_that_answers_otherwise_a_moment_later_changes_nothing(
    servers: tuple[WebServer, WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the check would pass, a second lookup for the connection would lead inside."""
    open_one, secret = servers
    asked = names(monkeypatch, pictures=[[HERE], [SECRET]])
    port = open_one.url.rsplit(":", 1)[1]
    answer = Web(reach()).get(f"http://pictures.example:{port}/a.png", MB)
    assert (answer.body, asked, secret.asked) == (b"picture", ["pictures"], [])
    assert open_one.asked[0][1]["host"] == f"pictures.example:{port}"


def test_each_address_of_a_name_is_checked(
    servers: tuple[WebServer, WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, pictures=[[HERE, SECRET]])
    port = servers[0].url.rsplit(":", 1)[1]
    with pytest.raises(WebRefused, match="public internet"):
        Web(reach()).get(f"http://pictures.example:{port}/a.png", MB)
    assert servers[0].asked == servers[1].asked == []


# --- redirects ---------------------------------------------------------------------------------


def test_a_redirect_inside_is_stopped_at_the_connection(servers: tuple[WebServer, WebServer]) -> None:
    open_one, secret = servers
    open_one.pages["/moved"] = Page(status=302, headers={"Location": f"{secret.url}/a.png"})
    open_one.pages["/file"] = Page(status=301, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(WebRefused, match="public internet"):
        Web(reach()).get(f"{open_one.url}/moved", MB)
    with pytest.raises(WebRefused, match="cannot be fetched"):
        Web(reach()).get(f"{open_one.url}/file", MB)
    assert secret.asked == []


def test_redirects_are_followed_to_their_end_and_not_for_ever(servers: tuple[WebServer, WebServer]) -> None:
    server = servers[0]
    for step in range(9):
        server.pages[f"/{step}"] = Page(status=307, headers={"Location": f"/{step + 1}"})
    server.pages["/5"] = Page(b"there")
    assert Web(reach()).get(f"{server.url}/0", MB).body == b"there"
    server.pages["/5"] = Page(status=308, headers={"Location": "/6"})
    with pytest.raises(WebRefused, match="without end"):
        Web(reach()).get(f"{server.url}/0", MB)


def test_a_key_is_not_told_to_whom_a_redirect_leads(servers: tuple[WebServer, WebServer]) -> None:
    server = servers[0]
    server.pages["/api"] = Page(status=302, headers={"Location": "/a.png"})
    Web(reach()).get(f"{server.url}/api", MB, {"Authorization": "Client-ID secret"})
    assert [("authorization" in headers) for _, headers in server.asked] == [True, False]


# --- what comes back ---------------------------------------------------------------------------


def test_more_than_is_allowed_is_not_read(servers: tuple[WebServer, WebServer]) -> None:
    server = servers[0]
    server.pages["/flood"] = Page(b"x" * 65_536, endless=True)
    server.pages["/large"] = Page(b"x" * (3 * MB))
    for path in ("/flood", "/large"):
        with pytest.raises(WebRefused, match="larger than 2 MB"):
            Web(reach()).get(f"{server.url}{path}", 2 * MB)
    assert server.sent < 12 * MB  # what lies in the buffers between


def test_packed_answers_and_silent_servers_are_refused(
    servers: tuple[WebServer, WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = servers[0]
    server.pages["/packed"] = Page(b"x", headers={"Content-Encoding": "gzip"})
    with pytest.raises(WebRefused, match="form that is not read"):
        Web(reach()).get(f"{server.url}/packed", MB)
    assert server.asked[-1][1]["accept-encoding"] == "identity"
    server.pages["/flood"] = Page(b"x", endless=True)
    monkeypatch.setattr(web, "WHOLE_SECONDS", 0.05)
    with pytest.raises(WebRefused, match="in time"):
        Web(reach()).get(f"{server.url}/flood", 2**40)
    closed = socket.create_server((HERE, 0))
    port = closed.getsockname()[1]
    closed.close()
    with pytest.raises(WebRefused, match="could not be reached"):
        Web(reach()).get(f"http://{HERE}:{port}/", MB)


def test_a_query_that_may_be_a_key_is_not_shown() -> None:
    with pytest.raises(WebRefused) as caught:
        Web().get("http://127.0.0.1/a.png?token=hush", MB)
    assert "hush" not in str(caught.value)


def test_a_missing_picture_is_refused_in_words(
    servers: tuple[WebServer, WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "public_web", lambda: Web(reach()))
    from services.errors import ImageRejected

    with pytest.raises(ImageRejected, match="answered with 404"):
        read_web(f"{servers[0].url}/none.png")
    file = web_file(Row(2, f"{servers[0].url}/a.png?size=9", About("words")))
    assert (file.name, file.about.caption, file.read()) == ("a.png", "words", b"picture")
    assert file.about.source_url == file.address == f"{servers[0].url}/a.png?size=9"


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    """A name in an address is shown, never a path."""
    file = web_file(Row(2, "https://example.com/../../etc/..%2f..%2fpasswd%00.png", About()))
    assert file.name == "passwd.png"
    assert list(tmp_path.iterdir()) == []
