#!/bin/sh
# The main job: compare heuristics on the demo host, then draw the figures.
set -eu
build/nodewise sim demo --out results/demo --replace
build/nodewise plot results/demo
