# SPDX-License-Identifier: GPL-2.0
# The layout of DMA addresses stays as long as a driver is bound; an edu that is alone behind its bridge works with both.
#   layout=bit59|4gb	what is expected of a host bridge with an edu
# Needs edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

other_layout() { [ "$layout" = 4gb ] && echo bit59 || echo 4gb; }

[ "$layout" = 4gb ] && changes=2 || changes=0
plan $((2 * $(count $(edus)) + 5 * changes))
for dev in $(edus); do
	check "$dev: layout $layout" has_layout "$dev" "$layout"
	check "$dev: layout kept while in use" eval "! set_layout $dev $(other_layout) 2> /dev/null"
done
[ $changes = 0 ] || for next in bit59 4gb; do
	rebind "$dev" edu_test none
	check "$dev: layout changed to $next" with_reason set_layout "$dev" $next
	rebind "$dev" none edu_test
	edu_test "$dev"
	check "$dev: still layout $next" has_layout "$dev" $next
done
