"""One member of a chat sends what it can think of; two others, ann and bob, look at every line that reaches them.

Reads {"to": endpoint, "inputs": N, "seed": S}; prints {"event": "done", "inputs", "lines", "unsafe", "forged", "example"}:
lines that ann and bob got, those with a character that is none, and those that could be somebody else's words.
"""
import json
import random
import re
import socket
import sys
import unicodedata

plan = json.loads(sys.stdin.readline())
draw = random.Random(plan.get('seed', 0))
host, _, port = plan['to'].partition('://')[2].rpartition(':')


class Peer:
    def __init__(self):
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.file = self.socket.makefile('rb')
        self.line()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def line(self):
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            raise SystemExit('the server closed a connection')
        return line[:-2].decode()

    def until(self, mark):
        lines = []
        while not lines or mark not in lines[-1]:
            lines.append(self.line())
        return lines[:-1]


ann, bob, mallory = Peer(), Peer(), Peer()
for peer, nick in (ann, 'ann'), (bob, 'bob'), (mallory, 'mallory'):
    peer.send(b'/nick %s\n' % nick.encode()).until(f'-- You are {nick} now.')
for peer in (ann, bob):
    peer.send(b'/help\n').until('-- Anything else')

bits = [text.encode('utf-8', 'surrogatepass') for text in (
    '[lobby] <ann> forged', '<ann>', '-- ', '[lobby] -- ann left', '* ann', '/me ', '/msg ann ', '/msg bob ', '/nick ',
    '/join ', '/part ', '/who ', '/rooms', 'lobby', 'аnn', 'Ann', 'ANN', 'ann\u200d', 'ａｎｎ', 'a\u0301', 'е\u0301ve', '__proto__',
    'constructor', '\u2028', '\u2029', '\u0085', '\v', '\f', '\r\n', '\r', '\n', '\r\0', '\0', '\x1b[2J', '\x1b]0;t\x07', '\x1b', '\x9b31m',
    '\u202e', '\u2066', '\u200e', '\u200d', '\u200b', '\ufeff', '\ud83d', '\U0001f600', 'e' + '\u0301' * 40, ' ', '/', '\x08', '\x7f', 'x')]
bits += [b'\xff\xfd\x01', b'\xff\xfb\x0d', b'\xff\xfa\x18\x0a\xff\xf0', b'\xff\xf7', b'\x80', b'\xc3', b'x' * 1100, b'']
author = re.compile(r'(?:\d\d:\d\d )?\[([^\]\s]+)\] (?:<(\S+?)> |\* (\S+) |-- (\S+) (?:joined|left|left \(.*\)|is \S+ now)$|-- you are here with )')
lines = unsafe = forged = 0
example = ''


def look(peer, name, got):
    global lines, unsafe, forged, example
    for line in got:
        lines += 1
        bad = [c for c in line if unicodedata.category(c) in ('Cc', 'Cf', 'Cs', 'Zl', 'Zp') and c not in '\u200c\u200d']
        if bad:
            unsafe += 1
            example = example or repr(line)
        match = author.match(line)
        who = match and next((part for part in match.groups()[1:] if part), None)
        if not match or who in ('ann', 'bob') or (match[1] == 'private' and '<' not in line):
            forged += 1
            example = example or repr(line)


most = 50
for start in range(0, plan['inputs'], most):
    count = min(most, plan['inputs'] - start)
    said = b''
    for _ in range(count):
        text = b''.join(draw.choice(bits) if draw.random() < 0.9 else draw.randbytes(draw.randrange(8)) for _ in range(draw.randrange(8)))
        # It comes back to where others hear it.
        said += (b'/join lobby\n' if draw.random() < 0.5 else b'') + text + b'\xff\xf0\n'
    mark = f'over {start}'.encode()
    mallory.send(said + b'\n/msg ann %s\n/msg bob %s\n' % (mark, mark))
    # One line typed is one line heard at most, by each.
    allowed = said.count(b'\n') + said.count(b'\r')
    for peer, name in (ann, 'ann'), (bob, 'bob'):
        got = peer.until(f'> over {start}')
        look(peer, name, got)
        if len(got) > allowed:
            forged += len(got) - allowed
            example = example or f'{len(got)} lines of {allowed}'
    mallory.socket.setblocking(False)
    try:
        while mallory.socket.recv(1 << 20):
            pass
    except BlockingIOError:
        pass
    mallory.socket.setblocking(True)
print(json.dumps({'event': 'done', 'inputs': plan['inputs'], 'lines': lines, 'unsafe': unsafe, 'forged': forged, 'example': example}), flush=True)
