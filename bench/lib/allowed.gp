# SPDX-License-Identifier: GPL-2.0-only
#
# How much of what is allowed each figure of a module uses: left of 1 is met,
# and the small mark is the moonshot. bench/run sets dir and module.

data = sprintf("%s/allowed.dat", dir)
if (int(system("wc -l < ".data)) == 0) exit

set terminal svg size 900,520 background "white"
set output sprintf("%s/%s-allowed.svg", dir, module)
set title sprintf("%s: share of what is allowed (1 = just met)", module)
set xrange [0:1.25]
set ytics noenhanced
set style fill solid 0.6
set grid xtics
set key bottom right
set arrow from 1, graph 0 to 1, graph 1 nohead lw 2 dt 2
set offsets 0, 0, 0.5, 0.5
plot data using ($2 > 1.25 ? 1.25 : $2)/2.:0:($2 > 1.25 ? 1.25 : $2)/2.:(0.35):ytic(1) \
	with boxxyerror lc rgb "#4477aa" title "measured", \
	data using 3:0 with points pt 9 lc rgb "#cc6677" title "moonshot"
