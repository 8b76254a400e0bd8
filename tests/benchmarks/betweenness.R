# Betweenness with sna, a node left out at a time: the matrix and the number of runs, out as JSON.
arguments <- commandArgs(TRUE)
suppressPackageStartupMessages({ library(sna); library(jsonlite) })
ties <- as.matrix(read.csv(arguments[1], header = FALSE))
runs <- as.integer(arguments[2])
found <- list()
taken <- system.time(for (node in seq_len(runs)) {
  found[[node]] <- betweenness(ties[-node, -node], gmode = "digraph", cmode = "directed")
})
cat(toJSON(list(seconds = taken[["elapsed"]], betweenness = found), digits = 12), file = arguments[3])
