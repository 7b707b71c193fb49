"""Tests stay on the machine that they run on."""

import socket

import pytest


def test_a_test_cannot_connect_to_another_machine():
    with socket.socket() as connection, pytest.raises(AssertionError, match="network"):
        connection.connect(("192.0.2.1", 80))  # of RFC 5737: belongs to nobody


def test_a_test_can_connect_to_a_server_of_its_own():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as connection:
            assert connection.getpeername() == server.getsockname()
