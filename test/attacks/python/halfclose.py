"""Sends so many bytes, ends its half, and then reads the reply: over TCP, a Unix socket, or TLS.

Reads {"to": endpoint, "sizes": [...], "times": N} as a line of JSON; prints
  {"event": "done", "whole": N, "broken": ["size: what came"]}
"""
import json
import socket
import ssl
import sys
import threading

plan = json.loads(sys.stdin.readline())
to = plan['to']
if to.startswith('unix:'):
    family, address = socket.AF_UNIX, to[5:]
else:
    host, _, port = to.partition('://')[2].rpartition(':')
    family, address = socket.AF_INET, (host, int(port))
PATTERN = bytes((i * 31 + (i >> 8) * 17) & 0xff for i in range(1 << 16))
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def message(size):
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


def plain(line, data):
    """A writer beside the reader, since an echo of much fills both buffers."""
    heard = bytearray()

    def write():
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)

    writer = threading.Thread(target=write)
    writer.start()
    while True:
        piece = line.recv(1 << 18)
        if not piece:
            break
        heard += piece
    writer.join()
    return bytes(heard), 'end'


def over_tls(line, data):
    """By hand, since Python's own sockets cannot read behind the end of their half."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    heard, how = bytearray(), None
    line.settimeout(30)

    def flush():
        line.setblocking(True)
        out = outgoing.read()
        if out:
            line.sendall(out)

    def feed(wait):
        if not wait:
            line.setblocking(False)
        try:
            piece = line.recv(1 << 18)
        except BlockingIOError:
            return False
        finally:
            line.setblocking(True)
        if piece:
            incoming.write(piece)
        else:
            incoming.write_eof()
        return True

    def take():
        nonlocal how
        try:
            while True:
                piece = tls.read(1 << 18)
                if not piece:
                    how = 'end'
                    return
                heard.extend(piece)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            how = 'end'
        except ssl.SSLError as error:
            how = error.reason or 'error'

    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            flush()
            feed(True)
    at = 0
    while at < len(data):
        at += tls.write(data[at:at + (1 << 15)])
        flush()
        while feed(False):
            take()
    take()
    try:
        tls.unwrap()
    except ssl.SSLError:
        pass
    flush()
    while how is None:
        take()
        if how is None:
            feed(True)
    return bytes(heard), how


whole, broken = 0, []
for size in plan['sizes']:
    data = message(size)
    for _ in range(plan['times'] if size < 1 << 20 else max(1, plan['times'] // 5)):
        line = socket.socket(family)
        line.connect(address)
        try:
            heard, how = (over_tls if to.startswith('tls:') else plain)(line, data)
        except OSError as error:
            heard, how = b'', type(error).__name__
        line.close()
        if heard == data and how == 'end':
            whole += 1
        else:
            broken.append('%d: %d bytes, %s' % (size, len(heard), how))
print(json.dumps({'event': 'done', 'whole': whole, 'broken': broken[:10]}), flush=True)
