#!/bin/sh
# Runs every bench of the workspace and prints their tables. Needs a machine with nothing else to do; two cores suffice.
# Arguments go to the bench of a whole passage, for example: run.sh --rounds 3 --only document
set -eu
cd "$(dirname "$0")/../../.."

echo "== machine"
uname -srm
sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | sort | uniq -c
echo "load before: $(cut -d ' ' -f 1-3 /proc/loadavg)"

for bench in sluis-certs:certs:dev-pki sluis-policy:policy: sluis-audit:gateway/audit:; do
    package=${bench%%:*}
    folder=${bench#*:}
    features=${folder#*:}
    folder=${folder%%:*}
    for file in "$folder"/benches/*.rs; do
        [ -e "$file" ] || continue
        name=$(basename "$file" .rs)
        echo
        echo "== $package: $name"
        cargo bench --quiet --package "$package" --features "$features" --bench "$name"
    done
done

echo
echo "== sluis: a whole passage"
cargo bench --quiet --package sluis --bench passage -- "$@"
