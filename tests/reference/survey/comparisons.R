# Further expected numbers for comparisons: Rscript --vanilla comparisons.R writes comparisons.json.
suppressPackageStartupMessages({library(survey); library(jsonlite)})
data(api)
dstrat <- svydesign(id=~1, strata=~stype, weights=~pw, data=apistrat, fpc=~fpc)
dclus1 <- svydesign(id=~dnum, weights=~pw, data=apiclus1, fpc=~fpc)
dclus1n <- svydesign(id=~dnum, weights=~pw, data=apiclus1)
dclus2 <- svydesign(id=~dnum+snum, fpc=~fpc1+fpc2, data=apiclus2)
pop.types <- data.frame(stype=c("E","H","M"), Freq=c(4421,755,1018))
pop.schwide <- data.frame(sch.wide=c("No","Yes"), Freq=c(1072,5122))
raked <- rake(dclus1, list(~stype,~sch.wide), list(pop.types,pop.schwide),
              control=list(maxit=200, epsilon=1e-12, verbose=FALSE))
ht <- function(h) list(statistic=as.vector(h$statistic), parameter=as.vector(h$parameter), p=as.vector(h$p.value))
t_ <- function(h) c(ht(h), list(estimate=as.vector(h$estimate), ci=as.vector(h$conf.int)))
out <- list(source=paste(R.version.string, "survey", packageVersion("survey")))
out$ttest <- list(
  strat_api00_schwide = t_(svyttest(api00~sch.wide, dstrat)),
  raked_api00_compimp = t_(svyttest(api00~comp.imp, raked)),
  clus2_api00_schwide = t_(svyttest(api00~sch.wide, dclus2)))
out$ranktest <- list(
  strat_api00_schwide = ht(svyranktest(api00~sch.wide, dstrat)),
  raked_api00_compimp = ht(svyranktest(api00~comp.imp, raked)),
  clus2_api00_schwide = ht(svyranktest(api00~sch.wide, dclus2)),
  strat_api00_stype = ht(svyranktest(api00~stype, dstrat, test="KruskalWallis")),
  clus1_api00_stype = ht(svyranktest(api00~stype, dclus1n, test="KruskalWallis")))
out$chisq <- list(
  clus1_schwide_stype = ht(svychisq(~sch.wide+stype, dclus1)),
  clus2_schwide_stype = ht(svychisq(~sch.wide+stype, dclus2)),
  raked_compimp_stype = ht(svychisq(~comp.imp+stype, raked)),
  raked_compimp_awards = ht(svychisq(~comp.imp+awards, raked)))
iid <- svydesign(id=~1, weights=~1, data=apisrs)
out$chisq$iid_schwide_stype <- ht(svychisq(~sch.wide+stype, iid))
out$chisq$pearson_schwide_stype <- ht(suppressWarnings(chisq.test(table(apisrs$sch.wide, apisrs$stype), correct=FALSE)))
# Two groups by rank: small samples with ties, one against the rest.
set.seed(4); a <- sample(1:5, 23, TRUE); b <- sample(1:5, 31, TRUE, c(1,1,2,3,3))
w <- wilcox.test(a, b, correct=TRUE, exact=FALSE)
out$wilcox_small <- list(a=a, b=b, W=as.vector(w$statistic), p=w$p.value)
write(toJSON(out, auto_unbox=TRUE, digits=12, pretty=TRUE, na="null"), "comparisons.json")
