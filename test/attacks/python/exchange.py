"""Sends pieces, each in a send of its own, ends its half, and prints {"event": "done", "got": what came back, as latin1}."""
import json
import socket
import sys

plan = json.loads(sys.stdin.readline())
host, _, port = plan['to'].partition('://')[2].rpartition(':')
line = socket.create_connection((host, int(port)), 30)
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for piece in plan['pieces']:
    line.sendall(piece.encode('latin1'))
line.shutdown(socket.SHUT_WR)
got = b''
while True:
    piece = line.recv(65536)
    if not piece:
        break
    got += piece
line.close()
print(json.dumps({'event': 'done', 'got': got.decode('latin1')}), flush=True)
