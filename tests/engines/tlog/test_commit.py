import threading
from collections.abc import Sequence

import pytest

from plimsoll.engines.tlog.commit import Queue, Shared
from plimsoll.kernel.errors import Conflict


def test_who_brings_more_than_can_wait_has_to_wait() -> None:
    gate, batches = threading.Event(), list[int]()

    def commit(entries: Sequence[bytes]) -> int:
        gate.wait(timeout=30)
        batches.append(len(entries))
        return sum(batches) - len(entries)

    queue = Queue(commit, limit=2)
    futures = [queue.put(b"%d" % n) for n in range(9)]  # one or two are being written, the rest waits
    late = threading.Thread(target=lambda: futures.extend(queue.put(b"late") for _ in range(6)))
    late.start()
    late.join(timeout=0.2)
    assert late.is_alive()
    gate.set()
    late.join(timeout=30)
    queue.close()
    assert [future.result(timeout=30) for future in futures] == list(range(15))
    assert max(batches) == 2


def test_whatever_goes_wrong_is_told_to_everybody_who_waits() -> None:
    def commit(entries: Sequence[bytes]) -> int:
        raise ZeroDivisionError(len(entries))

    queue = Queue(commit, limit=10)
    for _ in range(2):
        future = queue.put(b"x")
        assert not future.cancel()
        with pytest.raises(ZeroDivisionError):
            future.result(timeout=30)
    queue.close()


def test_a_closed_queue_takes_nothing_also_from_who_was_waiting() -> None:
    gate = threading.Event()
    queue = Queue(lambda entries: 0 if gate.wait(timeout=30) else 1, limit=1)
    refused = list[str]()

    def bring() -> None:
        try:
            for _ in range(9):
                queue.put(b"x")
        except Conflict as error:
            refused.append(error.message)

    late = threading.Thread(target=bring)
    late.start()
    late.join(timeout=0.2)
    closing = threading.Thread(target=queue.close)
    closing.start()
    late.join(timeout=30)
    gate.set()
    closing.join(timeout=30)
    assert refused == ["The log was closed."]
    with pytest.raises(Conflict, match="was closed"):
        queue.put(b"x")


def test_closing_a_queue_that_nobody_used_ends_at_once() -> None:
    Queue(lambda entries: 0, limit=1).close()


def test_who_joins_a_batch_that_fails_is_told_and_the_next_batch_goes_on() -> None:
    turn, told, batches = threading.Lock(), list[str](), list[list[bytes]]()

    def commit(entries: Sequence[bytes]) -> int:
        batches.append(list(entries))
        if b"bad" in entries:
            raise Conflict("This batch failed.")
        return 100

    shared = Shared(commit, turn, limit=3)

    def bring(text: bytes) -> None:
        try:
            told.append(str(shared.write(text)))
        except Conflict as error:
            told.append(error.message)

    threads = [threading.Thread(target=bring, args=(text,)) for text in (b"a", b"bad", b"c", b"d", b"e")]
    with turn:
        for thread in threads:
            thread.start()
            thread.join(timeout=0.1)  # each waits for the turn or for the one that leads its batch
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(batches) == [[b"a", b"bad", b"c"], [b"d", b"e"]]
    assert sorted(told) == ["100", "101", *["This batch failed."] * 3]
    assert shared.write(b"later") == 100
