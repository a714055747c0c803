"""A client that logs in with Python's own hmac. A task a line of JSON, its outcome a line of JSON.

{"to": "tcp://...", "key": "secret", "hash": "sha256", "answer": "right", "say": "hello"}
answer: right, wrong (another key), short (a byte too few, then the end), none (the end at once), long (300 bytes),
reflect (the challenge itself), replay (the answer that was right last time).
Answers {"got": "HELLO", "how": "fin"}.
"""
import hmac
import json
import os
import socket
import sys

from endpoint import dial

last = b''

for line in sys.stdin:
    task = json.loads(line)
    key, say = task['key'].encode(), task.get('say', '').encode()
    got, how = b'', 'fin'
    with dial(task['to']) as sock:
        challenge = b''
        while len(challenge) < 32:
            challenge += sock.recv(32 - len(challenge))
        right = hmac.new(key, challenge, task['hash']).digest()
        answer = {
            'right': right,
            'wrong': hmac.new(key + b'!', challenge, task['hash']).digest(),
            'short': right[:-1],
            'none': b'',
            'long': os.urandom(300),
            'reflect': challenge,
            'replay': last,
        }[task['answer']]
        if task['answer'] == 'right':
            last = right
        try:
            sock.sendall(answer + say)
            sock.shutdown(socket.SHUT_WR)
            while more := sock.recv(65536):
                got += more
        except OSError as error:
            how = type(error).__name__
    print(json.dumps({'got': got.decode('latin1'), 'how': how}), flush=True)
