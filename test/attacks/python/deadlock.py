"""One blocking client that sends all before it reads anything; with `reader` a second thread reads meanwhile.

Prints {"event": "done", "how": "fin" | "reset", "sent", "received", "same", "ms", "restedMs"}: whether the same bytes came
back, how long all took, and the time from the last byte sent to the end.
"""
import hashlib
import json
import socket
import struct
import sys
import threading
import time

plan = json.loads(sys.stdin.readline())
host, _, port = plan['to'].partition('://')[2].rpartition(':')
BLOCK = bytes(range(256)) * 1024
total = plan['bytes']
line = socket.socket()
if not plan['reader']:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
line.connect((host, int(port)))
how, sent, received = 'fin', 0, 0
heard = hashlib.sha256()
began = moved = time.monotonic()


def read():
    global received, how
    room = bytearray(1 << 20)
    try:
        while True:
            count = line.recv_into(room)
            if count == 0:
                return
            received += count
            heard.update(memoryview(room)[:count])
    except OSError:
        how = 'reset'


reader = threading.Thread(target=read)
if plan['reader']:
    reader.start()
try:
    while sent < total:
        moved = time.monotonic()
        sent += line.send(BLOCK[:min(16384, total - sent)] if not plan['reader'] else BLOCK[:min(len(BLOCK), total - sent)])
        if not plan['reader'] and time.monotonic() - moved > 0.5:
            # It hung, and was let go by the reset alone.
            break
    line.shutdown(socket.SHUT_WR)
except OSError:
    how = 'reset'
rested = (time.monotonic() - moved) * 1000
if not plan['reader']:
    read()
else:
    reader.join()
ms = (time.monotonic() - began) * 1000
said = hashlib.sha256()
if plan['reader']:
    left = total
    while left > 0:
        said.update(BLOCK[:min(len(BLOCK), left)])
        left -= len(BLOCK)
line.close()
print(json.dumps({'event': 'done', 'how': how, 'sent': sent, 'received': received, 'ms': ms, 'restedMs': rested,
                  'same': received == total and heard.digest() == said.digest()}), flush=True)
