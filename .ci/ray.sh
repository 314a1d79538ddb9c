# Sourced by `run`: Ray from PyPI in a virtual environment, once installed and kept. DPQUANT_RAY is
# its command then, and its part of `npm run test:engines` is required; where it cannot be installed
# within two minutes, that part is skipped, unless the caller requires it by
# DPQUANT_REQUIRE_ENGINES.

ray_folder="${XDG_CACHE_HOME:-$HOME/.cache}/dpquant/ray-2.60"
ray_command="$ray_folder/bin/ray"
if ! "$ray_command" --version >/dev/null 2>&1; then
  echo 'Installing Ray …'
  { timeout 20 python3 -m venv "$ray_folder" &&
    timeout 100 "$ray_folder/bin/pip" install --quiet --disable-pip-version-check 'ray[default]==2.60.*'; } >/dev/null 2>&1 ||
    echo 'Ray could not be installed.'
fi
if "$ray_command" --version >/dev/null 2>&1; then
  export DPQUANT_RAY="$ray_command"
  export DPQUANT_REQUIRE_ENGINES="${DPQUANT_REQUIRE_ENGINES:+$DPQUANT_REQUIRE_ENGINES,}ray"
fi
echo "Ray: ${DPQUANT_RAY:-none}"
