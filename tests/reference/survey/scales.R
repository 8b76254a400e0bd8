# More reference numbers for scales: Rscript --vanilla scales.R, in this folder. Reads bfi.csv and holzinger.csv.
suppressPackageStartupMessages({library(psych); library(lavaan); library(jsonlite)})
bfi <- read.csv("bfi.csv"); HS <- read.csv("holzinger.csv")
turned <- function(items, reversed) {x <- bfi[, items]; x[, reversed] <- 7 - x[, reversed]; x}
sets <- list(A=turned(paste0("A", 1:5), "A1"), C=turned(paste0("C", 1:5), c("C4", "C5")), E=turned(paste0("E", 1:5), c("E1", "E2")),
  N=bfi[, paste0("N", 1:5)], O=turned(paste0("O", 1:5), c("O2", "O5")))
out <- list(session=list(R=R.version.string, psych=as.character(packageVersion("psych")), lavaan=as.character(packageVersion("lavaan"))))
# All splits of the items in two (psych 2.2.9's splitHalf looks at the first half of them where their number is odd).
best <- function(x) {r <- cor(x); k <- ncol(x); max(combn(k, k %/% 2, function(a) 4 * sum(r[a, -a]) / sum(r)))}
out$lambda4_all_splits <- lapply(sets, function(x) best(na.omit(x)))
# Polychoric correlations: psych's two-step estimator, at its own tolerance (optimize, 1e-4 of the correlation).
out$polychoric <- lapply(sets, function(x) suppressWarnings(psych::polychoric(na.omit(x)))$rho)
out$ordinal_alpha <- lapply(out$polychoric, function(r) suppressWarnings(psych::alpha(r))$total$std.alpha)
# Two items: N1 and N2.
r <- cor(na.omit(bfi[, c("N1", "N2")]))[1, 2]; ci <- psych::r.con(r, nrow(na.omit(bfi[, c("N1", "N2")])))
out$spearman_brown <- list(r=r, n=nrow(na.omit(bfi[, c("N1", "N2")])), value=2 * r / (1 + r), ci=2 * ci / (1 + ci))
# Three and four items, and Holzinger's nine under one factor.
omega <- function(x) {x <- na.omit(x); names(x) <- paste0("i", seq_along(x)); f <- cfa(paste("f =~", paste(names(x), collapse="+")), x, std.lv=TRUE)
  p <- parameterEstimates(f); l <- p$est[p$op == "=~"]; th <- p$est[p$op == "~~" & p$lhs != "f"]; sum(l)^2 / (sum(l)^2 + sum(th))}
out$omega <- list(N123=omega(bfi[, c("N1", "N2", "N3")]), E1234=omega(sets$E[, 1:4]), holzinger=omega(HS[, paste0("x", 1:9)]))
# One-way analysis of variance of the N score by age: ICC(1) with n0, ICC(2) = (MSB - MSW) / MSB.
d <- data.frame(y=rowMeans(sets$N), g=bfi$age); d <- na.omit(d); a <- anova(lm(y ~ factor(g), d)); ms <- a[["Mean Sq"]]
n <- table(d$g); n0 <- (sum(n) - sum(n^2) / sum(n)) / (length(n) - 1)
out$icc_by_age <- list(icc1=(ms[1] - ms[2]) / (ms[1] + (n0 - 1) * ms[2]), icc2=(ms[1] - ms[2]) / ms[1], F=a[["F value"]][1], n=sum(n), groups=length(n), n0=n0)
# r_wg(j) of the N items by age, complete answers, ages with 5 of them; (6^2 - 1) / 12 by chance; negative values 0.
x <- na.omit(cbind(bfi[, paste0("N", 1:5)], age=bfi$age)); x <- x[x$age %in% names(which(table(x$age) >= 5)), ]
rwg <- sapply(split(x[, 1:5], x$age), function(z) {v <- mean(sapply(z, var)) / (35 / 12); max(0, 5 * (1 - v) / (5 * (1 - v) + v))})
out$rwg_by_age <- list(mean=mean(rwg), groups=length(rwg), cut=sum(rwg == 0), first=as.vector(rwg[1:5]), ages=as.integer(names(rwg)[1:5]))
# Invariance of each scale by gender, and of E by education (five groups).
fm <- function(f) as.list(fitMeasures(f, c("chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "npar")))
ladder <- function(x, by) {d <- na.omit(cbind(setNames(x, paste0("i", 1:5)), by=by)); eq <- list(configural="", metric="loadings",
  scalar=c("loadings", "intercepts"), strict=c("loadings", "intercepts", "residuals"))
  lapply(eq, function(e) fm(cfa("f=~i1+i2+i3+i4+i5", d, group="by", group.equal=e)))}
out$invariance_gender <- lapply(sets, ladder, by=bfi$gender)
out$invariance_E_education <- ladder(sets$E, bfi$education)
write(toJSON(out, auto_unbox=TRUE, digits=12, pretty=TRUE), "scales.json")
