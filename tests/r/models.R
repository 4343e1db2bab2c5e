# R's ordered, quantile, survival and tobit models, for the tests of pymediation.r.
# Writes models.json beside this script. Usage, from this folder: Rscript models.R
# R 4.2.2, MASS 7.3-58.2, quantreg 5.94, survival 3.5-3, VGAM 1.1-7.
suppressMessages({library(jsonlite); library(MASS); library(quantreg); library(survival); library(VGAM)})
options(width = 80, digits = 7)

described <- fromJSON("../reference/levels.json")
table_of <- function(name) {
  d <- read.csv(file.path("../../data", paste0(name, ".csv")), stringsAsFactors = FALSE)
  for (column in names(described[[name]]$levels)) d[[column]] <- factor(d[[column]], levels = described[[name]]$levels[[column]])
  d
}
framing <- table_of("framing")
framing$view <- factor(framing$immigr, labels = c("low", "mid", "high", "top"))
framing$gap <- ifelse(framing$age > 75, NA, framing$age)
jobs <- table_of("jobs")
jobs$cens <- read.csv("../reference/jobs_cens.csv")$cens
jobs$time <- round(exp(jobs$depress1) * 5) + 1
jobs$days <- jobs$time / 10
jobs$twice <- 2 * jobs$treat
jobs$gap <- ifelse(jobs$age > 55, NA, jobs$econ_hard)
jobs$capped <- pmin(pmax(jobs$job_seek * 2 - 6.5, 0), 3)
# Nearly all of the last group is censored, so that its coefficient has hardly a finite estimate.
jobs$last <- as.numeric(seq_len(nrow(jobs)) > 800)
jobs$rare <- ifelse(seq_len(nrow(jobs)) == 899, 0.05, pmax(0, 3 - 9 * jobs$last + cos(7 * seq_len(nrow(jobs))) - 0.4 * jobs$depress1))

quiet <- function(expression) suppressWarnings(suppressMessages(expression))
vector_of <- function(x) list(names = names(x), values = unname(x))
numbers <- function(f) as.numeric(tryCatch(f, error = function(e) NA))
rows <- c(3, 11, 40)
recorded <- function(fit, covariance, text, ...) {
  list(coef = vector_of(coef(fit)), vcov = unname(covariance), summary = text,
       scalars = c(logLik = numbers(logLik(fit)), AIC = numbers(AIC(fit)), BIC = numbers(BIC(fit))), ...)
}

polr_of <- function(model) {
  fit <- quiet(model)
  s <- quiet(summary(fit))
  predicted <- if (ncol(model.matrix(fit)) > length(coef(fit)) + 1 || !is.null(model.offset(model.frame(fit)))) NULL else
    list(probs = unname(predict(fit, framing[rows, ], type = "probs")), class = as.character(predict(fit, framing[rows, ])))
  recorded(fit, quiet(vcov(fit)), quiet(capture.output(print(s))), names = rownames(quiet(vcov(fit))),
           zeta = unname(fit$zeta), fitted = unname(head(fitted(fit), 3)), predicted = predicted,
           sizes = c(nobs(fit), df.residual(fit)), table = unname(coef(s)))
}
ordered_models <- list(
  logistic = polr_of(polr(view ~ treat + emo + gender, data = framing)),
  probit = polr_of(polr(view ~ treat + emo + gender + age, data = framing, Hess = TRUE, method = "probit")),
  explicit = polr_of(polr(view ~ treat * gender, data = framing, method = "logistic")),
  cloglog = polr_of(polr(view ~ treat + log(age), data = framing, method = "cloglog")),
  loglog = polr_of(polr(view ~ treat, data = framing, method = "loglog")),
  cauchit = polr_of(polr(view ~ treat + age + educ, data = framing, method = "cauchit")),
  weights = polr_of(polr(view ~ treat + emo, data = framing, weights = income)),
  missing = polr_of(polr(view ~ treat + gap, data = framing)),
  subset = polr_of(polr(view ~ treat + emo, data = framing, subset = age > 40)),
  no_intercept = polr_of(polr(view ~ treat - 1, data = framing, Hess = TRUE)),
  constant = polr_of(polr(view ~ 1, data = framing, Hess = TRUE)),
  aliased = polr_of(polr(view ~ treat + I(2 * treat) + age, data = framing, Hess = TRUE)),
  offset = polr_of(polr(view ~ treat + offset(age / 50), data = framing, Hess = TRUE)),
  unused_level = polr_of(polr(view ~ treat, data = framing, subset = view != "mid", Hess = TRUE)))

rq_of <- function(model) {
  fit <- quiet(model)
  s <- quiet(summary(fit, se = "nid", covariance = TRUE))
  recorded(fit, s$cov, capture.output(print(s)), response = unname(predict(fit, jobs[rows, ])), table = unname(coef(s)),
           fitted = unname(head(fitted(fit), 3)), residuals = unname(head(residuals(fit), 3)))
}
quantile_models <- list(
  median = rq_of(rq(depress2 ~ treat + job_seek + sex, data = jobs)),
  explicit = rq_of(rq(depress2 ~ treat + depress1, tau = 0.5, data = jobs)),
  upper = rq_of(rq(depress2 ~ treat + depress1 + age, tau = 0.75, data = jobs)),
  long = rq_of(rq(depress2 ~ treat + depress1 + age + econ_hard + sex + job_seek, tau = 0.9, data = jobs)),
  missing = rq_of(rq(depress2 ~ treat + gap, tau = 0.25, data = jobs, weights = age)),
  few = rq_of(rq(job_seek ~ treat + age, data = jobs, subset = age > 60)),
  factors = rq_of(rq(job_seek ~ treat + occp + poly(age, 2), tau = 0.4, data = jobs)))

survreg_of <- function(fit) {
  kinds <- c("response", "lp", "quantile", "uquantile")
  predicted <- if (anyNA(coef(fit)) || !is.null(model.offset(model.frame(fit)))) NULL else
    c(lapply(setNames(kinds, kinds), function(kind) unname(predict(fit, jobs[rows, ], type = kind))),
      list(median = unname(predict(fit, jobs[rows, ], type = "quantile", p = 0.5))))
  kinds <- c("response", "deviance", "working")
  recorded(fit, vcov(fit), capture.output(print(summary(fit))), names = colnames(vcov(fit)), predicted = predicted,
           table = unname(summary(fit)$table), scale = fit$scale, sizes = c(nobs(fit), df.residual(fit)), null = fit$loglik[1],
           fitted = unname(head(fitted(fit), 3)),
           residuals = lapply(setNames(kinds, kinds), function(kind) unname(head(residuals(fit, type = kind), 12))))
}
survival_models <- list(
  weibull = survreg_of(survreg(Surv(time, cens) ~ treat + job_seek + sex, data = jobs)),
  explicit = survreg_of(survreg(Surv(time, cens) ~ treat + age, data = jobs, dist = "weibull")),
  exponential = survreg_of(survreg(Surv(time, cens) ~ treat + job_seek, data = jobs, dist = "exponential")),
  rayleigh = survreg_of(survreg(Surv(time, cens) ~ treat, data = jobs, subset = age > 40, dist = "rayleigh")),
  lognormal = survreg_of(survreg(Surv(time, cens) ~ treat + age, data = jobs, dist = "lognormal")),
  loggaussian = survreg_of(survreg(Surv(time, cens) ~ treat, data = jobs, dist = "loggaussian")),
  loglogistic = survreg_of(survreg(Surv(time, cens == 1) ~ treat + educ, data = jobs, dist = "loglogistic")),
  extreme = survreg_of(survreg(Surv(days, cens) ~ treat + age, data = jobs, dist = "extreme")),
  gaussian = survreg_of(survreg(Surv(days, cens) ~ treat + age, data = jobs, dist = "gaussian")),
  logistic = survreg_of(survreg(Surv(days, cens) ~ treat + age, data = jobs, dist = "logistic")),
  t = survreg_of(survreg(Surv(days, cens) ~ treat + age, data = jobs, dist = "t")),
  fixed = survreg_of(survreg(Surv(time, cens) ~ treat + job_seek, data = jobs, dist = "loglogistic", scale = 0.5)),
  uncensored = survreg_of(survreg(Surv(time) ~ 1, data = jobs)),
  no_intercept = survreg_of(survreg(Surv(time, cens) ~ treat + occp - 1, data = jobs)),
  weights = survreg_of(survreg(Surv(time, cens) ~ treat + gap, data = jobs, weights = age)),
  aliased = survreg_of(survreg(Surv(time, cens) ~ treat + twice + age, data = jobs)),
  offset = survreg_of(survreg(Surv(time, cens) ~ treat + offset(age / 50), data = jobs, dist = "lognormal")))

vglm_of <- function(model) {
  fit <- quiet(model)
  recorded(fit, vcov(fit), quiet(capture.output(print(summary(fit)))), table = unname(coef(summary(fit))),
           response = unname(c(predict(fit, jobs[rows, ], type = "response"))), link = unname(predict(fit, jobs[rows, ])),
           sizes = c(nobs(fit), df.residual(fit)), confint = unname(confint(fit)),
           residuals = unname(head(c(residuals(fit, type = "response")), 3)))
}
censored_models <- list(
  lower = vglm_of(vglm(capped ~ treat + econ_hard + sex, tobit(Lower = 0), data = jobs)),
  usual = vglm_of(vglm(capped ~ treat + econ_hard, tobit(), data = jobs)),
  bare = vglm_of(vglm(capped ~ treat * age, tobit, data = jobs)),
  upper = vglm_of(vglm(capped ~ treat + gap, tobit(Lower = -Inf, Upper = 3), data = jobs)),
  both = vglm_of(vglm(capped ~ treat + occp, tobit(Lower = 0, Upper = 3), data = jobs)),
  subset = vglm_of(vglm(job_seek ~ treat + poly(age, 2), family = tobit(Lower = 1, Upper = 5), data = jobs, subset = age > 30)),
  hauck_donner = vglm_of(vglm(rare ~ last + depress1, tobit(Lower = 0), data = jobs)),
  constant = vglm_of(vglm(capped ~ 1, tobit(Lower = 0), data = jobs)),
  weights = vglm_of(vglm(capped ~ treat + econ_hard, tobit(Lower = 0), data = jobs, weights = age / 40)))

write_json(list(ordered = ordered_models, quantile = quantile_models, survival = survival_models, censored = censored_models),
           "models.json", digits = I(15), na = "string", auto_unbox = TRUE, null = "null")
