"""Members of a chat: one process, epoll, no thread.

Reads the plan as a line of JSON:
  to        endpoint
  control   endpoint of a plain echo, asked every 20 ms
  members   how many read; named m0, m1, ...
  senders   the first so many of them speak,
  rate      lines a second, all of them together, of
  bytes     bytes each, for
  seconds   seconds
  stalled   more members who read nothing, with small buffers
  flood     lines a second that one more member tries to send from the start
Prints {"event": "ready"} when all are in the room, {"event": "stalled", "gone": [seconds, ...]} when all who stall were cut
off or it is over, and
  {"event": "done", "sent", "heard", "lost", "doubled", "swapped", "p50Ms", "p99Ms", "mostMs", "controlP99Ms",
   "flood": {"tried": bytes, "heard": lines, "mostInSecond": lines, "goneAfter": seconds or null}}
Times are from the moment in which a line is given to the kernel to that in which a member has all of it.
"""
import json
import select
import socket
import sys
import time

plan = json.loads(sys.stdin.readline())
poll = select.epoll()
by_number = {}
now = time.monotonic


def address(endpoint):
    host, _, port = endpoint.partition('://')[2].rpartition(':')
    return host, int(port)


def tell(event, **more):
    print(json.dumps({'event': event, **more}), flush=True)


class Peer:
    def __init__(self, to, small=False):
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        self.socket.connect(address(to))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b''
        self.gone = None
        self.out = b''
        by_number[self.socket.fileno()] = self
        poll.register(self.socket, select.EPOLLIN)

    def say(self, line):
        self.socket.sendall(line.encode() + b'\n')

    def lines(self):
        try:
            data = self.socket.recv(16384)
        except (ConnectionError, BlockingIOError) as error:
            data = None if isinstance(error, BlockingIOError) else b''
        if data == b'':
            self.over()
        parts = (self.rest + (data or b'')).split(b'\r\n')
        self.rest = parts.pop()
        return parts

    def until(self, mark):
        self.socket.settimeout(20)
        while True:
            if any(mark in line for line in self.lines()):
                return
            if self.gone is not None:
                raise SystemExit('the server closed a connection')

    def over(self):
        if self.gone is None:
            self.gone = now()
            poll.unregister(self.socket)


members = [Peer(plan['to']) for _ in range(plan['members'])]
for number, member in enumerate(members):
    member.say(f'/nick m{number}')
    member.until(f'-- You are m{number} now.'.encode())
stalled = [Peer(plan['to'], small=True) for _ in range(plan.get('stalled', 0))]
for member in stalled:
    member.until(b'you are here')
    # Only its end is looked at.
    poll.modify(member.socket, select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR)
control = Peer(plan['control'])
flooder = Peer(plan['to']) if plan.get('flood') else None
if flooder:
    flooder.say('/nick flooder')
    flooder.until(b'-- You are flooder now.')
for peer in [*members, control] + ([flooder] if flooder else []):
    peer.socket.setblocking(False)
tell('ready')

senders = members[:plan.get('senders', 0)]
counts = [0] * len(senders)
heard = {id(member): [0] * len(senders) for member in members}
delays, controls, flood_at = [], [], []
lost = doubled = swapped = total = flood_tried = 0
began = now()
end = began + plan['seconds']
every = 1 / plan['rate'] if senders else None
next_line, next_control, next_flood, asked = began, began, began, None
fill = 'x' * max(0, plan.get('bytes', 0) - 40)
grace = None


def hear(member, line, at):
    global lost, doubled, swapped, total
    if b'> flood ' in line:
        if member is members[0]:
            flood_at.append(at)
        return
    if b'> say ' not in line:
        return
    _, _, words = line.partition(b'> say ')
    sender, number, when = words.split(b' ')[:3]
    expected = heard[id(member)][int(sender)]
    number = int(number)
    if number > expected:
        lost += number - expected
    elif number < expected:
        swapped += 1
    heard[id(member)][int(sender)] = number + 1
    total += 1
    delays.append((at - float(when)) * 1000)


while True:
    at = now()
    if at < end:
        if senders and at >= next_line:
            who = sum(counts) % len(senders)
            next_line += every
            senders[who].say(f'say {who} {counts[who]} {now():.6f} {fill}')
            counts[who] += 1
            continue
    elif grace is None:
        grace = at + plan.get('graceSeconds', 2)
    elif at >= grace or (total == sum(counts) * len(members) - sum(counts) and not flooder and not stalled):
        break
    if asked is None and at >= next_control:
        asked, next_control = at, at + 0.02
        control.socket.send(b'!')
    if flooder and flooder.gone is None and at >= next_flood:
        next_flood += 0.01
        if len(flooder.out) < 1000000:
            flooder.out += b''.join(b'flood %d %s\n' % (at * 1000, b'y' * 80) for _ in range(plan['flood'] // 100))
        try:
            sent = flooder.socket.send(flooder.out)
            flood_tried += sent
            flooder.out = flooder.out[sent:]
        except BlockingIOError:
            pass
        except ConnectionError:
            flooder.over()
    wait = min([next_line if senders and at < end else at + 0.02, next_flood if flooder and flooder.gone is None else at + 0.02, at + 0.02]) - now()
    for number, mask in poll.poll(max(0, wait)):
        peer = by_number[number]
        if peer in stalled:
            peer.over()
            continue
        lines = peer.lines()
        at = now()
        if peer is control:
            asked_at, asked, peer.rest = asked, None, b''
            controls.append((at - asked_at) * 1000)
        elif peer is not flooder:
            for line in lines:
                hear(peer, line, at)

for index, member in enumerate(members):
    for sender, count in enumerate(counts):
        if index != sender:
            lost += count - heard[id(member)][sender]


def share(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0


# Lines that are heard late come closer to the next ones: by so much the second is shorter here.
second = max(0.25, 1 - 2 * max(delays, default=0) / 1000)
most = max((sum(1 for other in flood_at if one <= other < one + second) for one in flood_at), default=0)
tell('stalled', gone=[round(peer.gone - began, 3) for peer in stalled if peer.gone is not None])
tell('done', sent=sum(counts), heard=total, lost=lost, doubled=doubled, swapped=swapped,
     p50Ms=share(delays, 0.5), p99Ms=share(delays, 0.99), mostMs=max(delays, default=0),
     controlP99Ms=share(controls, 0.99),
     flood={'tried': flood_tried, 'heard': len(flood_at), 'mostInSecond': most,
            'goneAfter': round(flooder.gone - began, 3) if flooder and flooder.gone else None})
for peer in by_number.values():
    peer.socket.close()
