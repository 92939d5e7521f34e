# SPDX-License-Identifier: GPL-2.0
# One step in a shell of its own: what it does with variables stays here, and only its end says that it is through.
#
# usage: sh step.sh NAME [PARAMETER=VALUE...]
# shellcheck shell=dash

. "$ROOT/lib/report.sh"
. "$ROOT/params"
indent='    '
step=$1
shift
for word; do export "${word?}"; done
for lib in disk pci edu xen; do . "$ROOT/lib/$lib.sh"; done
. "$ROOT/steps/$step.sh"
echo "$KSFT_NUM_TESTS $((KTAP_TESTNO - 1)) $KTAP_CNT_FAIL" > "$tmp/end"
