#!/bin/sh
# setup.sh - installs the Debian packages that nodewise needs. Asks nothing,
# does nothing when all are there, needs root only when one is missing.
set -eu

packages="
gcc libc6-dev ninja-build
clang libclang-rt-dev
check libsubunit-dev
libhwloc-dev libnuma-dev libjemalloc-dev
libcyaml-dev libyaml-dev libxen-dev libjansson-dev nettle-dev zlib1g-dev
gnuplot-nox fonts-dejavu-core
acpica-tools
"

missing=
for package in $packages; do
	state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
	case $state in
	"install ok installed") ;;
	*) missing="$missing $package" ;;
	esac
done

if [ -z "$missing" ]; then
	echo "setup.sh: every package is installed; nothing to do"
	exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1; then
	as_root="sudo"
else
	echo "setup.sh: these packages are missing:$missing" >&2
	echo "setup.sh: run it as root, or install them by hand" >&2
	exit 1
fi

echo "setup.sh: installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # one word a package
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
echo "setup.sh: done"
