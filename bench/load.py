"""
Clients that send requests over HTTP/1.1 and measure how long each answer takes.

Requests are made before the clock runs, so that the same small loop drives the portal and its reference.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

TIMEOUT = 60.0
BOUNDARY = "----bench7MA4YWxkTrZu0gW"


class BadAnswer(Exception):
    """The server closed the connection in the middle of an answer, or sent what is no HTTP."""


@dataclass(slots=True)
class Load:
    """What a run of requests gave: seconds for all of them, seconds for each, and the answers in their order."""

    seconds: float
    latencies: list[float]
    answers: list["Answer"]

    @property
    def statuses(self) -> Counter[int]:
        """How many answers there were of each status."""
        return Counter(answer.status for answer in self.answers)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


@dataclass(slots=True)
class Answer:
    """One answer."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Connection:
    """One client's connection, opened anew when the server has closed it."""

    port: int
    link: socket.socket | None = field(default=None)

    def send(self, request: bytes) -> Answer:
        """
        Send one request and return its answer.

        :raises BadAnswer: the answer broke off
        """
        fresh = self.link is None
        if self.link is None:
            self.link = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.link.sendall(request)
            return self._receive()
        except (BadAnswer, ConnectionError):
            self.close()
            if fresh:
                raise
            # The server may close a connection that was kept open just when the next request leaves.
            return self.send(request)

    def close(self) -> None:
        """Close the connection."""
        if self.link is not None:
            self.link.close()
            self.link = None

    def _receive(self) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                cookies[cookie] = content
            headers[name.lower()] = value
        if headers.get("transfer-encoding") == "chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        else:
            while len(body) < int(headers.get("content-length", 0)):
                body += self._more()
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(status.split(" ")[1]), headers, cookies, body)

    def _more(self) -> bytes:
        assert self.link is not None
        data = self.link.recv(65536)
        if not data:
            raise BadAnswer
        return data


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of a GET request."""
    return _head("GET", path, headers or {}) + b"\r\n"


def post(path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of a POST request with a form, in the parts in which browsers send a form that takes files."""
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    body = f"{''.join(parts)}--{BOUNDARY}--\r\n".encode()
    own = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(len(body))}
    return _head("POST", path, {**own, **(headers or {})}) + b"\r\n" + body


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def percentile(seconds: Sequence[float], percent: int) -> float:
    """Return the time in milliseconds within which so many percent were answered."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def run(port: int, requests: Sequence[bytes], *, clients: int) -> Load:
    """
    Let so many clients send all requests at once, each the next one as soon as it has its answer.

    :raises BadAnswer: a server did not answer to the end
    """
    latencies = [0.0] * len(requests)
    answers: list[Answer | None] = [None] * len(requests)
    failures: list[BaseException] = []
    ready = threading.Barrier(clients + 1)

    def work(number: int) -> None:
        connection = Connection(port)
        ready.wait()
        try:
            for place in range(number, len(requests), clients):
                began = time.perf_counter()
                answers[place] = connection.send(requests[place])
                latencies[place] = time.perf_counter() - began
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    return Load(seconds, latencies, [answer for answer in answers if answer is not None])
