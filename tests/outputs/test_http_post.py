"""One HTTP connection that is kept open."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from netmon.outputs.http_post import HttpPost, Reply, basic, seconds, tried
from netmon.outputs.peer import Failed, Refused, Taken


class Server:
    """Answers one request after the other with what it was given; notes on which connection each came."""

    def __init__(self, answers: list[tuple[bytes, bool]]) -> None:
        self._answers = iter(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/write?db=x"
        self.requests: list[tuple[int, bytes]] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for number in range(100):
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as incoming:
                while self._one(number, connection, incoming):
                    pass

    def _one(self, number: int, connection: socket.socket, incoming: BinaryIO) -> bool:
        head = incoming.readline()
        if not head:
            return False
        length = 0
        while line := incoming.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.requests.append((number, head.strip() + b" " + incoming.read(length)))
        answer, goes_on = next(self._answers)
        connection.sendall(answer)
        return goes_on

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@contextlib.contextmanager
def serving(*answers: tuple[bytes, bool]) -> Iterator[tuple[Server, HttpPost]]:
    server = Server(list(answers))
    post = HttpPost(server.url, {}, timeout_s=30)
    try:
        yield server, post
    finally:
        post.close()
        server.close()


DONE = b"HTTP/1.1 204 No Content\r\n\r\n"


def test_a_connection_is_kept() -> None:
    with serving((DONE, True), (DONE, True)) as (server, post):
        assert post.post(b"one").judged() == Taken()
        assert post.post(b"two").judged() == Taken()
        assert server.requests == [(0, b"POST /write?db=x HTTP/1.1 one"), (0, b"POST /write?db=x HTTP/1.1 two")]


def test_one_that_the_server_has_closed_is_made_anew() -> None:
    with serving((DONE, False), (DONE, True)) as (server, post):
        post.post(b"one")
        assert post.post(b"two").status == 204
        assert [number for number, _ in server.requests] == [0, 1]


def test_where_nobody_listens_it_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert tried(HttpPost(f"http://127.0.0.1:{port}/", {}, timeout_s=30), b"") == Failed("unreachable")


def test_a_server_that_asks_for_peace_is_heard() -> None:
    answer = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 4\r\n\r\nslow"
    with serving((answer, True)) as (_, post):
        assert post.post(b"") == Reply(429, "slow", 17.0)
        assert Reply(429, "slow", 17.0).judged() == Failed("http_429", 17.0)


@pytest.mark.parametrize(
    ("status", "told", "answer"),
    [
        (204, "", Taken()),
        (400, "bad", Refused("refused", "bad")),
        (400, "partial write: conflict dropped=7", Refused("refused", "partial write: conflict dropped=7", 7)),
        (413, "big", Refused("too_large", "big")),
        (401, "who", Failed("http_401")),
        (500, "oh", Failed("http_500")),
    ],
)
def test_what_a_status_means(status: int, told: str, answer: object) -> None:
    assert Reply(status, told).judged() == answer


def test_how_long_to_wait() -> None:
    assert [seconds(text) for text in ("", "5", "9999", "Wed, 21 Oct 2026 07:28:00 GMT", "-1")] == [0, 5, 300, 0, 0]


def test_basic_sign_in_is_that_of_rfc_7617() -> None:
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
