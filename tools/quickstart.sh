#!/usr/bin/env bash
# From nothing to a distilled student: makes .venv where it is not there, runs configs/kd/wsddn_shapes.py on drawn images
# (no download, some minutes on two CPU cores) and prints what came out. Run again, it goes on where it was stopped, or,
# once it is done, only prints. Arguments go to tools/train.py; --overwrite begins anew.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup_env.sh"
work_dir=work_dirs/quickstart

mode=--resume previous=
for argument in "$@"; do
    [ "$argument" != --overwrite ] || mode=
    [ "$previous" != --work-dir ] || work_dir=$argument
    previous=$argument
done
say "Training teacher, student and baseline on drawn images${mode:+; what is done already in $work_dir is kept} ..."
# Ends with the report: table, plots and pictures.
python tools/train.py configs/kd/wsddn_shapes.py --work-dir "$work_dir" ${mode:+"$mode"} "$@"
cat <<EOF

S-Cls (w/o): the student without a teacher; S-Cls (w/): the distilled student; T-WDet: its teacher.

== What is there now
checkpoint of the distilled student  $work_dir/student.pth
all numbers                          $work_dir/summary.json
report with tables, plots, pictures  $work_dir/report/report.html
logs                                 $work_dir/teacher, feature, student, baseline
EOF
