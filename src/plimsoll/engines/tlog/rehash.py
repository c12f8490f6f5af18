"""Hashing the entries of a published log again in several processes at once.

A piece is 16,384 entries: 64 bundles, and a subtree of their own. A process that finds all of a piece in
order gives its tree back. Of any other it says only that it is not, and who asked reads it once more and
names what is wrong: so there is one place that judges.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from plimsoll.engines.tlog.published import Published
from plimsoll.engines.tlog.tiles import WIDTH, Tile, bundle_leaves, bundle_tile
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import PlimsollError

__all__ = ["PIECE", "piece", "pieces"]

PIECE = 64
"""Bundles in a piece."""


def piece(path: Path, number: int) -> Tree | None:
    """The tree over that piece of the public folder; None if a file is missing or does not agree."""
    tree = Tree()
    with Published.open(path) as published:
        for bundle in range(number * PIECE, (number + 1) * PIECE):
            try:
                hashes = published.tile(Tile(level=0, number=bundle))
                leaves = bundle_leaves(published.tile(bundle_tile(bundle)) or b"")
            except PlimsollError:
                return None  # whoever asked reads it again and says what is wrong
            if leaves != hashes:
                return None
            tree.extend(leaves)
    return tree


def pieces(path: Path, size: int, processes: int) -> Iterator[Tree | None]:
    """`piece` of each whole piece of a log of that size, in order, from so many processes.

    This process is one of them: while the next piece is not ready it does the last that nobody began.
    Pieces of a process that died are done here.
    """
    whole = size // (PIECE * WIDTH)
    if processes < 2 or not whole:
        return
    # Not forked: the process that asks may have threads, and a lock that one of them holds would stay held.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes - 1, whole), mp_context=context)
    try:
        asked = [pool.submit(piece, path, number) for number in range(whole)]
        own: dict[int, Tree | None] = {}
        last = whole - 1
        for number, future in enumerate(asked):
            while last > number and not future.done() and asked[last].cancel():
                own[last] = piece(path, last)
                last -= 1
            yield own[number] if number in own else _result(future, path, number)
    finally:
        pool.shutdown(cancel_futures=True)


def _result(future: Future[Tree | None], path: Path, number: int) -> Tree | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return piece(path, number)
