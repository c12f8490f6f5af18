"""What people write: persons, programs, members, tokens and comments; and the erasure of a person."""

from plimsoll.people.services.erasing import Erased, erase_person
from plimsoll.people.services.records import (
    LONGEST_KEY,
    MAX_TOKEN_DAYS,
    issue_token,
    join,
    keep_reply,
    kept_reply,
    note_token_use,
    open_program,
    prepare_account,
    record_credential,
    record_joining,
    remove_program,
    revoke_token,
    save_view,
    set_first_password,
    set_roles,
    write_comment,
)

__all__ = [
    "LONGEST_KEY",
    "MAX_TOKEN_DAYS",
    "Erased",
    "erase_person",
    "issue_token",
    "join",
    "keep_reply",
    "kept_reply",
    "note_token_use",
    "open_program",
    "prepare_account",
    "record_credential",
    "record_joining",
    "remove_program",
    "revoke_token",
    "save_view",
    "set_first_password",
    "set_roles",
    "write_comment",
]
