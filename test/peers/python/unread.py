"""A client that sends more than the server reads, and only then reads the answer.

usage: unread.py ENDPOINT ROUNDS EXTRA MANNER

MANNER: once   question and the rest in one send
        twice  the rest in a second send
        ended  as twice, and ends its half before it reads
        late   as once, and reads only when the kernel says that the line is gone (at most 0.2 s)
Prints how each round ended, counted: `{"whole and fin": 1000}`.
"""
import collections
import json
import select
import socket
import sys

from endpoint import dial

url, rounds, extra, manner = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
question = b'Simple is better than?'
rest = b'x' * extra


def once():
    with dial(url) as line:
        got = bytearray()
        try:
            if manner in ('once', 'late'):
                line.sendall(question + rest)
            else:
                line.sendall(question)
                line.sendall(rest)
            if manner == 'ended':
                line.shutdown(socket.SHUT_WR)
            if manner == 'late':
                poll = select.poll()
                poll.register(line, select.POLLHUP)
                poll.poll(200)
            while chunk := line.recv(65536):
                got += chunk
            how = 'fin'
        except OSError as error:
            how = type(error).__name__
        size = int(got[:10] or b'0')
        return f"{'whole' if got and len(got) == size else 'cut'} and {how}"


print(json.dumps(collections.Counter(once() for _ in range(rounds))))
