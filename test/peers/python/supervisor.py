"""
A supervisor: listens itself, hands its socket to a server as systemd does, kills the server and starts it again, while
clients connect. Arguments: the name of the socket, how often to start again, how many connects, the command.
Tells how many connects were refused, and how many clients were answered by each server.
"""
import json, os, signal, socket, sys, threading, time

name, restarts, wanted, *command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]
listener = socket.create_server(('127.0.0.1', 0), backlog=4096)
address = listener.getsockname()


def start():
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', LISTEN_FDNAMES='other:' + name)
        os.dup2(writable, 1)
        spare = os.open('/dev/null', os.O_RDONLY)
        held = os.dup(listener.fileno())
        os.dup2(spare, 3)
        os.dup2(held, 4)
        os.execvp(command[0], command)
    os.close(writable)
    return child, os.fdopen(readable).readline()


told = {'connected': 0, 'refused': 0, 'answered': 0, 'lines': []}
over = threading.Event()


def connects():
    while told['connected'] + told['refused'] < wanted or not over.is_set():
        try:
            socket.create_connection(address, timeout=30).close()
            told['connected'] += 1
        except OSError:
            told['refused'] += 1
        time.sleep(0.001)


def ask():
    """Until somebody answers: a server that is killed takes its connections with it."""
    while True:
        try:
            with socket.create_connection(address, timeout=30) as client:
                client.sendall(b'x')
                if client.recv(1) == b'x':
                    told['answered'] += 1
                    return
        except OSError:
            pass


child, line = start()
told['lines'].append(line)
crowd = threading.Thread(target=connects)
crowd.start()
for _ in range(restarts):
    ask()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    child, line = start()
    told['lines'].append(line)
ask()
over.set()
crowd.join()
os.kill(child, signal.SIGTERM)
told['status'] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
told['port'] = address[1]
# Behind the server's end the socket is still the supervisor's.
socket.create_connection(address, timeout=5).close()
print(json.dumps(told))
