#!/usr/bin/env bash
# Trains on several GPUs (or, without one, in several processes on the CPU), of one machine or more.
#   tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
# On several machines run it on each, with NNODES, NODE_RANK (0, 1, ...), MASTER_ADDR and PORT set.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4p' "$0" | cut -c3- >&2; exit 2; }
config=$1 gpus=$2
source "$(dirname "${BASH_SOURCE[0]}")/choose_python.sh"
exec "$python" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$gpus" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$here/train.py" "$config" --launcher pytorch "${@:3}"
