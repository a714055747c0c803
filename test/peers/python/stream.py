"""Reads a streamed answer: a byte (1 stdout, 2 stderr, 0 the end), four bytes of length, so many bytes.

usage: stream.py ENDPOINT COMMAND

Prints as JSON: bytes of each, the first and last of them, and what the end says.
"""
import json
import socket
import struct
import sys
from urllib.parse import urlsplit

address = urlsplit(sys.argv[1])
client = socket.create_connection((address.hostname, address.port), timeout=600)
client.sendall(sys.argv[2].encode() + b'\n')
stream = client.makefile('rb')
bytes_of = {1: 0, 2: 0}
while True:
    kind, size = struct.unpack('<bi', stream.read(5))
    body = stream.read(size)
    if kind == 0:
        break
    bytes_of[kind] += len(body)
print(json.dumps({'stdout': bytes_of[1], 'stderr': bytes_of[2], 'end': json.loads(body)}))
