# Reference numbers for survival and tobit regressions. Run from the folder of this file:
#   Rscript survival.R
# R 4.2.2, survival 3.5-3, VGAM 1.1-7.
suppressMessages({library(survival); library(VGAM); library(jsonlite)})
options(warn = -1)

## Data -----------------------------------------------------------------------------------------------
set.seed(31)
n <- 120
x <- round(rnorm(n), 3); z <- round(runif(n), 3); g <- sample(0:2, n, TRUE)
y <- 0.4 + 0.5 * x - 0.4 * (g == 1) + 0.3 * (g == 2) + 0.3 * z + 0.6 * log(rexp(n))
late <- function(share) as.integer(rank(y - rnorm(n)) <= (1 - share) * n)
d <- data.frame(x, z, g1 = +(g == 1), g2 = +(g == 2), twin = 2 * x - 1,
  time = pmax(round(exp(y), 3), 0.001), full = 1, some = late(0.2), most = late(0.6),
  w = round(runif(n, 0.3, 2.5), 2), off = round(rnorm(n, 0, 0.2), 3),
  latent = round(0.5 + 0.8 * x - 0.5 * (g == 1) + rnorm(n), 3))
jobs <- read.csv("../../data/jobs.csv")
jobs$cens <- read.csv("../reference/jobs_cens.csv")$cens

## Survival regression --------------------------------------------------------------------------------
# R stops at a relative change of 1e-9 of the log-likelihood. `coef` and `vcov` are where it stops; `limit_coef`
# and `limit_vcov` where it goes when told to go on.
record <- function(fit, further, ...) {
  list(..., coef = unname(coef(fit)), scale = fit$scale, vcov = unname(vcov(fit)), loglik = fit$loglik[2],
       df = fit$df.residual, limit_coef = unname(coef(further)), limit_scale = further$scale,
       limit_vcov = unname(vcov(further)))
}
further <- survreg.control(rel.tolerance = 1e-14, maxiter = 100)
surv <- function(dist, event, design = c("x", "g1", "g2", "z"), weights = NULL, offset = NULL, scale = 0) {
  data <- d; data$.w <- if (is.null(weights)) 1 else d[[weights]]; data$.o <- if (is.null(offset)) 0 else d[[offset]]
  data$.e <- d[[event]]
  f <- as.formula(paste("Surv(time, .e) ~ offset(.o) +", paste(design, collapse = "+")))
  fit <- function(...) survreg(f, data, weights = .w, dist = dist, scale = scale, ...)
  record(fit(), fit(control = further), dist = dist, event = event, design = design, weights = weights,
         offset = offset, fixed = scale)
}
dists <- c("extreme", "logistic", "gaussian", "t", "weibull", "exponential", "rayleigh", "lognormal", "loggaussian",
           "loglogistic")
cases <- c(
  lapply(dists, surv, "full"), lapply(dists, surv, "some"), lapply(dists, surv, "most"),
  lapply(dists, surv, "some", weights = "w", offset = "off"),
  lapply(c("weibull", "gaussian", "t"), surv, "some", scale = 0.7),
  lapply(c("weibull", "lognormal"), surv, "some", design = c("x", "twin", "g1")))
on_jobs <- function(dist) {
  f <- Surv(depress2, cens) ~ treat * job_seek + econ_hard + sex
  fit <- function(...) survreg(f, jobs, dist = dist, ...)
  record(fit(), fit(control = further), dist = dist)
}
jobs_cases <- lapply(c("weibull", "exponential", "lognormal", "loglogistic", "gaussian", "logistic"), on_jobs)
mediator <- function(...) survreg(Surv(job_seek) ~ treat + econ_hard + sex, jobs, ...)
mediator <- record(mediator(), mediator(control = further), dist = "weibull")

## Survivor functions, quantiles ----------------------------------------------------------------------
grid <- c(0.05, 0.5, 1, 2.5, 9)
curves <- lapply(dists, function(dist) {
  fixed <- c(exponential = 1, rayleigh = 0.5)[dist]
  scale <- if (is.na(fixed)) 0.7 else unname(fixed)
  base <- if (dist %in% c("rayleigh", "exponential")) "weibull" else dist
  list(dist = dist, scale = scale, time = grid, p = c(0.1, 0.5, 0.8),
       survival = 1 - psurvreg(grid, 0.4, scale, base, parms = 4),
       quantile = qsurvreg(c(0.1, 0.5, 0.8), 0.4, scale, base, parms = 4))
})

## Tobit ----------------------------------------------------------------------------------------------
tob <- function(lower, upper, weights = NULL, scale = 1, design = c("x", "g1")) {
  data <- d; data$.w <- if (is.null(weights)) 1 else d[[weights]]
  data$.y <- pmin(pmax(d$latent, lower), upper) * scale
  fit <- vglm(reformulate(design, ".y"), tobit(Lower = lower * scale, Upper = upper * scale), data, weights = .w)
  list(lower = if (is.finite(lower)) lower * scale, upper = if (is.finite(upper)) upper * scale, factor = scale,
       weights = weights, design = design, coef = unname(coef(fit)), vcov = unname(vcov(fit)),
       loglik = logLik(fit), iterations = fit@iter,
       clipped_mean = head(drop(fitted(fit, type.fitted = "censored")), 5),
       censored_mean = head(drop(fitted(fit, type.fitted = "mean.obs")), 5))
}
tobits <- list(
  tob(0, Inf), tob(0, Inf, weights = "w"), tob(0, 1.5), tob(0, 1.5, weights = "w", scale = 50), tob(-0.5, Inf),
  tob(-Inf, 1), tob(-Inf, Inf), tob(-0.5, 0.5), tob(0, Inf, scale = 0.01, design = c("x", "g1", "g2", "z")),
  tob(0.8, Inf), tob(0.2, 0.9, design = "x"))

out <- list(data = d, survival = cases, jobs = jobs_cases, mediator = mediator, curves = curves, tobit = tobits)
write(toJSON(out, digits = I(15), auto_unbox = TRUE, null = "null", na = "string", dataframe = "columns"),
      "survival.json")
