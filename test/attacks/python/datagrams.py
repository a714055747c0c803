"""Datagrams to a server, from as many source addresses as wanted, and what comes back.

Reads the plan as a line of JSON: {"to", "texts", "count", "perSecond", "from": [hosts], "restMs"}. A character of a text is
a byte; texts and sources take turns. Prints {"event": "done", "sent", "replies", "most", "bytes", "ms"}: replies in all, the
most to one source, their bytes, and how long the sending took.
"""
import json
import select
import socket
import sys
import time

plan = json.loads(sys.stdin.readline())
host, _, port = plan['to'].partition('://')[2].rpartition(':')
address = (host, int(port))
texts = [text.encode('latin1') for text in plan['texts']]
lines = []
poll = select.epoll()
replies = {}
octets = 0
for source in plan.get('from', ['127.0.0.1']):
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.setblocking(False)
    line.bind((source, 0))
    lines.append(line)
    poll.register(line.fileno(), select.EPOLLIN)
by_number = {line.fileno(): line for line in lines}


def hear(wait):
    global octets
    for number, _ in poll.poll(wait, 256):
        try:
            while True:
                said = by_number[number].recv(70000)
                octets += len(said)
                replies[number] = replies.get(number, 0) + 1
        except OSError:
            pass


sent = 0
began = time.monotonic()
while sent < plan['count']:
    due = min(plan['count'], int((time.monotonic() - began) * plan.get('perSecond', 1e9)) + 1)
    burst = 0
    while sent < due and burst < 64:
        try:
            lines[sent % len(lines)].sendto(texts[sent % len(texts)], address)
        except OSError:
            pass
        sent += 1
        burst += 1
    hear(0 if sent < due else 0.001)
ms = (time.monotonic() - began) * 1000
end = time.monotonic() + plan.get('restMs', 300) / 1000
while time.monotonic() < end:
    hear(0.05)
print(json.dumps({'event': 'done', 'sent': sent, 'replies': sum(replies.values()), 'bytes': octets,
                  'most': max(replies.values(), default=0), 'ms': ms}), flush=True)
