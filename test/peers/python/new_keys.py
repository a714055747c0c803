"""A TLS 1.3 client that asks for new keys for ever, and reads none of the answers; Python's own ssl cannot ask.

usage: new_keys.py HOST PORT

Prints `asking`, and at the end how many times it asked.
"""
import ctypes
import ctypes.util
import socket
import sys

ssl = ctypes.CDLL(ctypes.util.find_library('ssl'))
pointer = ctypes.c_void_p
for name in ('TLS_client_method', 'SSL_CTX_new', 'SSL_new'):
    getattr(ssl, name).restype = pointer
line = socket.socket()
line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
line.connect((sys.argv[1], int(sys.argv[2])))
tls = pointer(ssl.SSL_new(pointer(ssl.SSL_CTX_new(pointer(ssl.TLS_client_method())))))
ssl.SSL_set_fd(tls, line.fileno())
if ssl.SSL_connect(tls) != 1:
    sys.exit('no TLS')
print('asking')
asked = 0
update_requested = 1
while ssl.SSL_key_update(tls, update_requested) == 1 and ssl.SSL_do_handshake(tls) == 1:
    asked += 1
print(asked)
