"""Servers over Python's `socketserver`, for clients that are not Python's.

usage: servers.py KIND tcp|unix:/path|udp
KIND: echo    every byte back, then an end (datagrams: each one back)
      zen     questions and answers
      greeting  reads to the end, then answers with how many bytes there were
      cut     answers half of an answer, and ends
      reset   answers half of an answer, and resets
      silent  reads, and never answers
      wrong   answers with bytes that are no text
      hangup  ends at once
Prints where it listens.
"""
import os
import socket
import socketserver
import struct
import sys

kind, where = sys.argv[1], sys.argv[2]
answers = {
    'Beautiful is better than?': 'Ugly.',
    'Explicit is better than?': 'Implicit.',
    'Simple is better than?': 'Complex.',
}


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            getattr(self, kind)()
        except ConnectionError:
            pass  # the client under test went away, which is its right

    def echo(self):
        while chunk := self.request.recv(65536):
            self.wfile.write(chunk)

    def zen(self):
        question = ''
        while sign := self.rfile.read(1).decode():
            question += sign
            if sign == '?':
                self.wfile.write(answers.get(question, 'Error: unknown aphorism.').encode())
                question = ''

    def greeting(self):
        self.wfile.write(f'{len(self.rfile.read())} bytes.'.encode())

    def cut(self):
        self.rfile.read(1)
        self.wfile.write(b'Compl')

    def reset(self):
        self.rfile.read(1)
        self.wfile.write(b'Compl')
        self.wfile.flush()
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        # The socket itself, before `socketserver` ends it in order.
        os.close(self.request.detach())

    def silent(self):
        self.rfile.read()

    def wrong(self):
        self.rfile.read(1)
        self.wfile.write(b'\xff\xfe.')

    def hangup(self):
        pass


class Datagrams(socketserver.BaseRequestHandler):
    def handle(self):
        data, line = self.request
        if kind == 'echo':
            line.sendto(data, self.client_address)


class Quiet:
    daemon_threads = True
    allow_reuse_address = True

    def shutdown_request(self, request):
        if request.fileno() != -1:
            super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass


class Tcp(Quiet, socketserver.ThreadingTCPServer):
    pass


class Unix(Quiet, socketserver.ThreadingUnixStreamServer):
    pass


if where == 'udp':
    server = socketserver.UDPServer(('127.0.0.1', 0), Datagrams)
    endpoint = f'udp://127.0.0.1:{server.server_address[1]}'
elif where == 'tcp':
    server = Tcp(('127.0.0.1', 0), Stream)
    endpoint = f'tcp://127.0.0.1:{server.server_address[1]}'
else:
    server = Unix(where[len('unix:'):], Stream)
    endpoint = where
print(f'{kind} listening at {endpoint}')
server.serve_forever()
