# load.gp - score against load, one line per heuristic (fig_load.c).

set tmargin at screen 0.87
set bmargin at screen 0.135
file = figure.'.dat'
longest = 1
do for [i=1:series] { if (strlen(name[i]) > longest) { longest = strlen(name[i]) } }

if (single) {
  left = 0.03 + 0.0105 * longest
  set lmargin at screen (left < 0.5 ? left : 0.5)
  set rmargin at screen 0.96
  set yrange [series + 0.6 : 0.4]
  set xrange [low : high]
  if (log_value) { eval log_tics('x', high / low) }
  set ytics ()
  set ytics scale 0
  # Labels, as the text of a tic would be read as a format.
  do for [i=1:series] {
    set ytics add ('' i)
    set label 10+i name[i] at graph -0.012, first i right noenhanced tc rgb ink
  }
  set border 1
  set xlabel value_label noenhanced offset 0,0.4
} else {
  # Room for the legend: a sample, the name, a value of 5 digits.
  left = 0.085
  right = (0.985 - 0.0076 * (longest + 7) + 0.125 * left) / 1.125
  set lmargin at screen left
  set rmargin at screen (right > 0.45 ? right : 0.45)
  set xrange [first : last]
  set yrange [low : high]
  if (log_value) { eval log_tics('y', high / low) }
  if (log_load) { eval log_tics('x', last / first) }
  # Tics at the loads that were run, where they leave room for it.
  if (own_tics) {
    set xtics ()
    do for [i=1:points] { set xtics add (sprintf('%g', at[i]) at[i]) }
  }
  set xlabel load_label noenhanced offset 0,0.4
  set ylabel value_label noenhanced offset 1.2,0
  # The legend stands beside the ends of the lines, in their order.
  do for [i=1:series] {
    set arrow 10+i from first end_x[i], first end_y[i] \
      to graph 1.035, graph place[i] nohead ls i lw 0.6 dt solid
    set arrow 100+i from graph 1.035, graph place[i] \
      to graph 1.115, graph place[i] nohead ls i
    set label 10+i '' at graph 1.075, graph place[i] point ls i
    set label 100+i sprintf('%s  %#.4g', name[i], end_y[i]) \
      at graph 1.125, graph place[i] left noenhanced \
      font ',10' tc rgb ink
  }
}

do for [format in formats] {
  eval terminal(format)
  eval frame
  if (single) {
    plot for [i=1:series] file index i-1 using 2:1:3:4 \
      with xerrorbars ls i dt solid ps 1.2
  } else {
    plot for [k=1:series] file index draw[k]-1 using 1:3:4 \
        with filledcurves ls draw[k] fs transparent solid 0.16 noborder, \
      for [k=1:series] file index draw[k]-1 using 1:2 \
        with linespoints ls draw[k]
  }
}
unset output
