"""Every error of the project, in one tree: what went wrong, its code, its exit status, the next step.

``exit_code`` goes by family, in tens: 2x store, 3x format, 4x unlock, 5x credential, 6x host,
7x exchange. 125 to 127 are those of ``vault run``, as for ``env`` and ``nohup``. Codes are stable.
"""

from __future__ import annotations


class VaultError(Exception):
    """Anything the project refuses or fails at; the message is one sentence without a secret.

    Attributes:
        code: a stable word for programs.
        exit_code: the status the command line ends with.
        hint: the next step, or an empty text.
    """

    code = "error"
    exit_code = 1
    hint = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class Cancelled(VaultError):
    """The person said no, left at a question, or pressed Ctrl-C."""

    code = "cancelled"
    exit_code = 130


class Bug(VaultError):
    """A fault of this program, and not one that it foresaw."""

    code = "bug"
    exit_code = 70  # EX_SOFTWARE, sysexits.h
    hint = "please report it; VAULT_DEBUG=1 shows where"


class Usage(VaultError):
    """The command line says something that is not understood."""

    code = "usage"
    exit_code = 2


# --- 2x: the file and its place -------------------------------------------------------------------


class StoreError(VaultError):
    """The file system refused, or gave other bytes back than were written."""

    code = "store"
    exit_code = 20


class VaultNotFound(StoreError):
    """There is no file at that path."""

    code = "vault-not-found"
    exit_code = 21
    hint = "create a vault: vault init; or name another file: --file PATH or VAULT_FILE"


class VaultExists(StoreError):
    """A file stands where a vault was to be created."""

    code = "vault-exists"
    exit_code = 22
    hint = "a vault is never replaced: name another file with --file, or move this one away"


class VaultChanged(StoreError):
    """The file is not the one that was read: somebody else saved in between."""

    code = "vault-changed"
    exit_code = 23
    hint = "nothing was written; try again"


class VaultBusy(StoreError):
    """Another process holds the lock."""

    code = "vault-busy"
    exit_code = 24
    hint = "another vault command is at work on this file; try again when it has ended"


class InsecureFile(StoreError):
    """The file or its folder belongs to, or can be written or read by, somebody else."""

    code = "insecure-file"
    exit_code = 25


class NotDurable(StoreError):
    """Written and in place, but the disk did not confirm it."""

    code = "not-durable"
    exit_code = 26
    hint = "the new vault stands, but may not outlive a power cut: check the disk, then save again"


class OlderThanSeen(StoreError):
    """A genuine version of the vault that does not descend from the one seen last on this machine."""

    code = "older-than-seen"
    exit_code = 27
    hint = "see what differs: vault merge --dry-run; join them: vault merge; or use this one: --accept-older"


class JournalError(StoreError):
    """The usage journal beside the vault cannot be read or written."""

    code = "journal"
    exit_code = 28


class RestoreRefused(StoreError):
    """A copy would replace something newer, or something else, or differs where nobody has decided."""

    code = "restore-refused"
    exit_code = 29


# --- 3x: the bytes of the file --------------------------------------------------------------------


class FormatError(VaultError):
    """The bytes are not a vault that can be read."""

    code = "format"
    exit_code = 30


class NotAVault(FormatError):
    """The file is of another kind."""

    code = "not-a-vault"
    exit_code = 31
    hint = "check the path: --file PATH or VAULT_FILE"


class Unsupported(FormatError):
    """Made by a newer version, or with a part that this version does not know."""

    code = "unsupported"
    exit_code = 32
    hint = "update coldvault"


class Malformed(FormatError):
    """No writer of this format makes such bytes."""

    code = "malformed"
    exit_code = 33
    hint = "restore a backup; the previous version may stand beside it, with .bak at its end"


class Damaged(FormatError):
    """Bytes are missing or changed; no key is needed to see it."""

    code = "damaged"
    exit_code = 34
    hint = "restore a backup; the previous version may stand beside it, with .bak at its end"


class CostRefused(FormatError):
    """The cost of the key derivation is out of bounds; nothing was derived."""

    code = "cost-refused"
    exit_code = 35


class Tampered(FormatError):
    """The password was right, and the contents are not what was sealed with it."""

    code = "tampered"
    exit_code = 36
    hint = "the file was changed on purpose or by a faulty disk: restore a backup, and replace the keys"


# --- 4x: unlocking --------------------------------------------------------------------------------


class UnlockError(VaultError):
    """The vault cannot be opened."""

    code = "unlock"
    exit_code = 40


class WrongPassword(UnlockError):
    """No slot opens with this password."""

    code = "wrong-password"
    exit_code = 41
    hint = "check the keyboard layout and Caps Lock; a recovery key is taken in its place"


class NoPassword(UnlockError):
    """There is no terminal to ask at, and no other source of the password."""

    code = "no-password"
    exit_code = 42
    hint = "give one of: --password-file FILE, --password-fd N, VAULT_PASSWORD_FILE; or use a terminal"


class PasswordRefused(UnlockError):
    """Not a password that a vault can have."""

    code = "password-refused"
    exit_code = 43


class WrongKey(UnlockError):
    """No slot opens with this recovery key."""

    code = "wrong-key"
    exit_code = 44
    hint = "it may belong to another vault, or its slot was removed"


class NotEnoughMemory(UnlockError):
    """The key derivation needs more memory than is free."""

    code = "not-enough-memory"
    exit_code = 45
    hint = "close other programs; a vault for a small machine is made with: vault init --memory 64"


# --- 5x: credentials ------------------------------------------------------------------------------


class CredentialError(VaultError):
    """Something about a credential, its profile or the names a client reads."""

    code = "credential"
    exit_code = 50


class CredentialNotFound(CredentialError):
    """No credential has that name."""

    code = "credential-not-found"
    exit_code = 51
    hint = "see what is there: vault list"


class CredentialExists(CredentialError):
    """A credential of that name is there already."""

    code = "credential-exists"
    exit_code = 52
    hint = "choose another name, or remove the old one: vault remove NAME"


class InvalidCredential(CredentialError):
    """A name, a field or a value that a credential cannot have."""

    code = "invalid-credential"
    exit_code = 53


class ProfileNotFound(CredentialError):
    """No exchange profile, or no client preset, of that name."""

    code = "profile-not-found"
    exit_code = 54


class VariableConflict(CredentialError):
    """Two values want one environment variable, or it is set already."""

    code = "variable-conflict"
    exit_code = 55


class VariableRefused(CredentialError):
    """A variable that steers the loader, an interpreter, a proxy or TLS, or that no system takes."""

    code = "variable-refused"
    exit_code = 56


class SelectionRefused(CredentialError):
    """The chosen credentials are disabled, or do not belong in one program together."""

    code = "selection-refused"
    exit_code = 57


class StillUsed(CredentialError):
    """Programs depend on the credential: the journal says that they were given it not long ago."""

    code = "still-used"
    exit_code = 58


class ProgramRefused(CredentialError):
    """A credential is bound to another program, or to this one as it was before."""

    code = "program-refused"
    exit_code = 59


# --- 6x: this machine -----------------------------------------------------------------------------


class HostError(VaultError):
    """This machine lacks something."""

    code = "host"
    exit_code = 60


class NoTerminal(HostError):
    """A question has no terminal to be asked at."""

    code = "no-terminal"
    exit_code = 61


class OutputFailed(HostError):
    """What was to be printed could not be written."""

    code = "output"
    exit_code = 62


class LineRefused(HostError):
    """What was typed or pasted is not one line that a terminal passes on whole."""

    code = "line-refused"
    exit_code = 63


class NoClipboard(HostError):
    """The desktop's clipboard cannot be reached from here."""

    code = "no-clipboard"
    exit_code = 64
    hint = "on Linux it takes wl-clipboard, xclip or xsel, and a desktop; over ssh there is none"


class ProgramNotExecutable(HostError):
    """The program to launch is there but cannot be executed."""

    code = "program-not-executable"
    exit_code = 126


class ProgramNotFound(HostError):
    """The program to launch is not on the search path."""

    code = "program-not-found"
    exit_code = 127


# --- 7x: the exchange (70 is a bug of ours) ---------------------------------------------------------


class ExchangeError(VaultError):
    """The test request did not end well."""

    code = "exchange"
    exit_code = 71


class KeyRejected(ExchangeError):
    """The exchange does not take the credential: a value, its environment, its site or its state."""

    code = "key-rejected"
    exit_code = 72


class AddressRejected(ExchangeError):
    """The key is bound to other addresses than the one that the request came from."""

    code = "address-rejected"
    exit_code = 73


class ClockOff(ExchangeError):
    """This machine's clock and the exchange's are too far apart for a signed request."""

    code = "clock-off"
    exit_code = 74


class RateLimited(ExchangeError):
    """The exchange asks for fewer requests, or has locked the key for a while."""

    code = "rate-limited"
    exit_code = 75


class Unreachable(ExchangeError):
    """There was no whole answer: no connection, no trusted certificate, no time left."""

    code = "unreachable"
    exit_code = 76


class AnswerRefused(ExchangeError):
    """The answer is not one that the exchange's API gives."""

    code = "answer-refused"
    exit_code = 77


class PermissionMissing(ExchangeError):
    """The key is genuine, and lacks the right to describe itself."""

    code = "permission-missing"
    exit_code = 78
