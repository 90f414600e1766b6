"""Fetched once, whole, and the right one."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from motion_transfer.download import cached_download
from motion_transfer.errors import CheckpointError

CONTENT = bytes(range(256)) * 9000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "motion-transfer"


@pytest.fixture
def server():
    """A web server with one file; `.asked` is what was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            running.asked.append(self.path)
            if self.path == "/missing.pth":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[: len(CONTENT) // 2 if self.path == "/broken.pth" else None])

        def log_message(self, *arguments):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.asked = []
    running.url = f"http://127.0.0.1:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def refused(url, match, sha256=DIGEST[:8]):
    with pytest.raises(CheckpointError, match=match) as refusal:
        cached_download(url, sha256=sha256)
    assert url in str(refusal.value)


def test_a_file_is_fetched_once_and_then_comes_from_the_cache(server, cache):
    told = []
    for _ in range(2):
        path = cached_download(f"{server.url}/net.pth", sha256=DIGEST[:8], progress=lambda *words: told.append(words))
        assert path == cache / "net.pth"
        assert path.read_bytes() == CONTENT
    assert server.asked == ["/net.pth"]
    assert told[-1] == ("downloading pth", len(CONTENT), len(CONTENT))


def test_a_local_file_has_an_address_too(tmp_path):
    (tmp_path / "net.pth").write_bytes(CONTENT)
    assert cached_download((tmp_path / "net.pth").as_uri(), sha256=DIGEST).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "sha256", "says"),
    [
        ("net.pth", "00000000", f"has the SHA-256 {DIGEST}; expected 00000000"),
        ("missing.pth", DIGEST, "HTTP Error 404"),
        ("broken.pth", DIGEST, f"of {len(CONTENT)} bytes came|IncompleteRead"),
    ],
)
def test_nothing_is_kept_of_what_is_wrong_missing_or_broken_off(server, cache, name, sha256, says):
    refused(f"{server.url}/{name}", says, sha256)
    assert list(cache.iterdir()) == []


def test_without_a_network_there_is_one_sentence(server):
    url = f"{server.url}/net.pth"
    server.shutdown()
    server.server_close()
    refused(url, "cannot be downloaded to")


def test_a_cache_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    refused(f"{server.url}/net.pth", f"cannot be downloaded to {tmp_path / 'cache'}")
