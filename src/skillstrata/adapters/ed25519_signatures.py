"""Signatures of packages by Ed25519 keys that lie in the data directory.

    keys/own.json (mode 600)      keys/trusted.json

In     the bytes of a package's manifest, a signature file of anybody
Out    signature files; whose a signature is
Never  asks a server; takes the key within a signature for a trusted one
Why    a key that somebody handed over in person is enough here, works offline, and has no authority to fail
"""

import base64
import binascii
import hashlib
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic, write_new
from skillstrata.records.exchange_faults import KeyUnusable
from skillstrata.records.exchanges import SignatureCheck, SigningKey

_PREFIX = "ed25519:"
# So that a signature over a package is one over nothing else.
_PURPOSE = b"skillstrata package 1\0"
_OTHERS = 0o077
_MOST_OWNER = 80


class _Own(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    owner: str
    private: str


class _Trusted(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    keys: dict[str, str]


class _Signature(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int
    algorithm: str
    key: str
    signature: str


class Ed25519Signatures:
    """Fulfils the Signatures port."""

    def __init__(self, folder: Path) -> None:
        """Remember where keys lie."""
        self._own = folder / "own.json"
        self._trusted = folder / "trusted.json"

    def keys(self) -> tuple[SigningKey, ...]:
        """Give our own key, where there is one, and those that are trusted, by owner."""
        own = self._private()
        ours = (_shown(own[1].public_key(), own[0], is_own=True),) if own is not None else ()
        others = [SigningKey(_id(public), public, owner) for public, owner in self._others().items()]
        return (*ours, *sorted(others, key=lambda key: (key.owner, key.key_id)))

    def make(self, owner: str) -> SigningKey:
        """Make our own key, or give the one that is there.

        Raises:
            StoreFull: It cannot be written.
            KeyUnusable: What is there is no key, or others may read it.
        """
        if not self._own.exists():
            made = Ed25519PrivateKey.generate().private_bytes_raw()
            text = json.dumps({"owner": _owner(owner), "private": base64.b64encode(made).decode()})
            with storing(self._own):
                make_folder(self._own.parent)
                write_new(self._own, text.encode(), mode=0o600)
        own = self._private()
        if own is None:
            raise KeyUnusable(f"{self._own} is gone", hint="make the key again")
        return _shown(own[1].public_key(), own[0], is_own=True)

    def trust(self, public: str, owner: str) -> SigningKey:
        """Trust a key.

        Raises:
            KeyUnusable: It is no Ed25519 key.
            StoreFull: It cannot be written.
        """
        key = _public(public)
        if key is None:
            raise KeyUnusable(f"{public[:80]!r} is no key", hint="`skillstrata keys show` of its owner prints it")
        self._write({**self._others(), _text(key): _owner(owner)})
        return _shown(key, _owner(owner), is_own=False)

    def distrust(self, key_id: str) -> bool:
        """Trust a key no more.

        Raises:
            StoreFull: It cannot be written.
        """
        others = self._others()
        key = _public(key_id)
        named = {key_id, _text(key)} if key is not None else {key_id}
        kept = {public: owner for public, owner in others.items() if not named & {_id(public), public}}
        if kept != others:
            self._write(kept)
        return kept != others

    def sign(self, data: bytes) -> bytes:
        """Give a signature file over these bytes.

        Raises:
            KeyUnusable: There is no key of ours.
        """
        own = self._private()
        if own is None:
            raise KeyUnusable("there is no key to sign with", hint="`skillstrata keys make` makes one")
        fields = {
            "format": 1,
            "algorithm": "ed25519",
            "key": _text(own[1].public_key()),
            "signature": base64.b64encode(own[1].sign(_PURPOSE + data)).decode(),
        }
        return (json.dumps(fields, indent=1) + "\n").encode()

    def check(self, data: bytes, signature: bytes | None) -> SignatureCheck:
        """Say what a signature file says of these bytes."""
        if signature is None:
            return SignatureCheck("none")
        try:
            said = _Signature.model_validate_json(signature)
            key = _public(said.key)
            if key is None or (said.format, said.algorithm) != (1, "ed25519"):
                return SignatureCheck("bad")
            key.verify(base64.b64decode(said.signature, validate=True), _PURPOSE + data)
        except (ValidationError, InvalidSignature, binascii.Error, ValueError):
            return SignatureCheck("bad")
        known = {one.public: one for one in self.keys()}.get(_text(key))
        return SignatureCheck("trusted" if known else "unknown_key", _id(_text(key)), known.owner if known else "")

    def _private(self) -> tuple[str, Ed25519PrivateKey] | None:
        try:
            mode = os.stat(self._own).st_mode
            own = _Own.model_validate_json(self._own.read_bytes())
            key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(own.private, validate=True))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError, ValueError) as error:
            raise KeyUnusable(f"{self._own} holds no key", hint="move it away and make a new one") from error
        if mode & _OTHERS:
            raise KeyUnusable(f"{self._own} may be read by others", hint=f"`chmod 600 {self._own}`, or make a new key")
        return own.owner, key

    def _others(self) -> dict[str, str]:
        try:
            read = _Trusted.model_validate_json(self._trusted.read_bytes()).keys
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            raise KeyUnusable(f"{self._trusted} does not parse", hint="mend it or move it away") from error
        # The same key can be written as several texts; one of them is its name.
        keys = ((_public(public), owner) for public, owner in read.items())
        return {_text(key): owner for key, owner in keys if key is not None}

    def _write(self, keys: dict[str, str]) -> None:
        with storing(self._trusted):
            make_folder(self._trusted.parent)
            write_atomic(self._trusted, (json.dumps({"keys": keys}, indent=1, sort_keys=True) + "\n").encode())


def _public(text: str) -> Ed25519PublicKey | None:
    try:
        raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        return Ed25519PublicKey.from_public_bytes(raw) if text.startswith(_PREFIX) else None
    except (ValueError, binascii.Error):
        return None


def _text(key: Ed25519PublicKey) -> str:
    return _PREFIX + base64.b64encode(key.public_bytes_raw()).decode()


def _id(public: str) -> str:
    return hashlib.sha256(public.encode()).hexdigest()[:16]


def _shown(key: Ed25519PublicKey, owner: str, *, is_own: bool) -> SigningKey:
    return SigningKey(_id(_text(key)), _text(key), owner, is_own)


def _owner(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:_MOST_OWNER]
