#!/bin/sh
# A comparison as a job array of Slurm: sbatch slurm-array.sh /shared/comparisons/x
# Twelve cells (four policies, three seeds: see cell.sh), four at a time.
#SBATCH --job-name=dpquant
#SBATCH --array=0-11%4
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dpquant-%A_%a.log
#SBATCH --signal=TERM@60
set -eu
# Slurm runs a copy of this file: the other one is beside the file that was submitted.
exec sh "$SLURM_SUBMIT_DIR/cell.sh" "$1" "$SLURM_ARRAY_TASK_ID"
