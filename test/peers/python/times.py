"""Tells times as Python does.

usage: times.py
Each JSON line in is {"zone": "Europe/Berlin", "epoch": 1700000000, "format": "%Y"} (ctime when the format is null), each
JSON line out is the text.
"""
import json
import os
import sys
import time

for text in sys.stdin:
    task = json.loads(text)
    os.environ['TZ'] = task['zone']
    time.tzset()
    if task['format'] is None:
        print(json.dumps(time.ctime(task['epoch'])))
    else:
        print(json.dumps(time.strftime(task['format'], time.localtime(task['epoch']))))
