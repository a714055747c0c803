"""Many clients at a time, each doing the same steps. One process, epoll, no thread.

Reads the plan as a line of JSON (see CrowdPlan in framework/hostile.ts). Prints
  {"event": "connected"}                when everybody is connected or failed to
  {"event": "offered", "sent": N}       when nobody could send a byte for 300 ms, and some still want to
  {"event": "held"}                     when everybody who lives is in a step `hold` or `drip`
  {"event": "done", "fates": [[how, began ms, connect ms, lived ms, sent, received, rested ms], ...]}
and lets go of those that hold when it reads the line "release".
"""
import errno
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

plan = json.loads(sys.stdin.readline())
kind, _, rest = plan['to'].partition('://') if '://' in plan['to'] else ('unix', '', plan['to'].partition(':')[2])
if kind == 'unix':
    family, address = socket.AF_UNIX, rest
else:
    host, _, port = rest.rpartition(':')
    family = socket.AF_INET6 if '[' in host else socket.AF_INET
    address = (host.strip('[]'), int(port))
steps = plan['steps']
draw = random.Random(plan.get('seed', 0))
PATTERN = bytes(range(256)) * 1024
poll = select.epoll()
clients = {}
timers = []
fates = []
began = time.monotonic()
end = began + plan.get('patienceMs', 30000) / 1000
last_sent = began
told = set()
numbers = 0


def now_ms():
    return (time.monotonic() - began) * 1000


def tell(event, **more):
    print(json.dumps({'event': event, **more}), flush=True)


def tell_once(event, **more):
    if event not in told:
        told.add(event)
        tell(event, **more)


class Client:
    def __init__(self, number):
        self.at, self.left, self.text = 0, 0, b''
        self.sent = self.received = 0
        self.connected = None
        self.began = now_ms()
        self.mask = 0
        self.moved = now_ms()
        self.holding = False
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if 'receiveBytes' in plan:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, plan['receiveBytes'])
        if 'sendBytes' in plan:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, plan['sendBytes'])
        if 'segmentBytes' in plan:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, plan['segmentBytes'])
        if plan.get('from'):
            self.socket.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            self.socket.bind((plan['from'][number % len(plan['from'])], 0))
        self.fd = self.socket.fileno()
        clients[self.fd] = self
        code = self.socket.connect_ex(address)
        poll.register(self.fd, select.EPOLLOUT | select.EPOLLRDHUP)
        self.mask = select.EPOLLOUT | select.EPOLLRDHUP
        if code not in (0, errno.EINPROGRESS):
            self.over(errno.errorcode[code])

    def want(self, mask):
        if mask != self.mask:
            self.mask = mask
            poll.modify(self.fd, mask)

    def over(self, how):
        if clients.pop(self.fd, None) is None:
            return
        poll.unregister(self.fd)
        connect_ms = -1 if self.connected is None else self.connected - self.began
        lived = 0 if self.connected is None else now_ms() - self.connected
        fates.append([how, round(self.began, 2), round(connect_ms, 2), round(lived, 2), self.sent, self.received,
                      round(now_ms() - self.moved, 2)])
        self.socket.close()

    def begin(self):
        """Begins the step at which it is; True if it is through with it at once."""
        step = steps[self.at]
        do = step['do']
        self.holding = do in ('hold', 'drip')
        if do == 'send':
            self.text = step['text'].encode('latin1')
            self.left = len(self.text)
        elif do == 'offer':
            self.left = step['bytes']
            self.pattern = step['fill'].encode('latin1') * 65536 if 'fill' in step else PATTERN
        elif do == 'drip':
            self.text = step['text'].encode('latin1')
            self.left = len(self.text)
        elif do == 'read':
            self.left = float('inf') if step['bytes'] == 'end' else step['bytes']
            return self.left == 0
        elif do == 'rest':
            ms = step['ms']
            wait = draw.uniform(*ms) if isinstance(ms, list) else ms
            heapq.heappush(timers, (time.monotonic() + wait / 1000, id(self), self, self.at))
        elif do == 'fin':
            self.socket.shutdown(socket.SHUT_WR)
            return True
        elif do == 'reset':
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            self.over('own')
        elif do == 'close':
            self.over('own')
        return False

    def go(self):
        """Begins the next steps until one has to wait."""
        try:
            while self.at < len(steps):
                if not self.begin():
                    break
                self.at += 1
            else:
                self.over('own')
        except OSError:
            self.over('reset')
        if self.fd in clients and clients[self.fd] is self:
            self.set_interest()

    def step_done(self):
        self.at += 1
        self.go()

    def set_interest(self):
        do = steps[self.at]['do']
        mask = select.EPOLLRDHUP
        if do in ('send', 'offer') or (do == 'drip' and self.left > 0):
            mask |= select.EPOLLOUT
        if do == 'read':
            # The end is found by reading, behind all that came before it.
            mask = select.EPOLLIN
        self.want(mask)

    def send(self):
        global last_sent
        do = steps[self.at]['do']
        for _ in range(16):
            if do == 'offer':
                at = self.sent % 256 if self.pattern is PATTERN else 0
                piece = memoryview(self.pattern)[at:at + min(self.left, 65536)]
            else:
                piece = self.text[len(self.text) - self.left:]
            try:
                count = self.socket.send(piece)
            except BlockingIOError:
                return
            self.sent += count
            self.moved = now_ms()
            self.left -= count
            last_sent = time.monotonic()
            if self.left == 0:
                if do == 'drip':
                    heapq.heappush(timers, (time.monotonic() + steps[self.at]['everyMs'] / 1000, id(self), self, self.at))
                    self.set_interest()
                else:
                    self.step_done()
                return

    def read(self):
        for _ in range(16):
            try:
                data = self.socket.recv(min(self.left, 65536) if self.left != float('inf') else 65536)
            except BlockingIOError:
                return
            if not data:
                self.over('fin')
                return
            self.received += len(data)
            self.moved = now_ms()
            self.left -= len(data)
            if self.left == 0:
                self.step_done()
                return

    def timer(self, at):
        if self.fd not in clients or clients[self.fd] is not self or at != self.at:
            return
        if steps[at]['do'] == 'rest':
            self.step_done()
        else:
            self.left = len(self.text)
            self.set_interest()

    def ready(self, mask):
        if self.connected is None:
            code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self.over(errno.errorcode[code])
                return
            self.connected = now_ms()
            self.go()
            return
        try:
            reading = steps[self.at]['do'] == 'read'
            if mask & (select.EPOLLERR | select.EPOLLHUP) and not (reading and mask & select.EPOLLIN):
                code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self.over('fin' if code == 0 and mask & select.EPOLLRDHUP and not mask & select.EPOLLERR else 'reset')
            elif mask & select.EPOLLIN and reading:
                self.read()
            elif mask & select.EPOLLRDHUP and not reading:
                self.over('fin')
            elif mask & select.EPOLLOUT:
                self.send()
        except OSError:
            self.over('reset')


def may_begin():
    if numbers >= plan['count'] or len(clients) >= plan.get('atATime', plan['count']):
        return False
    rate = plan.get('connectsPerSecond')
    return rate is None or numbers < (time.monotonic() - began) * rate


poll.register(sys.stdin.fileno(), select.EPOLLIN)
listening = True
while clients or numbers < plan['count']:
    now = time.monotonic()
    if now > end:
        for client in list(clients.values()):
            client.over('patience')
        break
    burst = 0
    while may_begin() and burst < 200:
        Client(numbers)
        numbers += 1
        burst += 1
    while timers and timers[0][0] <= now:
        _, _, client, at = heapq.heappop(timers)
        client.timer(at)
    wait = min(0.05, max(0, timers[0][0] - time.monotonic())) if timers else 0.05
    for fd, mask in poll.poll(0 if may_begin() else wait, 1024):
        if fd == sys.stdin.fileno():
            text = os.read(fd, 65536)
            if b'release' in text:
                for client in list(clients.values()):
                    client.over('released')
                numbers = plan['count']
            if not text:
                sys.exit(1)
            continue
        client = clients.get(fd)
        if client is not None:
            client.ready(mask)
    if numbers >= plan['count'] and 'connected' not in told:
        if all(client.connected is not None for client in clients.values()):
            tell_once('connected')
    if 'connected' in told and 'held' not in told and all(client.holding for client in clients.values()):
        tell_once('held')
    if 'connected' in told and 'offered' not in told and now - last_sent > 0.3:
        tell_once('offered', sent=sum(client.sent for client in clients.values()))
tell_once('connected')
tell_once('offered', sent=0)
tell_once('held')
tell('done', fates=fates)
