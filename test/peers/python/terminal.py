"""Runs a command with its standard error on a terminal, until its first connection closes; prints what it said there.

usage: terminal.py COMMAND...
The command is to be a server; it is told to stop by SIGTERM.
"""
import os
import pty
import signal
import socket
import subprocess
import sys

from endpoint import dial

ours, theirs = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL)
os.close(theirs)
said = b''
try:
    endpoint = child.stdout.readline().decode().split()[-1]
    with dial(endpoint) as line:
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass
    child.send_signal(signal.SIGTERM)
    try:
        while chunk := os.read(ours, 65536):
            said += chunk
    except OSError:
        pass  # how a terminal ends on Linux
    child.wait(20)
finally:
    child.kill()
sys.stdout.write(said.decode())
