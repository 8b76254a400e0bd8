# Intervals of proportions beyond reference.json. In this folder: Rscript intervals.R
suppressPackageStartupMessages({library(survey);library(jsonlite)})
out <- list(session=list(R=R.version.string, survey=as.character(packageVersion("survey"))))
# One clustered sample (15 districts, so that the degrees of freedom matter), every method of svyciprop.
clus1 <- read.csv("apiclus1.csv"); clus1$yes <- as.numeric(clus1$sch.wide=="Yes")
d <- svydesign(id=~dnum, weights=~pw, data=clus1, fpc=~fpc)
m <- svymean(~yes, d)
out$clus1 <- list(est=as.vector(coef(m)), se=as.vector(SE(m)), degf=degf(d), n=nrow(clus1))
for (k in c("logit","xlogit","likelihood","beta","asin","mean"))
  out$clus1[[k]] <- as.vector(attr(svyciprop(~I(yes==1), d, method=k), "ci"))
# The likelihood interval solved instead of interpolated: svyciprop profiles the deviance at a few points, lays a
# spline through them and interpolates that linearly, after iterations that stop early; here the iterations
# converge and the equation is solved by uniroot.
solved <- function(design, formula) {
  g <- svyglm(formula, design, family=quasibinomial, control=glm.control(epsilon=1e-14, maxit=50)); s <- summary(g)
  w <- weights(design)/mean(weights(design)); y <- g$y; p <- unname(plogis(coef(g)))
  lambda <- s$cov.unscaled[1,1]/g$naive.cov[1,1]; limit <- qt(.975, degf(design))^2*lambda*as.vector(s$dispersion)
  loglik <- function(x) sum(w*(y*log(x)+(1-y)*log(1-x)))
  f <- function(x) 2*(loglik(p)-loglik(x))-limit
  c(uniroot(f, c(1e-6,p), tol=1e-13)$root, uniroot(f, c(p,1-1e-6), tol=1e-13)$root)
}
strat <- read.csv("apistrat.csv"); strat$yes <- as.numeric(strat$sch.wide=="Yes")
ds <- svydesign(id=~1, strata=~stype, weights=~pw, data=strat, fpc=~fpc)
out$likelihood_solved <- list(strat=solved(ds, yes~1), clus1=solved(d, yes~1))
# The hypergeometric interval by trying every number of people M: kept when neither tail is 2.5 % or less.
exact <- function(k, n, N, mid) {
  M <- k:(k+N-n)
  up <- phyper(k-1, M, N-M, n, lower.tail=FALSE) - mid/2*dhyper(k, M, N-M, n)
  down <- phyper(k, M, N-M, n) - mid/2*dhyper(k, M, N-M, n)
  range(M[up > .025 & down > .025])
}
cells <- list(c(3,10,12),c(0,10,40),c(10,10,40),c(1,4,30),c(20,36,60),c(37,52,200),c(81,263,403),c(5,500,2000),c(7,20,20))
out$hypergeometric <- lapply(cells, function(v) list(count=v[1], n=v[2], population=v[3],
  exact=exact(v[1],v[2],v[3],0), mid_p=exact(v[1],v[2],v[3],1)))
# Answers needed and margin of error with a finite population: Cochran (1977), eq. 4.2 and 3.6, written out.
need <- function(m,N,p=.5,deff=1) {n0 <- deff*qnorm(.975)^2*p*(1-p)/m^2; ceiling(n0/(1+(n0-1)/N))}
margin <- function(n,N,p=.5,deff=1) qnorm(.975)*sqrt(deff*p*(1-p)/n*(N-n)/(N-1))
out$needed <- lapply(list(c(.05,1000,.5,1),c(.05,403,.5,1),c(.1,59,.5,1),c(.03,100000,.5,1),c(.05,403,.2,1.5)),
  function(v) list(margin=v[1],population=v[2],p=v[3],design_effect=v[4],needed=need(v[1],v[2],v[3],v[4])))
out$margin <- lapply(list(c(96,400,.5,1),c(234,403,.5,1),c(14,59,.3,1.2)),
  function(v) list(n=v[1],population=v[2],p=v[3],design_effect=v[4],margin=margin(v[1],v[2],v[3],v[4])))
write(toJSON(out,auto_unbox=TRUE,digits=13,pretty=TRUE),"intervals.json")
