"""Opens two sessions on one connection: the first signed, the second encrypted.

Arguments: the server's address, then user:password of each session.
"""

import sys
import uuid

from smbprotocol.connection import Connection, Dialects
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    FileAttributes,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    ShareAccess,
)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect


def read_file(session, share):
    """Reads one small file of the share in the session."""
    tree = TreeConnect(session, share)
    tree.connect()
    file = Open(tree, "tides.txt")
    file.create(
        ImpersonationLevel.Impersonation,
        FilePipePrinterAccessMask.GENERIC_READ,
        FileAttributes.FILE_ATTRIBUTE_NORMAL,
        ShareAccess.FILE_SHARE_READ,
        CreateDisposition.FILE_OPEN,
        CreateOptions.FILE_NON_DIRECTORY_FILE,
    )
    file.read(0, 32)
    file.close()
    tree.disconnect()


def main():
    server, *accounts = sys.argv[1:]
    connection = Connection(uuid.uuid4(), server, 445, require_signing=False)
    connection.connect(Dialects.SMB_3_1_1)
    sessions = []
    for account, encrypted in zip(accounts, (False, True)):
        user, password = account.split(":", 1)
        session = Session(
            connection, user, password, require_encryption=encrypted, auth_protocol="ntlm"
        )
        session.connect()
        sessions.append(session)
    # The sessions take turns, so that neither is a block of packets of its own.
    for session in sessions + sessions:
        read_file(session, rf"\\{server}\data")
    for session in sessions:
        session.disconnect()
    connection.disconnect()


if __name__ == "__main__":
    main()
