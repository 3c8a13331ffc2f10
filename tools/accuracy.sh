#!/bin/sh
# Measures the shipped labelled sets with the shipped defaults, and prints a
# line for each. Usage: tools/accuracy.sh BINARY
set -eu
binary=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
measure() {
  name=$1; truth=$2; shift 2
  "$binary" unify --quiet --out "$folder/$name" "$@" >/dev/null
  "$binary" evaluate --json --crosswalk "$folder/$name/crosswalk.csv" --truth "$truth" |
    tr -d ' \n' | sed -E "s/.*\"pairwise\":\{\"precision\":([0-9.]+),\"recall\":([0-9.]+),\"f1\":([0-9.]+)\}.*\"b3\":\{\"precision\":[0-9.]+,\"recall\":[0-9.]+,\"f1\":([0-9.]+)\}.*/\1 \2 \3 \4/" |
    awk -v name="$name" '{ printf "%-16s precision %.4f  recall %.4f  F1 %.4f  B3 %.4f\n", name, $1, $2, $3, $4 }'
}
channels=testdata/channels
measure channels $channels/truth.csv $channels/shop.csv $channels/crm.csv $channels/newsletter.csv $channels/till.csv $channels/support.csv
for set in febrl1 febrl2 febrl3; do measure $set testdata/febrl/${set}_truth.csv testdata/febrl/$set.csv.gz; done
measure febrl4 testdata/febrl/febrl4_truth.csv --link-only --source-column source testdata/febrl/febrl4.csv.gz
gzip -dc testdata/historical_50k/truth.csv.gz > "$folder/historical_truth.csv"
measure historical_50k "$folder/historical_truth.csv" testdata/historical_50k/historical_50k.csv.gz
