#!/usr/bin/env bash
# Evaluates on several GPUs (or, without one, in several processes on the CPU), of one machine or more.
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
# On several machines run it on each, with NNODES, NODE_RANK (0, 1, ...), MASTER_ADDR and PORT set.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4p' "$0" | cut -c3- >&2; exit 2; }
config=$1 checkpoint=$2 gpus=$3
source "$(dirname "${BASH_SOURCE[0]}")/choose_python.sh"
exec "$python" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$gpus" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$here/test.py" "$config" "$checkpoint" --launcher pytorch "${@:4}"
