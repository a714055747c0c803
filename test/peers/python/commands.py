"""Clients for remote commands, as the textbooks have them: each `recv` is taken for what was meant.

usage: commands.py length|json|ack ENDPOINT line|chunk

What to run comes as JSON lines, {"command": "date -u"}; what came back goes out as JSON lines.
"""
import json
import socket
import struct
import sys
from urllib.parse import urlsplit

reply, endpoint, framing = sys.argv[1:]
address = urlsplit(endpoint)
client = socket.socket()
client.settimeout(30)
client.connect((address.hostname, address.port))


def receive(size):
    received = b''
    while len(received) < size:
        data = client.recv(1024)
        if not data:
            break
        received += data
    return received


for task in map(json.loads, sys.stdin):
    command = task['command'].encode()
    client.send(command if framing == 'chunk' else command + b'\n')
    if task['command'] == 'q':
        print(json.dumps({'end': client.recv(1024).decode()}))
        break
    header = {}
    if reply == 'length':
        size = struct.unpack('i', client.recv(4))[0]
    elif reply == 'json':
        size = struct.unpack('i', client.recv(4))[0]
        header = json.loads(client.recv(size))
        size = header['data_size']
    else:
        size = int(client.recv(1024).decode())
        client.send(b'recv_ready')
    body = receive(size)
    print(json.dumps({'size': size, 'body': body.decode('latin1'), 'header': header}), flush=True)
client.close()
