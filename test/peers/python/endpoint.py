"""Endpoints as the toolkit writes them: tcp://host:port, unix:/path, udp://host:port."""
import socket
from urllib.parse import urlsplit


def parse(url):
    """The family, and the address as Python's sockets take it."""
    if url.startswith('unix:'):
        return socket.AF_UNIX, url[len('unix:'):]
    parts = urlsplit(url)
    return (socket.AF_INET6 if ':' in parts.hostname else socket.AF_INET), (parts.hostname, parts.port)


def dial(url, timeout=20):
    """A connected stream socket."""
    family, address = parse(url)
    line = socket.socket(family, socket.SOCK_STREAM)
    line.settimeout(timeout)
    line.connect(address)
    return line
