# A simple random sample taken as the respondents of a known roster of 6194. In this folder: Rscript roster.R
suppressPackageStartupMessages({library(survey);library(jsonlite)})
srs <- read.csv("apisrs.csv"); srs$yes <- as.numeric(srs$sch.wide=="Yes")
out <- list(session=list(R=R.version.string, survey=as.character(packageVersion("survey"))))
types <- data.frame(stype=c("E","H","M"), Freq=c(4421,755,1018))
wide <- data.frame(sch.wide=c("No","Yes"), Freq=c(1072,5122))
tight <- list(maxit=500, epsilon=1e-11, verbose=FALSE)
of <- function(d, f) {m <- svymean(f, d); list(est=as.vector(coef(m)), se=as.vector(SE(m)), degf=degf(d))}
by <- function(d, f) {b <- svyby(f, ~stype, d, svymean); list(level=as.character(b$stype), est=b[[2]], se=b$se)}
fpc <- svydesign(id=~1, fpc=~fpc, data=srs); endless <- svydesign(id=~1, weights=~pw, data=srs)
raked <- function(d) rake(d, list(~stype,~sch.wide), list(types,wide), control=tight)
out$counts <- as.list(table(srs$stype)); out$wide <- as.list(table(srs$sch.wide))
out$rake_api00 <- of(raked(fpc), ~api00); out$rake_by_api00_endless <- by(raked(endless), ~api00)
out$poststratify_api00 <- of(postStratify(fpc, ~stype, types), ~api00)
out$poststratify_yes <- of(postStratify(fpc, ~stype, types), ~yes)
out$poststratify_by_api00_endless <- by(postStratify(endless, ~stype, types), ~api00)
w <- weights(raked(fpc)); out$rake_kish <- length(w)*sum(w^2)/sum(w)^2
out$rake_range <- range(w)/mean(w)
t <- trimWeights(raked(fpc), upper=1.01*mean(w), strict=TRUE); out$trim_api00 <- of(t, ~api00)
# Response as the second phase (Särndal & Lundström 2005, ch. 11): each residual on the margins, unweighted
# regression as the base weights are equal, counts 1 - 1/w and is divided by 1 - its leverage (HC3).
phase <- function(w, margins, y) {
  mu <- sum(w*y)/sum(w); fit <- lm((y-mu) ~ margins)
  u <- w*residuals(fit)/(1-hatvalues(fit))/sum(w)*sqrt(1-1/w)
  list(est=mu, se=sqrt(sum((u-mean(u))^2)))
}
both <- model.matrix(~stype+sch.wide, srs)[,-1]; one <- model.matrix(~stype, srs)[,-1]
out$phase_rake_api00 <- phase(unname(weights(raked(fpc))), both, srs$api00)
out$phase_poststratify_api00 <- phase(unname(weights(postStratify(fpc, ~stype, types))), one, srs$api00)
out$phase_poststratify_yes <- phase(unname(weights(postStratify(fpc, ~stype, types))), one, srs$yes)
write(toJSON(out,auto_unbox=TRUE,digits=13,pretty=TRUE),"roster.json")
