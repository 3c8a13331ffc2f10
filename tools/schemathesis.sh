#!/bin/sh
# Has Schemathesis ask a served store whatever the OpenAPI document allows and
# does not allow, with all checks. `tools/schemathesis.sh BINARY [SECONDS]`; what
# it needs is put into an environment of its own in a temporary folder, or found
# in the one that SCHEMATHESIS_VENV names.
set -eu
version=4.32.5
here=$(cd "$(dirname "$0")/.." && pwd)
binary=$(realpath "$1")
seconds=${2:-300}
folder=$(mktemp -d)
served=""
end() {
  if [ -n "$served" ]; then
    kill "$served" 2>/dev/null || true
    wait "$served" || true
  fi
  rm -rf "$folder"
}
trap end EXIT
venv=${SCHEMATHESIS_VENV:-$folder/venv}
if [ ! -x "$venv/bin/schemathesis" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q "schemathesis==$version"
fi
"$venv/bin/schemathesis" --version

for source in shop crm; do head -n 200 "$here/testdata/channels/$source.csv" > "$folder/$source.csv"; done
"$binary" unify -q "$folder/shop.csv" "$folder/crm.csv" --out "$folder/merged" --store "$folder/store"
token=$("$binary" token create -q --store "$folder/store" all --role reader --role writer --role steward \
  --role approver --role administrator)
"$binary" serve --store "$folder/store" --listen 127.0.0.1:0 2> "$folder/log" &
served=$!
address=""
while [ -z "$address" ]; do
  kill -0 "$served"
  sleep 0.2
  address=$(sed -n 's/.*"address":"\([^"]*\)".*"message":"listening".*/\1/p' "$folder/log")
done

# The stream of changes never ends, so no answer to it can be checked as a whole.
status=0
cd "$folder"
SCHEMATHESIS_HOOKS="$here/tools/schemathesis_hooks.py" "$venv/bin/schemathesis" --config-file "$here/tools/schemathesis.toml" run --checks all \
  --header "Authorization: Bearer $token" --exclude-path /v1/changes/stream --continue-on-failure \
  --max-time "$seconds" ${SEED:+--seed "$SEED"} "http://$address/v1/openapi.json" || status=$?
kill -0 "$served" || { echo "einklang: the service ended" >&2; status=1; }
if grep '"level":"error"' "$folder/log"; then status=1; fi
exit "$status"
