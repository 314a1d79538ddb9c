#!/bin/sh
# One cell of a comparison, by its number from 0 on: cell.sh FOLDER NUMBER. For engines that start a
# number of tasks and nothing else. Whoever goes on after an interruption gives the same number
# again.
#
# Afterwards `dpquant compare` with the same flags, on the same folder, finds all runs finished, and
# shows the table:
#   dpquant compare --policies full,static,probabilistic,loss-aware --seeds 3 \
#     --epsilon 3 --epochs 10 --out FOLDER
set -eu
folder=$1
number=$2

policies='full static probabilistic loss-aware'
shared='--epsilon 3 --epochs 10'

# shellcheck disable=SC2086 # words of a list
set -- $policies
seed=$((number / $# + 1))
shift $((number % $#))
policy=$1

run="$folder/runs/$policy-seed$seed"
if [ -e "$run/summary.json" ]; then exit 0; fi
resume=''
if [ -e "$run/config.json" ]; then resume='--resume'; fi
mkdir -p "$folder/runs"
# shellcheck disable=SC2086 # flags
exec dpquant train --policy "$policy" --seed "$seed" --split-seed 1 --threads 1 $shared $resume --out "$run"
