#!/bin/sh
# Measures a served store under load: look-ups, single durable changes from 32
# clients, a batch, and a mixture, with the memory that the service holds.
# `tools/serve_figures.sh BINARY LOAD RECORDS FOLDER [SECONDS] [MIXED_SECONDS]`:
# LOAD is examples/serve_load, RECORDS a CSV file with `source` and `record_id`;
# the store is made in FOLDER, in memory where the disk is not to be measured.
# For figures to be kept, with nothing else on the machine.
set -eu
binary=$(realpath "$1")
load=$(realpath "$2")
records=$(realpath "$3")
mkdir -p "$4"
folder=$(mktemp -d "$4/figures.XXXXXX")
seconds=${5:-15}
mixed=${6:-600}
served=""
end() {
  if [ -n "$served" ]; then
    kill "$served" 2>/dev/null || true
    wait "$served" || true
  fi
  rm -rf "$folder"
}
trap end EXIT
"$binary" --version
uptime
"$binary" unify -q --id record_id --source-column source "$records" --out "$folder/merged" --store "$folder/store"
rm -r "$folder/merged"
"$binary" serve --store "$folder/store" --listen 127.0.0.1:0 2> "$folder/log" &
served=$!
until grep -q '"listening"' "$folder/log"; do
  kill -0 "$served"
  sleep 0.1
done
address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$folder/log" | head -n 1)

# What the service holds of its own, and what it has mapped of the store's files,
# which the system takes away when it wants the memory.
memory() {
  awk '/^RssAnon/ { own = $2 } /^Rss(File|Shmem)/ { mapped += $2 }
       END { printf "  %d MiB held, %d MiB mapped\n", own / 1024, mapped / 1024 }' "/proc/$served/status"
}

# What the service held, and the processor seconds of each kind of thread.
held() {
  memory
  for thread in "/proc/$served/task"/*; do
    # The name stands in brackets and may hold blanks.
    sed 's/^[0-9]* (\(.*\)) [A-Z] /\1|/' "$thread/stat" | awk -F'|' '{ split($2, f, " "); print $1 "|" (f[11] + f[12]) / 100 }'
  done | awk -F'|' '{ sum[$1] += $2 } END { for (name in sum) if (sum[name] > 0.5) printf "  %s %.1f s\n", name, sum[name] }'
  curl -sS "http://$address/metrics" | awk '/^einklang_group_seconds_(sum|count)|^einklang_operations_total/ { print "  " $0 }'
}

# The first load finds nothing kept ready, so each kind runs twice.
for round in 1 2; do
  "$load" match "$address" "$records" --clients 16 --seconds "$seconds"
  "$load" upsert "$address" "$records" --clients 32 --seconds "$seconds" --seed "$round"
  held
  "$load" batch "$address" "$records" --seconds "$seconds" --seed "$round"
  held
done
"$load" mixed "$address" "$records" --clients 32 --seconds "$mixed" &
mixing=$!
while kill -0 "$mixing" 2>/dev/null; do
  sleep 30
  memory
done
wait "$mixing"
held
uptime
kill "$served"
wait "$served"
served=""
"$binary" verify --store "$folder/store"
