"""The portal and its reference on the same database, asked in turns so that both meet the same weather."""

import contextlib
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import load
import servers

CLIENTS = 8
# Requests before the clock runs: connections are opened, templates and plans are made.
WARMING = 10 * CLIENTS


def warming(requests: int) -> int:
    """Return how many requests come before so many that are measured: no more than these."""
    return min(WARMING, requests)


class NotAsMeant(Exception):
    """A server answered something else than what was to be measured."""


@dataclass(slots=True)
class Rates:
    """Answers a second of each round, and the seconds of each answer."""

    rounds: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 of 100 answers came."""
        return load.percentile(self.latencies, 95)

    def add(self, done: load.Load) -> None:
        """Count a round."""
        self.rounds.append(done.per_second)
        self.latencies += done.latencies


@contextlib.contextmanager
def sites(filled: servers.Scratch) -> Iterator[tuple[int, int]]:
    """Serve the portal and the reference on a database, and lend their ports."""
    servers.run_program([*servers.PYTHON, "bench/reference_site.py"], filled)
    with (
        servers.gunicorn("efficiency.wsgi", filled) as portal,
        servers.gunicorn("reference_site:application", filled) as reference,
    ):
        yield portal, reference


def compare(
    portal: Sequence[bytes], reference: Sequence[bytes], *, ports: tuple[int, int], rounds: int, expected: int
) -> tuple[Rates, Rates]:
    """
    Send the requests of both in so many rounds each, in turns; the portal has to answer with the status ``expected``.

    :raises NotAsMeant: an answer has another status
    """
    found = (Rates(), Rates())
    for number in range(rounds):
        for requests, port, status, rates in zip((portal, reference), ports, (expected, 200), found, strict=True):
            done = send(port, requests[number::rounds], expected=status)
            rates.add(done)
    return found


def send(port: int, requests: Sequence[bytes], *, expected: int, clients: int = CLIENTS) -> load.Load:
    """
    Send the requests by so many clients at once.

    :raises NotAsMeant: an answer has another status than ``expected``
    """
    done = load.run(port, requests, clients=clients)
    if set(done.statuses) != {expected}:
        raise NotAsMeant(f"Instead of {expected}: {dict(done.statuses)}")
    return done
