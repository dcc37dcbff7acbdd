# memory.gp - memory of each node over time (fig_memory.c).

file = figure.'.dat'
columns = nodes == 1 ? 1 : nodes <= 4 ? 2 : nodes <= 6 ? 3 : 4
rows = (nodes + columns - 1) / columns

# Bottom to top: columns 2 to 6 of the data; 7 is the line.
array area[5] = ['dom0 and Xen', 'guests', 'free, in 1 GiB blocks or larger', \
  'free, 2 MiB to 1 GiB', 'free, below 2 MiB']
array colour[5] = ['#8c8c8c', '#0072b2', '#c7e5d3', '#e69f00', '#d55e00']

set xrange [0 : end]
set yrange [0 : most * 1.02]
set grid front

# Where the legend's entries begin; it is drawn with the first panel.
array where[6] = [0.012, 0.141, 0.218, 0.452, 0.621, 0.772]

do for [format in formats] {
  eval terminal(format)
  set multiplot
  eval frame
  do for [k=1:5] {
    set object 10+k rectangle from screen where[k], screen 0.862 \
      to screen where[k]+0.018, screen 0.885 fc rgb colour[k] fs solid 1 border rgb grey
    set label 10+k area[k] at screen where[k]+0.023, screen 0.873 left \
      font face.',10' tc rgb ink
  }
  set arrow 16 from screen where[6], screen 0.873 to screen where[6]+0.025, screen 0.873 \
    nohead lc rgb 'black' lw 1.6 dt (4,2)
  set label 16 'dirty: not yet scrubbed' at screen where[6]+0.03, screen 0.873 left \
    font face.',10' tc rgb ink
  left = 0.075; right = 0.98; bottom = 0.13; top = 0.80
  hspace = 0.035; vspace = 0.07
  width = (right - left - (columns - 1) * hspace) / columns
  height = (top - bottom - (rows - 1) * vspace) / rows
  do for [n=0:nodes-1] {
    col = n % columns
    row = n / columns
    x0 = left + col * (width + hspace)
    y1 = top - row * (height + vspace)
    set lmargin at screen x0
    set rmargin at screen x0 + width
    set tmargin at screen y1
    set bmargin at screen y1 - height
    set label 2000 sprintf('node %d', n) at screen x0, screen y1 + 0.02 left \
      font bold.',11' tc rgb ink
    last_row = n + columns >= nodes
    if (last_row) { set format x '%g'; set xlabel 'time (s)' offset 0,0.4 } else { set format x ''; unset xlabel }
    if (col == 0) { set format y '%g'; set ylabel 'memory (GiB)' } else { set format y ''; unset ylabel }
    plot for [k=1:5] file index n \
        using 1:(sum [j=2:k] column(j)):(sum [j=2:k+1] column(j)) \
        with filledcurves fc rgb colour[k] fs solid 1 noborder, \
      file index n using 1:7 with lines lc rgb 'white' lw 3.2, \
      file index n using 1:7 with lines lc rgb 'black' lw 1.6 dt (4,2)
    if (n == 0) {
      # Once is enough: more would be drawn on top of each other.
      do for [k=1:5] { unset object 10+k; unset label 10+k }
      unset arrow 16; unset label 16
      unset label 1001; unset label 1002; unset label 1003
    }
  }
  unset multiplot
}
unset output
