"""How Python shows text: a JSON list of texts in, the JSON list of their `repr` out; null for those with a code point
that this Python's Unicode does not know.

usage: shown.py
"""
import json
import sys
import unicodedata

texts = json.load(sys.stdin)
known = lambda text: all(unicodedata.category(sign) != 'Cn' for sign in text)
print(json.dumps([repr(text) if known(text) else None for text in texts]))
