# Sourced by `run`: Open MPI from Debian where that can be. Where it is there, training on several
# processes is tested, and its absence is a failure.

has_open_mpi() {
  command -v mpirun >/dev/null && [[ "$(mpirun --version 2>/dev/null)" == *'Open MPI'* ]]
}

if ! has_open_mpi && [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
  echo 'Installing Open MPI …'
  export DEBIAN_FRONTEND=noninteractive
  { timeout 300 apt-get update -qq &&
    timeout 600 apt-get install -y -qq --no-install-recommends openmpi-bin; } >/dev/null ||
    echo 'It could not be installed.'
fi

if has_open_mpi; then
  export DPQUANT_REQUIRE_ENGINES="${DPQUANT_REQUIRE_ENGINES:-mpi}"
  echo "Engines that have to run: $DPQUANT_REQUIRE_ENGINES"
else
  export DPQUANT_REQUIRE_ENGINES="${DPQUANT_REQUIRE_ENGINES:-}"
  echo 'No Open MPI: training on several processes is not tested.'
fi
