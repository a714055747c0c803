"""Clients as the textbooks write them: sendall, shutdown, struct.pack. A task a line of JSON, its outcome a line of JSON.

{"do": "sixteen", "to": "tcp://...", "bytes": 5}               sends so many of the 16 bytes, then ends its half
{"do": "streamer", "to": ..., "bytes": 67108864}               sends so many bytes, ends its half, reads to the end
{"do": "blocks", "to": ..., "blocks": [5, 0], "bytes": 7}      sends blocks of these sizes, or only the first bytes of them
Each answers {"got": "...", "sha256": "of what was sent", "how": "fin"}.
"""
import hashlib
import json
import socket
import struct
import sys

from endpoint import dial

header = struct.Struct('!I')


def recvall(sock, length):
    data = b''
    while len(data) < length:
        more = sock.recv(length - len(data))
        if not more:
            raise EOFError('was expecting %d bytes but only received %d' % (length, len(data)))
        data += more
    return data


def get_block(sock):
    (length,) = header.unpack(recvall(sock, header.size))
    return recvall(sock, length)


def put_block(sock, message):
    sock.sendall(header.pack(len(message)))
    sock.sendall(message)


def read_to_end(sock):
    data = b''
    while more := sock.recv(8192):
        data += more
    return data


def pattern(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def sixteen(sock, task):
    sock.sendall(b'Hi there, server'[: task['bytes']])
    sock.shutdown(socket.SHUT_WR)
    return read_to_end(sock)


def streamer(sock, task):
    piece = pattern(1 << 20)
    left = task['bytes']
    while left > 0:
        sock.sendall(piece[:left])
        task['hash'].update(piece[:left])
        left -= len(piece)
    sock.shutdown(socket.SHUT_WR)
    return read_to_end(sock)


def blocks(sock, task):
    if 'bytes' in task:
        wire = b''.join(header.pack(size) + pattern(size) for size in task['blocks'])
        sock.sendall(wire[: task['bytes']])
        sock.shutdown(socket.SHUT_WR)
        return read_to_end(sock)
    for size in task['blocks']:
        put_block(sock, pattern(size))
    if not task.get('reply'):
        sock.shutdown(socket.SHUT_WR)
        return read_to_end(sock)
    got = []
    while block := get_block(sock):
        got.append(len(block))
    return json.dumps(got).encode()


for line in sys.stdin:
    task = json.loads(line)
    task['hash'] = hashlib.sha256()
    got, how = b'', 'fin'
    with dial(task['to']) as sock:
        try:
            got = {'sixteen': sixteen, 'streamer': streamer, 'blocks': blocks}[task['do']](sock, task)
        except (OSError, EOFError) as error:
            how = type(error).__name__
    print(json.dumps({'got': got.decode('latin1'), 'sha256': task['hash'].hexdigest(), 'how': how}), flush=True)
