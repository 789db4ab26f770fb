"""A real IMAP server of a test run: Dovecot, on a free port of this machine, with a certificate of its own."""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.dovecot import dovecot

USER, PASSWORD = "tousu@example.gov.cn", "geheim/?#"
START_SECONDS = 20.0

CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = yes
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 0
first_valid_gid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service imap {{
  chroot =
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    """A running server with one empty mailbox."""

    folder: Path
    port: int
    process: subprocess.Popen

    @property
    def address(self) -> str:
        """Return the address of the mailbox, as the settings name it."""
        return f"imaps://{quote(USER)}:{quote(PASSWORD, safe='')}@localhost:{self.port}/INBOX"

    @property
    def ca(self) -> str:
        """Return the file with the certificate."""
        return str(self.folder / "cert.pem")

    def connect(self) -> imaplib.IMAP4_SSL:
        """Log in as whoever puts letters there."""
        context = ssl.create_default_context(cafile=self.ca)
        server = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=10)
        server.login(USER, PASSWORD)
        return server

    def deliver(self, *letters: bytes) -> None:
        """Put letters into the mailbox."""
        server = self.connect()
        for content in letters:
            assert server.append("INBOX", None, None, content)[0] == "OK"
        server.logout()

    def flag_first(self, flags: str) -> None:
        """Give the first letter these flags and no others, as another program would."""
        server = self.connect()
        server.select("INBOX")
        assert server.store("1", "FLAGS", flags)[0] == "OK"
        server.logout()

    def count(self, folder: str = "INBOX") -> int:
        """Return how many letters lie in a folder; -1 where there is none."""
        server = self.connect()
        status, said = server.select(folder, readonly=True)
        server.logout()
        return int(said[0]) if status == "OK" else -1

    def clear(self) -> None:
        """Empty the mailbox, and give it a new UIDVALIDITY."""
        shutil.rmtree(self.folder / "mail", ignore_errors=True)

    def stop(self) -> None:
        """End the server."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def start(folder: Path) -> Dovecot:
    """Start a server in ``folder``; whoever calls stops it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("run", "state", "mail"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    make_certificate(folder)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    # It refuses to be root altogether; its package brings a user for it.
    person = pwd.getpwnam("dovecot") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    group = grp.getgrgid(person.pw_gid).gr_name
    names = {"user": person.pw_name, "group": group, "uid": person.pw_uid, "gid": person.pw_gid}
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, port=port, **names))
    as_person: dict = {}
    if os.getuid() == 0:
        as_person = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        for path in (folder, *folder.rglob("*")):
            os.chown(path, person.pw_uid, person.pw_gid)
    program = dovecot()
    assert program is not None
    command = [program, "-F", "-c", str(folder / "dovecot.conf")]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_person
    )
    server = Dovecot(folder, port, process)
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            server.connect().logout()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                server.stop()
                log = folder / "log"
                raise RuntimeError(log.read_text() if log.exists() else "Dovecot did not start") from None
            time.sleep(0.05)
        else:
            return server


def make_certificate(folder: Path, host: str = "localhost") -> None:
    """Write a key and a certificate that it signed itself, for ``host``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
