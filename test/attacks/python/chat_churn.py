"""Members of a chat who join, rename and part as fast as they are answered, and then take as many rooms as they can.

Reads {"to": endpoint, "changes": N, "members": M, "rooms": R}; prints
  {"event": "churned"}                            N joins, as many renamings and parts later
  {"event": "done", "most", "refused", "perMember", "left"}  rooms that there were at most, and at the end
"""
import json
import re
import socket
import sys

plan = json.loads(sys.stdin.readline())
host, _, port = plan['to'].partition('://')[2].rpartition(':')


class Peer:
    def __init__(self):
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.file = self.socket.makefile('rb')

    def send(self, text):
        self.socket.sendall(text.encode())

    def until(self, mark):
        while True:
            line = self.file.readline().decode()
            if line == '':
                raise SystemExit('the server closed a connection')
            if mark in line:
                return line


def rooms(peer):
    peer.send('/rooms\n')
    line = peer.until('-- Rooms: ').strip()
    more = re.search(r' and (\d+) more$', line)
    return line.count('(') + (int(more[1]) if more else 0)


members = [Peer() for _ in range(plan['members'])]
# The lobby would hear of every new name.
for member in members:
    member.send('/part\n')
    member.until('-- You left lobby')
done, batch = 0, 25
while done < plan['changes']:
    for index, member in enumerate(members):
        member.send(''.join(f'/join r{done + index * batch + step}\n/nick n{index}-{done + step}\n/part\n' for step in range(batch)) + '/dance\n')
    for member in members:
        member.until('-- There is no /dance')
    done += batch * len(members)
print(json.dumps({'event': 'churned'}), flush=True)

most = refused = 0
per_member = []
wanted = plan['rooms'] // len(members)
for index, member in enumerate(members):
    member.send(''.join(f'/join room{index}-{step}\n' for step in range(wanted)) + '/dance\n')
    allowed = 0
    while True:
        line = member.file.readline().decode()
        allowed += f'[room{index}-' in line
        refused += 'as many as may be' in line
        if '/dance' in line:
            break
    per_member.append(allowed)
    if index % 10 == 9:
        most = max(most, rooms(member))
most = max(most, rooms(members[0]))
for member in members[1:]:
    member.send('/quit\n')
for member in members[1:]:
    member.until('-- Good-bye')
    member.socket.close()
for _ in range(20):
    members[0].send('/part\n/part\n')
members[0].until('-- You are not in that room.')
left = rooms(members[0])
members[0].send('/quit\n')
members[0].until('-- Good-bye')
print(json.dumps({'event': 'done', 'most': most, 'refused': refused, 'perMember': max(per_member), 'left': left}), flush=True)
