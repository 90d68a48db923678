"""Entities in the order of their URNs, whatever the order in which they were found, without holding them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from tempfile import TemporaryFile
from typing import Any

import orjson

Aspects = Mapping[str, Mapping[str, Any]]


class Spool:
    """Metadata change proposals in a temporary file; use as a context manager."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, urn: str) -> bool:
        return urn in self._places

    def add(self, kind: str, urn: str, aspects: Aspects, patches: Aspects | None = None) -> bool:
        """Adds an entity; of two with one URN, only the first.

        Args:
            kind: entity type.
            urn: of the entity.
            aspects: by name.
            patches: aspects that are patched instead of replaced.

        Returns:
            Whether it is new.
        """
        if urn in self._places:
            return False
        changes = [(name, "UPSERT", aspect) for name, aspect in aspects.items()]
        changes += [(name, "PATCH", aspect) for name, aspect in (patches or {}).items()]
        written = b",\n".join(
            orjson.dumps(
                {
                    "entityType": kind,
                    "entityUrn": urn,
                    "changeType": change,
                    "aspectName": name,
                    "aspect": {"json": aspect},
                }
            )
            for name, change, aspect in sorted(changes, key=lambda change: change[:2])
        )
        self._file.write(written)
        self._places[urn] = self._end, len(written)
        self._end += len(written)
        return True

    def parts(self) -> Iterator[bytes]:
        """All of them as one JSON array."""
        yield b"["
        for number, urn in enumerate(sorted(self._places)):
            start, size = self._places[urn]
            self._file.seek(start)
            yield (b",\n" if number else b"\n") + self._file.read(size)
        yield b"\n]\n" if self._places else b"]\n"
