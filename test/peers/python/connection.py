"""multiprocessing.connection, as a client of ours and as a listener for ours; and pickles of random values.

connection.py client COUNT HARM ADDRESS...     PORT or PATH, each with a comma and a key or without; HARM must not be made
connection.py knock ADDRESS...                 says whether it is let in
connection.py listen DIRECTORY KEY            four listeners: TCP, TCP with the key, Unix, Unix with the key
connection.py dumps SEED COUNT                 random values, each in all protocols, and what it is
connection.py loads                            what the pickles on standard input are
"""
import os
import pickle
import random
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

VALUES = [
    None, True, False, 0, -1, 2**70, -2**70, -2**31 - 1, 1.5, -0.0, 1e300, float('inf'), '', 'text', '\U0001f600 \U0010ffff',
    "it's \"\n", b'', b'bytes \x00\xff', bytearray(b'array'), [], {}, [1, [2, [3, {'deep': ({4},)}]]], (), (1,), (1, 2, 3, 4),
    {'a': 1, 2: None, (3, b'4'): [5]}, {6}, set(), frozenset([7]), frozenset(),
]


class Harm:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, ('touch ' + self.path,)


def address(text):
    where, _, key = text.partition(',')
    return (('127.0.0.1', int(where)) if where.isdigit() else where), (key.encode() or None)


def client(count, harm, *addresses):
    for text in addresses:
        where, key = address(text)
        with Client(where, authkey=key) as peer:
            for value in VALUES:
                peer.send(value)
                back = peer.recv()
                assert type(back) is type(value) and repr(back) == repr(value), (value, back)
            for message in (b'hello', b'', b'\x80', bytes(range(256))):
                peer.send_bytes(message)
                assert peer.recv_bytes() == message
            mebibyte = os.urandom(1 << 20)
            peer.send(mebibyte)
            assert peer.recv() == mebibyte
            done = 0
            while done < int(count):
                some = range(done, min(done + 100, int(count)))
                for number in some:
                    peer.send(number)
                assert [peer.recv() for _ in some] == list(some)
                done += len(some)
            peer.send(Harm(harm))
            print(repr(peer.recv()))
            try:
                peer.recv()
            except EOFError:
                print('end')


def knock(*addresses):
    def one(text):
        where, key = address(text)
        try:
            with Client(where, authkey=key) as peer:
                peer.send('in')
                return peer.recv()
        except Exception as error:
            return '%s %s' % (type(error).__name__, error)

    # At the same time: a wrong answer is refused a second late.
    with ThreadPoolExecutor(len(addresses)) as all_at_once:
        print(*all_at_once.map(one, addresses), sep='\n')


def listen(directory, key):
    for where, authkey in ((('127.0.0.1', 0), None), (('127.0.0.1', 0), key), ('plain', None), ('keyed', key)):
        where = where if isinstance(where, tuple) else os.path.join(directory, where)
        with Listener(where, authkey=authkey and authkey.encode()) as listener:
            print(listener.address if isinstance(listener.address, str) else listener.address[1])
            try:
                with listener.accept() as peer:
                    while True:
                        value = peer.recv()
                        print(len(value) if isinstance(value, bytes) and len(value) > 1000 else repr(value))
                        peer.send(value)
            except EOFError:
                print('end')
            except AuthenticationError as error:
                print('AuthenticationError', error)


def any_value(depth=0):
    kind = random.randrange(14 if depth < 4 else 8)
    size = random.randrange(5)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        edges = [0, 1, -1, 255, 256, -128, 65535, 65536, 2**31 - 1, 2**31, -2**31, -2**31 - 1]
        return random.choice(edges + [random.getrandbits(random.randrange(1, 3000)) * random.choice([1, -1])])
    if kind == 2:
        edges = [0.0, 1.5, 1e300, 5e-324, float('inf'), float('-inf'), 1e16, 1e-5]
        return random.choice(edges + [random.random() * 10 ** random.randrange(-30, 30)])
    if kind in (3, 4):
        sign = lambda: random.choice([random.randrange(0x100), random.randrange(0xd800), random.randrange(0x10000, 0x110000), 0x5c, 10, 0x1a])
        return ''.join(chr(sign()) for _ in range(size * 2)) + random.choice(['', '\ud800', '\udc00.'])
    if kind == 5:
        return bytes(random.randrange(256) for _ in range(random.choice([size, 300])))
    if kind == 6:
        return bytearray(random.randrange(256) for _ in range(size))
    if kind == 7:
        return random.choice(SHARED)
    if kind in (8, 9):
        return [any_value(depth + 1) for _ in range(size)]
    if kind == 10:
        return tuple(any_value(depth + 1) for _ in range(size))
    if kind == 11:
        return {any_key(depth + 1): any_value(depth + 1) for _ in range(size)}
    return (set if kind == 12 else frozenset)(any_key(depth + 1) for _ in range(size))


def any_key(depth):
    while True:
        value = any_value(depth)
        try:
            hash(value)
            return value
        except TypeError:
            pass


SHARED = [[1, 2], (3, 'shared text'), {'a': b'b'}, {4}, frozenset([5]), bytearray(b'6'), 'shared', b'shared bytes']


def told(value):
    """What a value is, in a form that both sides can write: sets have no order."""
    if isinstance(value, str):
        return 'str ' + value.encode('utf-16-le', 'surrogatepass').hex()
    if isinstance(value, float):
        return 'float ' + struct.pack('>d', value).hex()
    if isinstance(value, (bytes, bytearray)):
        return type(value).__name__ + ' ' + value.hex()
    if isinstance(value, (list, tuple)):
        return type(value).__name__ + ' [' + ', '.join(map(told, value)) + ']'
    if isinstance(value, (set, frozenset)):
        return type(value).__name__ + ' [' + ', '.join(sorted(map(told, value))) + ']'
    if isinstance(value, dict):
        return 'dict [' + ', '.join(told(key) + ': ' + told(item) for key, item in value.items()) + ']'
    return repr(value)


def dumps(seed, count):
    random.seed(int(seed))
    for _ in range(int(count)):
        value = any_value()
        written = [pickle.dumps(value, protocol).hex() for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
        print(told(value), *written, sep='\t')


def loads():
    for line in sys.stdin:
        print(told(pickle.loads(bytes.fromhex(line.strip()))))


modes = {'client': client, 'knock': knock, 'listen': listen, 'dumps': dumps, 'loads': loads}
modes[sys.argv[1]](*sys.argv[2:])
