# Base R by hand: what R's `mediation` returns where it is known to be wrong, and what is right. Writes differences.json.
# Quasi-Bayesian draws in the package's order (coefficients of the mediator model, of the outcome model, errors of the
# mediator); `wrong` rebuilds the designs as the package does, `right` as the models say. Run from tests/r.
library(jsonlite)
S <- 50
jobs <- read.csv("../../data/jobs.csv")
jobs$control <- factor(jobs$control, levels = c("treat", "control"))
jobs$cnt <- floor(2 * jobs$depress2)
jobs$exposure <- jobs$age / 10
jobs$w <- jobs$econ_hard
jobs$emp <- as.numeric(jobs$work1 == "psyemp")
n <- nrow(jobs)

draw <- function(mean, V, s) {
  Z <- matrix(rnorm(s * length(mean)), nrow = s, byrow = TRUE)
  e <- eigen(V, symmetric = TRUE)
  root <- e$vectors %*% (sqrt(pmax(e$values, 0)) * t(e$vectors))
  sweep(Z %*% root, 2, mean, "+")
}

# X1, X0: designs of the mediator model under treatment and control; XY(t, M): design of the outcome model.
quasi_bayes <- function(seed, med, out, X1, X0, XY, inverse = identity, offset = 0, Vm = vcov(med), Vy = vcov(out), w = rep(1, n)) {
  set.seed(seed)
  A <- draw(coef(med), Vm, S); B <- draw(coef(out), Vy, S)
  E <- matrix(rnorm(S * n) * summary(med)$sigma, S, n)
  M <- list(A %*% t(X0) + E, A %*% t(X1) + E)
  cell <- function(t, m) sapply(1:S, function(r) weighted.mean(inverse(XY(t, M[[m + 1]][r, ]) %*% B[r, ] + offset), w))
  Y <- list(`00` = cell(0, 0), `01` = cell(0, 1), `10` = cell(1, 0), `11` = cell(1, 1))
  list(d0 = mean(Y$`01` - Y$`00`), d1 = mean(Y$`11` - Y$`10`), z0 = mean(Y$`10` - Y$`00`), z1 = mean(Y$`11` - Y$`01`))
}
columns <- function(...) cbind(1, ...)
out_all <- list(about = paste("Emulated in base R", getRversion(), "by differences.R; means of", S, "draws"), sims = S)

# transformed-terms: the square stays at its observed values
med <- lm(job_seek ~ treat + econ_hard, jobs)
out <- lm(depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard, jobs)
X1 <- columns(1, jobs$econ_hard); X0 <- columns(0, jobs$econ_hard)
out_all[["transformed-terms"]] <- list(
  R = quasi_bayes(1, med, out, X1, X0, function(t, m) columns(t, m, jobs$job_seek^2, jobs$econ_hard)),
  fixed = quasi_bayes(1, med, out, X1, X0, function(t, m) columns(t, m, m^2, jobs$econ_hard)))

# offsets: left out of predictions
out <- glm(cnt ~ treat + job_seek + econ_hard + offset(log(exposure)), poisson, jobs)
XY <- function(t, m) columns(t, m, jobs$econ_hard)
out_all[["offsets"]] <- list(
  R = quasi_bayes(2, med, out, X1, X0, XY, exp),
  fixed = quasi_bayes(2, med, out, X1, X0, XY, exp, offset = log(jobs$exposure)))

# contrasts: the factor is coded 0/1 although the models were fitted with 1/-1; t = 1 is the level "treat"
sums <- list(control = "contr.sum")
med <- lm(job_seek ~ control + econ_hard, jobs, contrasts = sums)
out <- lm(depress2 ~ control + job_seek + econ_hard, jobs, contrasts = sums)
coded <- function(code) quasi_bayes(3, med, out, columns(code(1), jobs$econ_hard), columns(code(0), jobs$econ_hard),
                                    function(t, m) columns(code(t), m, jobs$econ_hard))
out_all[["contrasts"]] <- list(R = coded(function(t) 1 - t), fixed = coded(function(t) 2 * t - 1))

# cluster-weights: the outcome model is refitted with its final working weights as prior weights
med <- lm(job_seek ~ treat + econ_hard, jobs, weights = w)
out <- suppressWarnings(glm(emp ~ treat + job_seek + econ_hard, binomial("probit"), jobs, weights = w))
cluster_cov <- function(fit, factor) {
  X <- model.matrix(fit)
  lin <- !inherits(fit, "glm")
  W <- if (lin) weights(fit) else fit$weights
  u <- if (lin) residuals(fit) else fit$residuals
  C <- summary(fit)$cov.unscaled
  G <- length(unique(jobs$occp))
  scores <- rowsum(X * W * u, jobs$occp)
  C %*% crossprod(scores) %*% C * G / (G - 1) * factor
}
Vm <- cluster_cov(med, (n - 1) / (n - 3))
again <- suppressWarnings(glm(emp ~ treat + job_seek + econ_hard, binomial("probit"), jobs, weights = out$weights))
weighted <- function(Vy) quasi_bayes(4, med, out, X1, X0, XY, pnorm, Vm = Vm, Vy = Vy, w = jobs$w)
out_all[["cluster-weights"]] <- list(R = weighted(cluster_cov(again, 1)), fixed = weighted(cluster_cov(out, 1)))

# ordered-codes: an ordered mediator with the values 0, 1, 2 in the outcome model is put there as 1, 2, 3
jobs$rank <- findInterval(jobs$job_seek, c(4, 4.6))
med <- MASS::polr(factor(rank) ~ treat + econ_hard, jobs, Hess = TRUE)
out <- lm(depress2 ~ treat * rank + econ_hard, jobs)
chances <- function(t, a) {
  eta <- a[1] * t + a[2] * jobs$econ_hard
  below <- cbind(plogis(med$zeta[1] - eta), plogis(med$zeta[2] - eta))
  cbind(below[, 1], below[, 2] - below[, 1], 1 - below[, 2])
}
ranked <- function(seed, values) {
  set.seed(seed)
  A <- draw(coef(med), vcov(med)[1:2, 1:2], S); B <- draw(coef(out), vcov(out), S)
  effects <- sapply(1:S, function(r) {
    p1 <- chances(1, A[r, ]); p0 <- chances(0, A[r, ])
    M <- sapply(1:n, function(i) c(which(rmultinom(1, 1, p1[i, ]) == 1), which(rmultinom(1, 1, p0[i, ]) == 1)))
    cell <- function(t, row) mean(columns(t, values[M[row, ]], jobs$econ_hard, t * values[M[row, ]]) %*% B[r, ])
    c(d0 = cell(0, 1) - cell(0, 2), d1 = cell(1, 1) - cell(1, 2), z0 = cell(1, 2) - cell(0, 2), z1 = cell(1, 1) - cell(0, 1))
  })
  as.list(rowMeans(effects))
}
out_all[["ordered-codes"]] <- list(R = ranked(10, 1:3), fixed = ranked(10, 0:2))

write_json(out_all, "differences.json", digits = NA, auto_unbox = TRUE, pretty = 1)
