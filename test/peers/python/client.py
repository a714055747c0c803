"""A client over Python's own sockets: what it is to do comes as JSON lines, what came of it goes out as JSON lines.

usage: client.py socket|asyncio

A task: {"to": "tcp://127.0.0.1:1060", "pieces": ["Simple", " is better than?"]}, each piece in a send of its own, or
{"to": ..., "random": 8388608}, so many bytes that must come back. Then it ends its half and reads to the end; with
"reset": true it cuts the line instead, with "close": true it closes without reading.
An answer: {"got": "Complex.", "how": "fin"}, or {"length": 8388608, "same": true, "how": "fin"}.
"""
import asyncio
import json
import random
import socket
import struct
import sys
import threading

from endpoint import dial, parse


def with_socket(task, pieces):
    with dial(task['to']) as line:
        if line.family != socket.AF_UNIX:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if task.get('reset'):
            for piece in pieces:
                line.sendall(piece)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            return b'', 'reset'

        def send():
            try:
                for piece in pieces:
                    line.sendall(piece)
                line.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the reading half tells what happened

        if task.get('close'):
            send()
            return b'', 'closed'
        # A peer that answers while we still send would wait for us to read.
        sending = threading.Thread(target=send)
        sending.start()
        got, how = bytearray(), 'fin'
        try:
            while chunk := line.recv(65536):
                got += chunk
        except OSError as error:
            how = type(error).__name__
        sending.join()
        return bytes(got), how


async def with_asyncio(task, pieces):
    family, address = parse(task['to'])
    opening = asyncio.open_unix_connection(address) if family == socket.AF_UNIX else asyncio.open_connection(*address)
    reader, writer = await asyncio.wait_for(opening, 20)

    async def send():
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()

    sending = asyncio.create_task(send())
    try:
        got, how = await asyncio.wait_for(reader.read(), 20), 'fin'
    except OSError as error:
        got, how = b'', type(error).__name__
    await asyncio.gather(sending, return_exceptions=True)
    writer.close()
    return got, how


for text in sys.stdin:
    task = json.loads(text)
    if 'random' in task:
        pieces = [random.Random(task['random']).randbytes(task['random'])]
    else:
        pieces = [piece.encode('latin-1') for piece in task['pieces']]
    if sys.argv[1] == 'asyncio':
        got, how = asyncio.run(with_asyncio(task, pieces))
    else:
        got, how = with_socket(task, pieces)
    if 'random' in task:
        answer = {'length': len(got), 'same': got == pieces[0], 'how': how}
    else:
        answer = {'got': got.decode('latin-1'), 'how': how}
    print(json.dumps(answer))
