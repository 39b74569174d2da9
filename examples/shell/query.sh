#!/bin/sh
# Reads contacts with curl: a filter, an order, the first page.
set -eu
url=${HEADGATE_URL:-http://localhost:8080}
key=${HEADGATE_API_KEY:?set HEADGATE_API_KEY to the key of an app}

curl -sS --fail-with-body -G "$url/api/v2/db/_table/contact" \
  -H "X-DreamFactory-API-Key: $key" \
  --data-urlencode "fields=id,first_name,last_name" \
  --data-urlencode "filter=(last_name like 'H%') and (id > 1)" \
  --data-urlencode "order=last_name,id desc" \
  --data-urlencode "limit=5"
echo
