# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The server as a real process: it starts, cuts off slow clients, and stops gracefully."""

import signal
import socket

import pytest
from tests.web.process import call, everything, serving


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_running_request_is_finished_and_then_the_program_ends(tmp_path, sig):
    with serving(tmp_path) as server, server.connect() as client:
        client.sendall(
            b"POST /de/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 21\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100")  # the request is being worked on
        server.process.send_signal(sig)
        wait_until_refused(server)
        assert server.process.poll() is None
        client.sendall(b"login=ada&password=no")
        answer = everything(client)
        assert answer.startswith(b"HTTP/1.1 ")
        assert b"x-request-id" in answer
        assert server.process.wait(30) == 0


def wait_until_refused(server) -> None:
    """Until no new connection is taken; the server looks at signals ten times a second."""
    for _ in range(100_000):
        try:
            server.connect().close()
        except ConnectionError:
            return
    pytest.fail("the server still takes connections")


def test_a_slow_head_is_cut_off(tmp_path):
    with serving(tmp_path, ALLMENDE_HEAD_SECONDS="0.1") as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert everything(client) == b""


def test_a_silent_client_is_cut_off_on_a_kept_connection(tmp_path):
    with serving(tmp_path, ALLMENDE_HEAD_SECONDS="0.1") as server, server.connect() as client:
        client.sendall(b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(10_000).startswith(b"HTTP/1.1 200")
        client.sendall(b"G")
        assert everything(client) == b""


def test_a_head_without_end_is_cut_off(tmp_path):
    endless = b"GET / HTTP/1.1\r\n" + (b"X: " + b"y" * 10_000 + b"\r\n") * 5_000
    with serving(tmp_path) as server, server.connect() as client, pytest.raises(ConnectionError):
        client.sendall(endless)


def test_several_processes_share_the_port(tmp_path):
    with serving(tmp_path, "--workers", "2") as server:
        for _ in range(10):
            assert server.get("/health").startswith(b"HTTP/1.1 200")
        assert server.stop(signal.SIGTERM) == 0


def test_a_taken_port_is_told_in_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = call("serve", "--port", port, "--data", tmp_path)
    assert done.returncode == 2
    assert "Choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_body_is_read_and_refused_over_the_wire(tmp_path):
    with serving(tmp_path, ALLMENDE_BODY_LIMIT="10") as server, server.connect() as client:
        client.sendall(
            b"POST /de/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 21\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        answer = everything(client)
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"connection: close" in answer
