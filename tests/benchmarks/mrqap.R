# netlm, netlogit or qaptest of package sna: Rscript mrqap.R data.csv n reps what out.json
suppressPackageStartupMessages({library(sna); library(jsonlite)})
given <- commandArgs(TRUE); n <- as.integer(given[2]); reps <- as.integer(given[3]); what <- given[4]
d <- as.matrix(read.csv(given[1])); square <- function(v) matrix(v, n, n, byrow=TRUE)
y <- square(d[, 1]); k <- ncol(d) - 1; x <- array(0, c(k, n, n)); for (j in 1:k) x[j,,] <- square(d[, j + 1])
set.seed(1)
if (what == "qaptest") {
  seconds <- system.time(f <- qaptest(list(y, x[1,,]), gcor, g1=1, g2=2, reps=reps))[["elapsed"]]
  found <- list(seconds=seconds, statistic=f$testval)
} else {
  fit <- if (what == "netlm") netlm else netlogit
  seconds <- system.time(f <- fit(y, x, nullhyp="qap", reps=reps))[["elapsed"]]
  found <- list(seconds=seconds, statistic=f$tstat[-1])
}
write(toJSON(found, auto_unbox=TRUE, digits=14), given[5])
