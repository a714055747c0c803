"""Asks a server to run commands, many at a time, and looks in /proc at what becomes of them: one thread a connection.

Reads the plan as a line of JSON:
  to         its endpoint
  atATime    connections at a time (1)
  watch      text in the command lines of processes that are counted all the time; prints the most that there were
  tasks      each {"lines": [...], "stream": true, "reset": true, "marker": "..."}; a character of a line is a byte
             stream: the answer is streamed, only its bytes are counted
             reset: the line is cut once a process with the marker in its command line runs
             marker: behind the last answer, or the cut, how long it takes until no such process is left
Prints {"event": "done", "most": N, "results": [{"answers": [[header, body], ...], "ms": N, "left": N, "goneMs": N}, ...]}
"""
import json
import os
import queue
import socket
import struct
import sys
import threading
import time
from urllib.parse import urlsplit

plan = json.loads(sys.stdin.readline())
address = urlsplit(plan['to'])
waiting = queue.Queue()
results = [None] * len(plan['tasks'])
most = 0
over = threading.Event()


def running(marker):
    """Processes with the text in their command line; a zombie has none."""
    found = 0
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            with open(f'/proc/{name}/cmdline', 'rb') as file:
                found += marker in file.read()
        except OSError:
            pass
    return found


def gone(marker):
    """Nobody is there, nor a moment later: a process that is about to become another one has no command line."""
    if running(marker) > 0:
        return False
    time.sleep(0.02)
    return running(marker) == 0


def until(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def answer(stream):
    size, = struct.unpack('<i', stream.read(4))
    header = json.loads(stream.read(size))
    return [header, stream.read(header['data_size']).decode('latin1')]


def streamed(stream):
    bytes_of = {1: 0, 2: 0}
    while True:
        kind, size = struct.unpack('<bi', stream.read(5))
        if kind == 0:
            return [json.loads(stream.read(size)), str(bytes_of[1])]
        bytes_of[kind] += size
        while size > 0:
            size -= len(stream.read(min(size, 1 << 20)))


def run(task):
    result = {'answers': [], 'left': 0}
    client = socket.create_connection((address.hostname, address.port), timeout=1200)
    marker = task.get('marker', '').encode()
    began = time.monotonic()
    for line in task['lines']:
        client.sendall(line.encode('latin1') + b'\n')
    if task.get('reset'):
        result['ran'] = until(lambda: running(marker) > 0, 20)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    else:
        read = streamed if task.get('stream') else answer
        stream = client.makefile('rb')
        for _ in task['lines']:
            result['answers'].append(read(stream))
            result.setdefault('each', []).append((time.monotonic() - began) * 1000)
        stream.close()
    result['ms'] = (time.monotonic() - began) * 1000
    client.close()
    if marker:
        began = time.monotonic()
        until(lambda: gone(marker), 5)
        result['goneMs'] = (time.monotonic() - began) * 1000
        result['left'] = running(marker)
    return result


def work():
    while True:
        try:
            index = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            results[index] = run(plan['tasks'][index])
        except Exception as error:
            results[index] = {'answers': [], 'left': 0, 'ms': 0, 'error': f'{type(error).__name__}: {error}'}


def watch():
    global most
    while not over.wait(0.005):
        most = max(most, running(plan['watch'].encode()))


for index in range(len(plan['tasks'])):
    waiting.put(index)
workers = [threading.Thread(target=work) for _ in range(plan.get('atATime', 1))]
if 'watch' in plan:
    watcher = threading.Thread(target=watch)
    watcher.start()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
over.set()
if 'watch' in plan:
    watcher.join()
print(json.dumps({'event': 'done', 'most': most, 'results': results}), flush=True)
