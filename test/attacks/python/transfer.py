"""Sends frames with a 4-byte length, each on a connection of its own, and compares the frame that comes back.

Reads {"to", "greeting", "bytes", "times", "seed"}; prints {"event": "done", "same", "failed", "silent"}: whole and equal;
ended by an error or short of what was announced; different, or passed for whole.
"""
import hashlib
import json
import random
import socket
import struct
import sys

plan = json.loads(sys.stdin.readline())
host, _, port = plan['to'].partition('://')[2].rpartition(':')
draw = random.Random(plan['seed'])
same = failed = silent = 0
errors = {}


def take(line, count):
    data = b''
    while len(data) < count:
        piece = line.recv(min(65536, count - len(data)))
        if not piece:
            raise EOFError('%d of %d bytes' % (len(data), count))
        data += piece
    return data


for _ in range(plan['times']):
    data = draw.randbytes(plan['bytes'])
    try:
        with socket.create_connection((host, int(port)), 30) as line:
            line.settimeout(plan.get('patience', 30))
            line.sendall(plan.get('greeting', '').encode('latin1') + struct.pack('>I', len(data)) + data)
            length, = struct.unpack('>I', take(line, 4))
            got = take(line, length)
            if hashlib.sha256(got).digest() == hashlib.sha256(data).digest():
                same += 1
            else:
                silent += 1
    except (OSError, EOFError) as error:
        failed += 1
        errors[type(error).__name__] = errors.get(type(error).__name__, 0) + 1
print(json.dumps({'event': 'done', 'same': same, 'failed': failed, 'silent': silent, 'errors': errors}), flush=True)
