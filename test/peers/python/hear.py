"""Hears datagrams at a shared port, as the toolkit's own listeners do.

usage: hear.py ENDPOINT
Prints `ready`, then a JSON text for each datagram; its characters are the bytes.
"""
import json
import socket
import sys

from endpoint import parse

family, address = parse(sys.argv[1])
with socket.socket(family, socket.SOCK_DGRAM) as ear:
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind(address)
    print('ready')
    while True:
        print(json.dumps(ear.recvfrom(70000)[0].decode('latin-1')))
