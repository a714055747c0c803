"""Sends each text on a connection of its own, in pieces of so many bytes, and reads what comes back.

Reads {"to", "tasks": [{"text": latin1, "piece": bytes}], "from": address}; prints
  {"event": "done", "answers": [[what came as latin1, "fin" | "reset" | "silence", ms], ...]}
"""
import json
import socket
import sys
import time

plan = json.loads(sys.stdin.readline())
host, _, port = plan['to'].partition('://')[2].rpartition(':')
answers = []
for task in plan['tasks']:
    line = socket.socket()
    line.bind((plan.get('from', '127.0.0.1'), 0))
    line.settimeout(plan.get('patience', 10))
    data, got, how, began = task['text'].encode('latin1'), b'', 'fin', time.monotonic()
    try:
        line.connect((host, int(port)))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), task['piece']):
            line.sendall(data[at:at + task['piece']])
    except OSError:
        how = 'reset'
    try:
        while True:
            piece = line.recv(65536)
            if not piece:
                break
            got += piece
    except socket.timeout:
        how = 'silence'
    except OSError:
        how = 'reset'
    line.close()
    answers.append([got.decode('latin1'), how, (time.monotonic() - began) * 1000])
print(json.dumps({'event': 'done', 'answers': answers}), flush=True)
