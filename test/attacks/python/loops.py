"""One forged datagram between two servers, for each pair: how many packets follow? In a network namespace of its own.

usage: unshare -n python3 loops.py 'COMMAND that runs it-serve'
Prints a JSON text: {"echo, naive echo": {"forged": 1, "first": 20, "second": 20}, ...}: packets that each of the two sent.
Every pair is watched until nothing moves for 300 ms, and closed at 2,000 packets or after 5 s.
"""
import json
import shlex
import socket
import struct
import subprocess
import sys
import threading
import time

# Addresses of the loopback device that are not loopback addresses, so that no sender is exempt.
HOSTS = ['10.77.0.%d' % number for number in range(1, 7)]
ECHO, ECHO2, TIME, TIME2, NAIVE, ERRORS = HOSTS
PORT = 20000
ours = []
over = threading.Event()


def run(command):
    subprocess.run(command, shell=True, check=True)


def start(server, *hosts):
    listen = [word for host in hosts for word in ('--listen', 'udp://%s:%d' % (host, PORT))]
    child = subprocess.Popen(shlex.split(sys.argv[1]) + ['serve', server, '--quiet', *listen], stdout=subprocess.PIPE)
    ours.append(child)
    return child


def naive(host, answer):
    """Answers whatever comes, at a port that looks like a client's, until all is over."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind((host, PORT + 777))

    def serve():
        while not over.is_set():
            said, sender = line.recvfrom(70000)
            line.sendto(answer(said), sender)

    threading.Thread(target=serve, daemon=True).start()


def forge(source, target):
    """A datagram to `target` that says that it is from `source`."""
    said = b'forged'
    udp = struct.pack('!HHHH', source[1], target[1], 8 + len(said), 0) + said
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 1, 0, 64, socket.IPPROTO_UDP, 0,
                           socket.inet_aton(source[0]), socket.inet_aton(target[0]))
        raw.sendto(head + udp, target)


def watch(first, second):
    """Counts what follows one forged datagram from `first` to `second`."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        tap.bind(('lo', 0))
        tap.settimeout(0.3)
        forge(first, second)
        sent = {first[0]: 0, second[0]: 0}
        end = time.monotonic() + 5
        try:
            while sum(sent.values()) < 2000 and time.monotonic() < end:
                frame, where = tap.recvfrom(2000)
                # Each packet is seen going out and coming in.
                if where[2] != socket.PACKET_OUTGOING or frame[23] != socket.IPPROTO_UDP:
                    continue
                source = socket.inet_ntoa(frame[26:30])
                if source in sent:
                    sent[source] += 1
        except TimeoutError:
            pass
    # The forged one is not theirs.
    return {'first': sent[first[0]] - 1, 'second': sent[second[0]]}


run('ip link set lo up')
for host in HOSTS:
    run('ip address add %s/32 dev lo' % host)
try:
    for child in [start('echo', ECHO), start('echo', ECHO2), start('time', TIME), start('time', TIME2)]:
        child.stdout.readline()
    known = {'echo': (ECHO, PORT), 'echo elsewhere': (ECHO2, PORT), 'time': (TIME, PORT), 'time elsewhere': (TIME2, PORT),
             'naive echo': (NAIVE, PORT + 777), 'naive errors': (ERRORS, PORT + 777)}
    naive(NAIVE, lambda said: said)
    naive(ERRORS, lambda said: b'ERR bad request')
    found = {}
    pairs = [('echo', 'echo elsewhere'), ('echo', 'time'), ('time', 'echo'), ('time', 'time elsewhere'),
             ('naive echo', 'echo'), ('naive echo', 'time'), ('naive errors', 'echo elsewhere'),
             ('naive errors', 'time elsewhere'), ('naive echo', 'naive errors')]
    for first, second in pairs:
        found['%s, %s' % (first, second)] = watch(known[first], known[second])
    print(json.dumps(found))
finally:
    over.set()
    for child in ours:
        child.terminate()
    for child in ours:
        child.wait(20)
