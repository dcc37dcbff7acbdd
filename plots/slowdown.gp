# slowdown.gp - distribution of the guests' slowdowns (fig_slowdown.c).

file = figure.'.dat'
longest = 1
do for [i=1:series] { if (strlen(name[i]) > longest) { longest = strlen(name[i]) } }
# Room for the legend: a sample, the name, two values.
left = 0.085
right = (0.885 - 0.0076 * longest + 0.125 * left) / 1.125
set lmargin at screen left
set rmargin at screen (right > 0.45 ? right : 0.45)
set tmargin at screen 0.87
set bmargin at screen 0.135
set xrange [low : high]
set yrange [0 : 1.015]
set ytics ('0 %%' 0, '25 %%' 0.25, 'p50' 0.5, '75 %%' 0.75, '90 %%' 0.9, 'p99' 0.99)
if (log_slowdown) { eval log_tics('x', high / low) }
set xlabel 'slowdown of a guest (ratio, lower is better)' offset 0,0.4
set ylabel 'share of guests' offset 1.2,0

# The legend: best p99 first.
gap = series > 1 && 0.055 * (series + 1) > 1 ? 1.0 / (series + 1) : 0.055
head = 0.985
set label 10 'p50' at screen 0.93, graph head right font ',10' tc rgb grey
set label 11 'p99' at screen 0.985, graph head right font ',10' tc rgb grey
do for [i=1:series] {
  y = head - i * gap
  set arrow 100+i from graph 1.03, graph y to graph 1.11, graph y nohead ls i
  set label 100+i '' at graph 1.07, graph y point ls i
  set label 200+i name[i] at graph 1.125, graph y left noenhanced \
    font ',10' tc rgb ink
  set label 300+i sprintf('%#.4g', p50[i]) at screen 0.93, graph y right \
    font ',10' tc rgb ink
  set label 400+i sprintf('%#.4g', p99[i]) at screen 0.985, graph y right \
    font ',10' tc rgb ink
}

do for [format in formats] {
  eval terminal(format)
  eval frame
  plot for [k=1:series] file index draw[k]-1 using 1:2 with steps ls draw[k], \
    for [i=1:series] file index series every ::(i-1)::(i-1) \
      using 1:(0.5) with points ls i ps 1.2, \
    for [i=1:series] file index series every ::(i-1)::(i-1) \
      using 2:(0.99) with points ls i ps 1.2
}
unset output
