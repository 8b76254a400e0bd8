# Mixed models and adjusted differences beside those of reference.R: Rscript --vanilla models.R (in this folder)
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(jsonlite)})
out <- list(source="models.R on the CSV files beside it; R call in each entry's comment there",
  versions=list(R=R.version.string, lme4=as.character(packageVersion("lme4")),
                lmerTest=as.character(packageVersion("lmerTest"))))
d <- read.csv("waves.csv"); sleep <- read.csv("sleepstudy.csv"); clus <- read.csv("apiclus1.csv"); strat <- read.csv("apistrat.csv")
told <- function(m) {v <- as.data.frame(VarCorr(m)); list(fix=unname(fixef(m)), se=unname(sqrt(diag(as.matrix(vcov(m))))),
  vcov=v$vcov, logLik=as.numeric(logLik(m)), n=nobs(m), groups=unname(ngrps(m))[1])}
# lmer(y ~ factor(wave) + (1 | id), d, REML = FALSE)
out$waves_ML <- told(lme4::lmer(y ~ factor(wave) + (1 | id), d, REML=FALSE))
# lmerTest::lmer(y ~ factor(wave) + (1 | id), d): Satterthwaite's degrees of freedom and p of each coefficient
w <- coef(summary(lmerTest::lmer(y ~ factor(wave) + (1 | id), d)))
out$waves_df <- list(df=unname(w[, "df"]), p=unname(w[, "Pr(>|t|)"]))
# lmer(y ~ wave + (1 | id), d)
out$waves_trend <- told(lme4::lmer(y ~ wave + (1 | id), d))
# lmer(Reaction ~ Days + (1 | Subject), sleep, REML = FALSE)
out$sleep_int_ML <- told(lme4::lmer(Reaction ~ Days + (1 | Subject), sleep, REML=FALSE))
# lmer(I(api00 - api99) ~ 1 + (1 | dnum), clus), and lmerTest's Satterthwaite degrees of freedom
clus$gain <- clus$api00 - clus$api99
m <- lmerTest::lmer(gain ~ 1 + (1 | dnum), clus)
out$clus_gain <- c(told(m), list(satterthwaite_df=coef(summary(m))[1, "df"]))
# lmer(mobility ~ 1 + (1 | even), clus) with even = row parity: no variance between groups (singular)
clus$even <- seq_len(nrow(clus)) %% 2
out$singular <- told(suppressMessages(lme4::lmer(mobility ~ 1 + (1 | even), clus)))
# lm with HC3 worked out by hand: solve(X'X) X' diag((e / (1 - h))^2) X solve(X'X), t with n - k
hc3 <- function(m, name) {X <- model.matrix(m); e <- resid(m); h <- hatvalues(m); B <- solve(crossprod(X))
  V <- B %*% t(X) %*% diag((e / (1 - h))^2) %*% X %*% B; b <- unname(coef(m)[name]); s <- sqrt(V[name, name]); k <- m$df.residual
  list(est=b, se=unname(s), df=k, ci=unname(b + c(-1, 1) * qt(.975, k) * s), p=unname(2 * pt(-abs(b / s), k)))}
strat$member <- as.numeric(strat$awards == "Yes")
# lm(api00 ~ member + stype + yr.rnd, strat)
out$hc3_member <- hc3(lm(api00 ~ member + stype + yr.rnd, strat), "member")
# lm(api00 ~ meals + stype, strat, subset = member == 1): a slope among members
out$hc3_dose <- hc3(lm(api00 ~ meals + stype, strat, subset=member == 1), "meals")
# lm(api00 ~ member, strat): no covariates
out$hc3_bare <- hc3(lm(api00 ~ member, strat), "member")
write(toJSON(out, auto_unbox=TRUE, digits=12, pretty=TRUE), "models.json")
