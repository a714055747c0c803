"""Datagrams over Python's own sockets: each JSON line in is one to send, each JSON line out is what came back.

usage: datagrams.py

A task: {"to": "udp://127.0.0.1:20000", "say": "%Y", "wait": 2}; "broadcast": true sets SO_BROADCAST, "wait": 0 expects
nothing; "behind" is sent behind it by the same socket, so that the first answer tells which of the two was answered.
An answer: {"got": "2026"}, {"got": null} when none came in time, or {"error": "PermissionError"}. Bytes are
Latin-1 characters.
"""
import json
import socket
import sys

from endpoint import parse

for text in sys.stdin:
    task = json.loads(text)
    family, address = parse(task['to'])
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        if task.get('broadcast'):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            line.sendto(task['say'].encode('latin-1'), address)
            if 'behind' in task:
                line.sendto(task['behind'].encode('latin-1'), address)
            if task['wait'] == 0:
                answer = {'got': None, 'from': line.getsockname()[1]}
            else:
                line.settimeout(task['wait'])
                answer = {'got': line.recvfrom(70000)[0].decode('latin-1')}
        except TimeoutError:
            answer = {'got': None}
        except OSError as error:
            answer = {'error': type(error).__name__}
    print(json.dumps(answer))
