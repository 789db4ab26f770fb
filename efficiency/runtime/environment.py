"""
What the environment leaves open (docs/operate.md).

Without an address the portal runs its own PostgreSQL and Redis and makes its own secrets. They lie in ``PORTAL_DATA``,
mode 0600, so that a command in a second terminal finds the same servers and keys (docs/trust.md C-02). What is given
from outside always wins; a portal that is given its database finds nothing here, unless it is a demonstration.

Imported by the settings before anything else, so it knows nothing of Django.
"""

import base64
import hashlib
import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

FILE = "portal.env"
OWNER = "portal_owner"
RUNTIME = "portal"
ADMIN = "portal_admin"
DATABASE = "portal"
KEYS = ("SECRET_KEY", "CODE_KEY", "FIELD_KEYS")
# Secrets that may be handed over in a file, whose name stands in NAME_FILE.
FROM_FILES = (*KEYS, "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BACKUP_KEY", "SMS_TOKEN")
# The database of others that a demonstration runs on, as a fingerprint: the address holds a password.
DEMONSTRATES = "DEMONSTRATES"


def load() -> None:
    """
    Fill ``os.environ`` where it is silent; called by the settings.

    :raises SystemExit: the data folder cannot be read or written, with a line that says what to do
    """
    for name in FROM_FILES:
        if name not in os.environ and (path := os.environ.get(f"{name}_FILE")):
            os.environ[name] = Path(path).read_text(encoding="utf-8").strip()
    database = os.environ.get("DATABASE_URL", "")
    if sys.argv[1:2] == ["portal"] and "--demo" in sys.argv:
        os.environ.setdefault("PORTAL_DEMONSTRATION", "1")
    if database and not os.environ.get("PORTAL_DEMONSTRATION") and not _demonstrates(database):
        return  # a city's portal: everything comes from its environment
    if database and all(name in os.environ for name in KEYS):
        return
    try:
        found = own_environment()
    except OSError as error:
        raise SystemExit(
            f"The folder {data_folder()} cannot be used: {error.strerror}. Set PORTAL_DATA to a folder of your own, or "
            "DATABASE_URL and the keys to those of your portal."
        ) from error
    if database:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            found.pop(name, None)
    for name, value in found.items():
        os.environ.setdefault(name, value)
    if not database:  # set, but empty
        os.environ["DATABASE_URL"] = found["DATABASE_URL"]


def data_folder() -> Path:
    """Return the folder where the portal keeps what is its own; ``var/`` in the checkout by default."""
    return Path(os.environ.get("PORTAL_DATA") or Path(__file__).resolve().parents[2] / "var").resolve()


def own_environment() -> dict[str, str]:
    """Return the settings of the portal's own servers, with secrets and ports made on the first call and kept."""
    return as_settings(kept(data_folder()))


def kept(folder: Path) -> dict[str, str]:
    """Return what the folder's file holds; the first who asks makes it, and all who ask at once get the same."""
    path = folder / FILE
    values = read(path)
    if not values:
        write(path, _new(), only_if_missing=True)
        values = read(path)
    return values


def as_settings(values: dict[str, str]) -> dict[str, str]:
    """Return the names that the settings read, made from what the file keeps."""
    found = {
        "PORTAL_DEMONSTRATION": "1",
        **{name: values[name] for name in KEYS},
        "DATABASE_URL": address(values, RUNTIME),
        "DATABASE_OWNER_URL": address(values, OWNER),
    }
    if values.get("REDIS_PORT"):
        found["REDIS_URL"] = f"redis://:{values['REDIS_PASSWORD']}@127.0.0.1:{values['REDIS_PORT']}/0"
    return found


def address(values: dict[str, str], role: str) -> str:
    """Return the address of the portal's own database for one of its roles."""
    password = quote(values[f"PASSWORD_{role.upper()}"])
    return f"postgres://{role}:{password}@127.0.0.1:{values['POSTGRES_PORT']}/{DATABASE}"


def remember_demonstration(database: str) -> None:
    """Note that the demonstration runs on a database of others, so that a second terminal finds its keys."""
    update(data_folder() / FILE, **{DEMONSTRATES: _fingerprint(database)})


def explain_silence() -> str | None:
    """Return what to tell somebody whose command found no database, if it is the portal's own that does not run."""
    values = read(data_folder() / FILE)
    if not values or os.environ.get("DATABASE_URL") != address(values, RUNTIME):
        return None
    if not is_free(int(values["POSTGRES_PORT"])):
        return None
    return (
        f"The portal of {data_folder()} is not running, and its database with it. Start it in another terminal with "
        "`make demo` or `python manage.py portal`, or set DATABASE_URL to a database that runs."
    )


def _demonstrates(database: str) -> bool:
    try:
        return read(data_folder() / FILE).get(DEMONSTRATES) == _fingerprint(database)
    except OSError:
        return False


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _new() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "CODE_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        **{f"PASSWORD_{role.upper()}": secrets.token_urlsafe(24) for role in (ADMIN, OWNER, RUNTIME)},
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_PORT": str(free_port()),
        "REDIS_PORT": str(free_port()),
    }


def broker(redis_url: str) -> tuple[str, dict[str, Any]]:
    """Return the address and the transport options of the broker; without Redis, nudges pass through files."""
    if redis_url:
        waits = {"socket_timeout": 5, "socket_connect_timeout": 2, "socket_keepalive": True}
        return redis_url, {"visibility_timeout": 3600, **waits}
    queue = data_folder() / "queue"
    return "filesystem://", {
        "data_folder_in": str(queue / "nudges"),
        "data_folder_out": str(queue / "nudges"),
        "control_folder": str(queue / "control"),
        "store_processed": False,
    }


def files_folder(storage_url: str) -> Path:
    """
    Return the folder of the files that citizens send: the one that ``file:///…`` names, else one beside the data.

    :raises ValueError: the address is none of a folder
    """
    if not storage_url:
        return data_folder() / "files"
    parts = urlsplit(storage_url)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/") or parts.path == "/":
        raise ValueError(
            "STORAGE_URL names a folder, as in file:///srv/portal-files; other storages are not supported."
        )
    return Path(unquote(parts.path))


# --- The file ------------------------------------------------------------------------------------------------------


def read(path: Path) -> dict[str, str]:
    """Return the names and values of a file; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write(path: Path, values: dict[str, str], *, only_if_missing: bool = False) -> None:
    """Write names and values, readable for this user alone; whole or not at all, also when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("# Secrets and ports of this portal. Made by itself; keep it, and keep it to yourself.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    if not only_if_missing:
        partial.replace(path)
        return
    try:
        os.link(partial, path)
    except FileExistsError:
        pass  # somebody was quicker; what they wrote counts
    finally:
        partial.unlink()


def update(path: Path, **changes: str) -> dict[str, str]:
    """Change some values of the file and return all of them."""
    values = {**kept(path.parent), **changes}
    write(path, values)
    return values


# --- Ports ---------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """Return a port on this machine that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
