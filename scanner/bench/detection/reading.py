"""Tables of market data as files: comma-separated with a header, gzipped or not, read row by row."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from math import isfinite
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class BadData(Exception):
    """Data that cannot be used, in one line: `FILE:LINE: what was found, expected what`."""


class Table:
    """The wanted columns of one file, in the wanted order, however the file orders its own.

    BadData names the file when it cannot be read or lacks a column, and the line where a row is too short.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.size = _size(path)
        """Of the file, in bytes."""
        self.done = 0
        """Bytes of it that have been read."""
        self._columns = tuple(columns)
        self._line = 1

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """One row after another; only the present one is held."""
        with self.path.open("rb") as raw:
            body = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
            rows = csv.reader(io.TextIOWrapper(body, encoding="utf-8", newline=""), strict=True)
            try:
                pick = self._picked(next(rows, []))
                for fields in rows:
                    self._line, self.done = rows.line_num, raw.tell()
                    yield pick(fields)
            except IndexError:
                raise self.blame(f"too few values, expected {', '.join(self._columns)}") from None
            except (gzip.BadGzipFile, zlib.error, EOFError, csv.Error, UnicodeDecodeError) as error:
                raise BadData(f"{self.path}: damaged after line {self._line} ({error})") from error
        self.done = self.size

    def blame(self, problem: object) -> BadData:
        """What is wrong with the present row."""
        return BadData(f"{self.path}:{self._line}: {problem}")

    def _picked(self, header: Sequence[str]) -> Callable[[Sequence[str]], tuple[str, ...]]:
        for column in self._columns:
            if column not in header:
                found = ", ".join(header) or "nothing"
                raise self.blame(f"no column {column}, found {found}, expected {', '.join(self._columns)}")
        return itemgetter(*map(header.index, self._columns))


def groups(table: Table) -> Iterator[tuple[str, Iterator[tuple[str, ...]]]]:
    """Rows by their first value, the rest of each; BadData where a value comes back after another one came."""
    finished: set[str] = set()
    for name, rows in groupby(table, itemgetter(0)):
        if name in finished:
            raise table.blame(f"{name} begins again, expected its rows to stand together")
        yield name, (row[1:] for row in rows)
        finished.add(name)


def columns_of(path: Path) -> list[str]:
    """What the columns of a file are called."""
    table = Table(path, ())
    with path.open("rb") as raw:
        body = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        try:
            return next(csv.reader(io.TextIOWrapper(body, encoding="utf-8", newline="")), [])
        except (gzip.BadGzipFile, zlib.error, EOFError, csv.Error, UnicodeDecodeError) as error:
            raise table.blame(f"damaged ({error})") from error


def positive(name: str, text: str) -> float:
    """A number above zero; ValueError says which value is none."""
    value = number(name, text)
    if value <= 0:
        raise ValueError(f"{name} is {text}, expected a number above 0")
    return value


def number(name: str, text: str) -> float:
    """A finite number; ValueError says which value is none."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ValueError(f"{name} is {text!r}, expected a number")
    return value


def one_of(name: str, text: str, known: dict[str, T]) -> T:
    """What a word stands for; ValueError names the known ones."""
    if text not in known:
        raise ValueError(f"{name} is {text!r}, expected {' or '.join(known)}")
    return known[text]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise BadData(f"{path}: {(error.strerror or 'unreadable').lower()}") from error
