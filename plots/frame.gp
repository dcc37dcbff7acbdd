# frame.gp - what all figures share: terminals, fonts, title, footer.
#
# Needs the settings `figure`, `formats`, `title`, `subtitle`, `footer`.
# A figure draws once per format:
#
#   do for [format in formats] {
#     eval terminal(format)
#     eval frame
#     plot ...
#   }
#   unset output
#
# Both pictures have the same layout: 960 x 600 points, the PNG in two pixels
# a point. Names that come from data are never enhanced text: `_` and `^` in
# them stand for themselves.

set encoding utf8
set datafile missing 'nan'
set minussign

# A program that shows an SVG has fonts of its own; the PNG has ours.
terminal(format) = format eq 'svg' \
  ? "set terminal svg size 960,600 font 'sans-serif,12' background '#ffffff' noenhanced;" \
    . "set output figure.'.svg'; face = 'sans-serif'; bold = 'sans-serif'" \
  : "set terminal pngcairo size 1920,1200 font 'DejaVu Sans,12' fontscale 2 linewidth 2 pointscale 2 background '#ffffff' noenhanced;" \
    . "set output figure.'.png'; face = 'DejaVu Sans'; bold = 'DejaVu Sans:Bold'"

face = 'DejaVu Sans'
bold = face
ink = '#222222'
grey = '#666666'
pale = '#dddddd'

frame = "set label 1001 title at screen 0.012, screen 0.962 left noenhanced font bold.',15' tc rgb ink;" \
  . "set label 1002 subtitle at screen 0.012, screen 0.918 left noenhanced font face.',10' tc rgb grey;" \
  . "set label 1003 footer at screen 0.012, screen 0.022 left noenhanced font face.',7.5' tc rgb grey"

set style line 1000 lc rgb pale lw 0.7 dt solid
set border 3 lc rgb grey lw 0.8
set tics nomirror out scale 0.5 font ',11' tc rgb ink
set grid back ls 1000
unset key

# Tics of a logarithmic axis, denser where it spans less. `which` is 'x' or 'y',
# `span` its highest value over its lowest: eval log_tics('x', high / low).
log_steps(span) = span < 50 ? '1 1.5 2 3 5 7' : span < 5000 ? '1 2 5' : '1'
log_tics(which, span) = sprintf("set logscale %s; set %stics (); ", which, which) \
  . sprintf("do for [e=-9:12] { do for [m in '%s'] { ", log_steps(span)) \
  . sprintf("set %stics add (sprintf('%%g', m*10.0**e) m*10.0**e) } }", which)
