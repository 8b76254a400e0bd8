# Raked means of items y0, y1, ... by region: Rscript raked_domains.R data.csv population out.json
suppressPackageStartupMessages({library(survey); library(jsonlite)})
given <- commandArgs(TRUE); d <- read.csv(given[1], colClasses=c(region="factor", type="factor")); N <- as.numeric(given[2])
d$N <- N; items <- grep("^y", names(d), value=TRUE)
margin <- function(name) setNames(data.frame(levels(d[[name]]), N/nlevels(d[[name]])), c(name, "Freq"))
once <- system.time(
  made <- rake(svydesign(id=~1, fpc=~N, data=d), list(~region, ~type), list(margin("region"), margin("type")),
               control=list(maxit=100, epsilon=1e-9)))
items.too <- system.time(b <- svyby(reformulate(items), ~region, made, svymean))
found <- list(once=once[["elapsed"]], items=items.too[["elapsed"]], level=as.character(b$region),
              mean=as.matrix(b[, items]), se=as.matrix(SE(b)))
write(toJSON(found, auto_unbox=TRUE, digits=14), given[3])
