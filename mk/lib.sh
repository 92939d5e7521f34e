# SPDX-License-Identifier: GPL-2.0
# What the scripts of this directory share: where things are, how to say that something is wrong.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/onedma}" "${JOBS:=$(nproc)}"
export CACHE JOBS
export CCACHE_DIR=${CCACHE_DIR:-$CACHE/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-4G} CCACHE_NOHASHDIR=1
export KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=onedma KBUILD_BUILD_HOST=localhost
mkdir -p "$CACHE/logs"

# ARCH=ppc64le on our make's command line is not the kernel's ARCH
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

die() { echo "error: $*" >&2; exit "${status:-4}"; }
skip() { echo "skip: $*" >&2; exit 3; }

# step WHAT CMD...: run with a log; a line after ten seconds, then one every thirty, and the end of the log on failure
step() {
	local what=$1 log pid tick begin=$SECONDS rc=0
	shift
	log=$CACHE/logs/$(tr -c 'A-Za-z0-9\n' - <<< "$what").$$.log
	# process groups of their own, so that all of them can be stopped; no locks are handed down to the clock
	set -m
	"$@" > "$log" 2>&1 < /dev/null &
	pid=$!
	( sleep 10; while echo "... $what, $((SECONDS - begin)) s"; do sleep 30; done ) 7>&- 8>&- 9>&- &
	tick=$!
	set +m
	trap 'kill -- -"$pid" -"$tick" 2>/dev/null; wait 2>/dev/null; exit 130' INT TERM
	wait "$pid" || rc=$?
	kill -- -"$tick" 2>/dev/null; wait "$tick" 2>/dev/null || true
	trap - INT TERM
	if [ "$rc" != 0 ]; then
		tail -n 30 "$log" >&2
		echo "error: $what failed ($rc) after $((SECONDS - begin)) s; the whole log is in $log" >&2
		return "$rc"
	fi
	echo "$what: done in $((SECONDS - begin)) s"
	rm -f "$log"
}

ARCHES='x86_64 arm64 ppc64le'
# arch_vars ARCH: karch, cross, image, image_path and the array KARGS
arch_vars() {
	case $1 in
	x86_64)	 karch=x86 cross=x86_64-linux-gnu- image=bzImage image_path=arch/x86/boot/bzImage ;;
	arm64)	 karch=arm64 cross=aarch64-linux-gnu- image=Image image_path=arch/arm64/boot/Image ;;
	ppc64le) karch=powerpc cross=powerpc64le-linux-gnu- image=vmlinux image_path=vmlinux ;;
	*)	 die "unknown ARCH '$1'; there are: $ARCHES" ;;
	esac
	local cc=${cross}gcc
	command -v "$cc" > /dev/null || skip "no $cc: run make deps"
	command -v ccache > /dev/null && cc="ccache $cc"
	KARGS=(ARCH="$karch" CROSS_COMPILE="$cross" CC="$cc" LOCALVERSION=)
}

# a module of boot/ for a kernel in the cache: after arch_vars
kernel_module() { # KERNEL OUTPUT-DIRECTORY NAME MODULE-DIRECTORY
	make -C "$CACHE/trees/$1" O="$2" -s M="$TOP/boot/$3" MO="$4" "${KARGS[@]}" modules
}

# whether build/linux holds what is nowhere else
unsaved() {
	[ -d "$TOP/build/linux/.git" ] && [ -z "${FORCE:-}" ] || return 1
	[ ! -f "$TOP/build/linux/.git/making" ] || return 1	# make tree was interrupted
	[ -n "$(git -C "$TOP/build/linux" status --porcelain --untracked-files=no 2>/dev/null)" ] ||
		[ "$(git -C "$TOP/build/linux" rev-parse -q --verify series)" != "$(cat "$TOP/build/linux/.git/saved" 2>/dev/null)" ]
}
