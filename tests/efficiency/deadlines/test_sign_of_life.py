"""A complete sweep is told outside, to whoever calls somebody where that stops coming (docs/trust.md W-03)."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from efficiency.deadlines import sign_of_life, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def watcher(settings):
    """A server that writes down what it is asked, and answers with ``status``."""

    class Handler(BaseHTTPRequestHandler):
        asked: list[str] = []
        status = 200

        def do_GET(self):
            self.asked.append(self.path)
            self.send_response(self.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.HEARTBEAT_URL = f"http://127.0.0.1:{server.server_port}/portal?key=1"
    yield Handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_W03_a_complete_sweep_is_told_and_no_redirect_followed(watcher):
    assert sweep.tick().is_complete
    assert watcher.asked == ["/portal?key=1"]
    watcher.status = 302
    assert not sign_of_life.send()
    assert watcher.asked == ["/portal?key=1"] * 2


def test_W03_nothing_is_told_of_a_sweep_that_stopped_and_nobody_waits_for_the_watcher(watcher, settings, monkeypatch):
    with monkeypatch.context() as stopped:
        stopped.setattr(sweep, "run", lambda **_given: sweep.SweepResult(is_complete=False))
        sweep.tick()
    assert watcher.asked == []
    for nowhere in ("http://127.0.0.1:1/", "https://[", ""):
        settings.HEARTBEAT_URL = nowhere
        assert not sign_of_life.send()
    assert sweep.tick().is_complete
