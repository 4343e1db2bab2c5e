# Fits of lme4, at full convergence, on the package's own data: Rscript tests/r/mixed.R writes tests/r/mixed.json.
suppressMessages({library(lme4); library(jsonlite)}); options(warn = 1)
args <- commandArgs(FALSE); here <- dirname(sub("--file=", "", args[grep("--file=", args)]))
jobs <- read.csv(file.path(here, "..", "..", "data", "jobs.csv"))
jobs$emp <- as.numeric(jobs$work1 == "psyemp"); jobs$cnt <- floor(2 * jobs$depress2); jobs$trials <- 3 + jobs$cnt; jobs$wins <- pmin(jobs$cnt, 3)
set.seed(1); jobs$g <- rep(1:40, length.out = nrow(jobs)); jobs$h <- jobs$g^2 %/% 50 + 1; jobs$u <- rnorm(40)[jobs$g]; jobs$v <- rnorm(40)[jobs$g]
jobs$y <- jobs$depress2 + .5 * jobs$u + .3 * jobs$v * jobs$job_seek; jobs$b <- as.numeric(jobs$y - jobs$u * jobs$econ_hard / 3 > median(jobs$y)); jobs$k <- floor(exp(.4 * jobs$u + .2 * jobs$v * (jobs$econ_hard - 3) + .5) + jobs$cnt / 2)
tight <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(maxfun = 1e6, rhobeg = 1e-2, rhoend = 1e-9)); strict <- lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e6, rhoend = 1e-10))
polish <- function(f) { for (i in 1:3) f <- suppressWarnings(update(f, start = if (isLMM(f)) getME(f, "theta") else list(theta = getME(f, "theta"), fixef = fixef(f)))); f }
ing <- function(f) { f <- polish(f); r <- ranef(f, condVar = TRUE)[[1]]; pv <- attr(r, "postVar"); if (is.list(pv)) sd <- sapply(pv, function(p) sqrt(p[1, 1, ])) else sd <- t(apply(pv, 3, function(v) sqrt(diag(as.matrix(v))))); if (ncol(r) == 1) sd <- matrix(sd, ncol = 1)
  list(fixef = unname(fixef(f)), vcov = unname(as.matrix(vcov(f))), modes = unname(as.matrix(r)), cond_sd = unname(sd), theta = unname(getME(f, "theta")), sigma = sigma(f), loglik = as.numeric(logLik(f)), aic = AIC(f), fitted = unname(fitted(f)[1:3]), residuals = unname(residuals(f)[1:3]), varcorr = capture.output(print(VarCorr(f)))) }
out <- list(data = list(u = unique(jobs$u), v = unique(jobs$v)),
  reml = ing(lmer(y ~ treat + job_seek + (1 + job_seek | g), jobs, control = strict)),
  ml = ing(lmer(y ~ treat * job_seek + (1 | g), jobs, REML = FALSE, control = strict)),
  weighted = ing(lmer(y ~ treat + job_seek + (1 | g), jobs, weights = age, control = strict)),
  uncorrelated = ing(lmer(y ~ treat + job_seek + (1 + job_seek || g), jobs, control = strict)),
  logit = ing(glmer(b ~ treat + job_seek + (1 + econ_hard | g), jobs, family = binomial, control = tight)),
  cloglog = ing(glmer(b ~ treat + job_seek + (1 | g), jobs, family = binomial("cloglog"), control = tight)),
  counts = ing(glmer(cbind(wins, trials - wins) ~ treat + (1 | g), jobs, family = binomial("probit"), control = tight)),
  offset = ing(lmer(y ~ treat + job_seek + offset(econ_hard / 5) + (1 | h), jobs, weights = age, control = strict)),
  nested = ing(lmer(y ~ treat * factor(g %% 4) + factor(g %% 4):factor(h %% 3) + (1 | g), jobs, REML = FALSE, control = strict)),
  slope = ing(lmer(y ~ treat + job_seek + (0 + job_seek | h), jobs, control = strict)),
  singular = ing(lmer(depress2 ~ treat + job_seek + (1 + job_seek | h), jobs, REML = FALSE, control = lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e6, rhoend = 1e-10), check.conv.singular = "ignore"))),
  cauchit = ing(glmer(b ~ treat + job_seek + (1 | h), jobs, family = binomial("cauchit"), control = tight)),
  proportions = ing(glmer(wins / trials ~ treat + econ_hard + (1 | h), jobs, weights = trials, family = binomial, control = tight)),
  root = ing(glmer(k ~ treat + econ_hard + (1 | h), jobs, family = poisson("sqrt"), control = tight)),
  apart = ing(glmer(b ~ treat + job_seek + (1 + econ_hard || g), jobs, family = binomial, control = tight)),
  poisson = ing(glmer(k ~ treat + econ_hard + offset(log(age)) + (1 + econ_hard | g), jobs, family = poisson, control = tight)))
write_json(out, file.path(here, "mixed.json"), digits = NA, auto_unbox = TRUE)
