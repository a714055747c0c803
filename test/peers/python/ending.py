"""A client that says nothing, ends its half, and reads until there is no more.

usage: ending.py ENDPOINT ROUNDS
Prints, for each round, how many bytes came and how it ended: `[[10, "fin"], [10, "ConnectionResetError"]]`.
"""
import json
import socket
import sys

from endpoint import dial


def once(url):
    got = 0
    try:
        with dial(url) as line:
            line.shutdown(socket.SHUT_WR)
            while chunk := line.recv(65536):
                got += len(chunk)
        return got, 'fin'
    except OSError as error:
        return got, type(error).__name__


print(json.dumps([once(sys.argv[1]) for _ in range(int(sys.argv[2]))]))
