"""
Files of requests: cleaned copies, and proofs of identity that are kept sealed alone (docs/trust.md U-01 to U-08, P-01).
"""

import hashlib
import secrets

from disclosure.models import RequestFile
from disclosure.requests.enums import Purpose
from efficiency.access import cipher, rotating
from efficiency.access.cipher import CannotOpen
from efficiency.files import seal, store
from efficiency.files.clean import CleanFile
from efficiency.files.kept import KeptFiles

COPIES, PROOFS = "requests", "proofs"


class RequestFiles(KeptFiles[RequestFile]):
    """Of a proof of identity the original is kept, sealed, and nothing else: no copy that a handler could open."""

    def register(self) -> None:
        """Say which rows name the files of requests, and which of their fields are sealed."""
        super().register()
        store.register_keeper(self.kept, folder=PROOFS, name="sealed_name", sha256="sealed_sha256")
        rotating.register(RequestFile, seal.KEY_FIELD, "original_name", bound_by="seal_name", row_of=_row_named)

    def write(self, row: RequestFile, file: CleanFile) -> str:
        """Keep the copy, or of a proof the sealed original."""
        if row.purpose != Purpose.PROOF:
            return super().write(row, file)
        row.seal_name = secrets.token_hex(16)
        bound = _row_named(row.seal_name)
        original = seal.sealed(file.original, row=bound)
        row.sealed_name = store.write(original.content, PROOFS)
        row.sealed_sha256 = hashlib.sha256(original.content).digest()
        row.sealed_key = original.key
        row.original_name = cipher.encrypt(file.original_name, row=bound, field="original_name")
        return row.sealed_name

    def content_of(self, file: RequestFile) -> bytes:
        """Return what is kept of a file, opened where it is sealed."""
        return self.opened(file)[1] if file.sealed_name else super().content_of(file)

    def original_name(self, file: RequestFile) -> str:
        """
        Return the name that the applicant gave a proof, for an action that has the right to it and has written it down.

        :raises CannotOpen: no key of the portal opens it
        """
        return cipher.decrypt(file.original_name, row=_row_named(file.seal_name), field="original_name")

    def opened(self, file: RequestFile) -> tuple[str, bytes]:
        """
        Return the name and the content of a proof, for an action that has the right to it and has written that down.

        :raises FileUnavailable: the storage does not give it, or it does not open
        """
        bound = _row_named(file.seal_name)
        content = store.read(file.sealed_name, file.sealed_sha256)
        try:
            name = cipher.decrypt(file.original_name, row=bound, field="original_name")
            return name, seal.unsealed(content, file.sealed_key, row=bound)
        except CannotOpen as error:
            raise store.FileUnavailable from error


def _row_named(seal_name: str) -> str:
    return f"proof:{seal_name}"


files = RequestFiles(RequestFile, folder=COPIES, name="inforequest")
