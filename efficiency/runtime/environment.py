"""
What the environment leaves open (docs/operate.md).

Without an address the portal runs its own PostgreSQL and Redis and makes its own secrets. They lie in ``PORTAL_DATA``,
mode 0600, so that a command in a second terminal finds the same servers and keys (docs/trust.md C-02). What is given
from outside always wins: with ``DATABASE_URL`` set nothing of this file is read but the address of Redis.

Imported by the settings before anything else, so it knows nothing of Django.
"""

import base64
import os
import secrets
import socket
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

FILE = "portal.env"
OWNER = "portal_owner"
RUNTIME = "portal"
ADMIN = "portal_admin"
DATABASE = "portal"
# Secrets that may be handed over in a file, whose name stands in NAME_FILE.
FROM_FILES = ("SECRET_KEY", "CODE_KEY", "FIELD_KEYS", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "BACKUP_KEY")


def load() -> None:
    """Fill ``os.environ`` where it is silent; called by the settings."""
    for name in FROM_FILES:
        if name not in os.environ and (path := os.environ.get(f"{name}_FILE")):
            os.environ[name] = Path(path).read_text(encoding="utf-8").strip()
    if "DATABASE_URL" not in os.environ:
        for name, value in own_environment().items():
            os.environ.setdefault(name, value)
    if sys.argv[1:2] == ["migrate"] and (owner := os.environ.get("DATABASE_OWNER_URL")):
        # Only the owner of the tables can change them; the rights go to the role that runs the portal.
        os.environ.setdefault("DATABASE_RUNTIME_ROLE", urlsplit(os.environ["DATABASE_URL"]).username or "")
        os.environ["DATABASE_URL"] = owner


def data_folder() -> Path:
    """Return the folder where the portal keeps what is its own; ``var/`` in the checkout by default."""
    return Path(os.environ.get("PORTAL_DATA") or Path(__file__).resolve().parents[2] / "var").resolve()


def own_environment() -> dict[str, str]:
    """Return the settings of the portal's own servers, with secrets and ports made on the first call and kept."""
    path = data_folder() / FILE
    kept = read(path)
    if not kept:
        kept = _new()
        write(path, kept)
    return as_settings(kept)


def as_settings(kept: dict[str, str]) -> dict[str, str]:
    """Return the names that the settings read, made from what the file keeps."""
    found = {
        "PORTAL_DEMONSTRATION": "1",
        "SECRET_KEY": kept["SECRET_KEY"],
        "CODE_KEY": kept["CODE_KEY"],
        "FIELD_KEYS": kept["FIELD_KEYS"],
        "DATABASE_URL": _address(kept, RUNTIME),
        "DATABASE_OWNER_URL": _address(kept, OWNER),
    }
    if kept.get("REDIS_PORT"):
        found["REDIS_URL"] = f"redis://:{kept['REDIS_PASSWORD']}@127.0.0.1:{kept['REDIS_PORT']}/0"
    return found


def _address(kept: dict[str, str], role: str) -> str:
    password = quote(kept[f"PASSWORD_{role.upper()}"])
    return f"postgres://{role}:{password}@127.0.0.1:{kept['POSTGRES_PORT']}/{DATABASE}"


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


def read(path: Path) -> dict[str, str]:
    """Return the names and values of a file; empty where there is none, or where it was cut off while written."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write(path: Path, values: dict[str, str]) -> None:
    """Write names and values, readable for this user alone; whole or not at all, also when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("# Secrets and ports of this portal. Made by itself; keep it, and keep it to yourself.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def update(path: Path, **changes: str) -> dict[str, str]:
    """Change some values of the file and return all of them."""
    values = {**read(path), **changes}
    write(path, values)
    return values


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
