# SPDX-License-Identifier: GPL-2.0-only
#
# digsig's plots, from what its programs left in dir: the first exec by size of
# the file, what a cached check adds, and the pairs of the parallel execs.

set terminal svg size 800,480 background "white"
have(name) = int(system(sprintf("test -s %s/%s && echo 1 || echo 0", dir, name)))
file(name) = sprintf("%s/%s", dir, name)

do for [k in "6.1 6.12"] {
	if (have("first-".k.".dat")) {
		set output file("first_exec-".k.".svg")
		set title "First exec after the file changed, page cache warm, Linux ".k
		set logscale xy
		set xlabel "bytes of the file"
		set ylabel "instructions"
		set format y "10^{%L}"
		set key top left
		set grid
		plot file("first-".k.".dat") \
			using 1:2 with linespoints lw 2 title "nobody checks", \
			"" using 1:3 with linespoints lw 2 title "digsig", \
			"" using 1:4 with linespoints lw 2 title "IMA-appraisal"
		unset logscale
		set format y
		unset xlabel
	}
	if (have("cached-".k.".dat")) {
		set output file("cached_check-".k.".svg")
		set title "Instructions added to a mapping of a verified file, Linux ".k
		set ylabel "instructions added"
		set style data histogram
		set style histogram clustered gap 1
		set style fill solid 0.6
		set yrange [0:*]
		set key top right
		plot file("cached-".k.".dat") \
			using 2:xtic(1) lc rgb "#4477aa" title "digsig", \
			"" using 3 lc rgb "#cc6677" title "IMA-appraisal"
		set yrange [*:*]
	}
	if (have("parallel-".k.".dat")) {
		set output file("parallel_exec-".k.".svg")
		set title "Execs/s with the module / without, pairs in order of their ratio, Linux ".k
		set xlabel "pair"
		set ylabel "ratio"
		set key off
		set grid
		plot file("parallel-".k.".dat") using 0:1 with points pt 7, \
			1 with lines lt 0
		unset xlabel
	}
}
