"""Reads all contacts page by page, with Python's standard library alone."""
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

ORIGIN = os.environ.get("HEADGATE_URL", "http://localhost:8080")
API_KEY = os.environ.get("HEADGATE_API_KEY") or sys.exit("set HEADGATE_API_KEY to the key of an app")


def records(path):
    while path:
        request = urllib.request.Request(urllib.parse.urljoin(ORIGIN, path), headers={"X-DreamFactory-API-Key": API_KEY})
        try:
            with urllib.request.urlopen(request) as response:
                yield from json.load(response)["resource"]
                following = re.search(r'<([^>]+)>;\s*rel="next"', response.headers.get("Link", ""))
        except urllib.error.HTTPError as failure:
            error = json.load(failure)["error"]
            sys.exit(f"{error['message']} [{error['reason']}] {error.get('hint', '')}")
        path = following.group(1) if following else None


QUERY = urllib.parse.urlencode({"fields": "id,first_name,last_name", "order": "id", "limit": 2})
for record in records(f"/api/v2/db/_table/contact?{QUERY}"):
    print(record["id"], record["first_name"], record["last_name"])
