# R's own fits, printed summaries, random numbers and small data functions, for the tests of pymediation.r.
# Writes dialect.json beside this script. Usage, from this folder: Rscript dialect.R
suppressMessages({library(jsonlite); library(MASS)})
options(width = 80, digits = 7)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

folder <- "../../data"
described <- fromJSON("../reference/levels.json")
table_of <- function(name) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")), stringsAsFactors = FALSE)
  for (column in names(described[[name]]$levels)) d[[column]] <- factor(d[[column]], levels = described[[name]]$levels[[column]])
  d
}
framing <- table_of("framing")
jobs <- table_of("jobs")
framing$w <- framing$income / 10
framing$Body.mass <- framing$age / 3 + framing$income
framing$`my age` <- framing$age
jobs$gap <- ifelse(jobs$age > 55, NA, jobs$econ_hard)

vector_of <- function(x) list(names = names(x), values = unname(x))
first <- function(x) unname(x[seq_len(min(6, length(x)))])

fit_of <- function(fit, data) {
  new <- data[c(3, 11, 40), , drop = FALSE]
  is_glm <- inherits(fit, "glm")
  types <- if (is_glm) c("deviance", "pearson", "response", "working") else c("response", "pearson")
  suppressWarnings(list(
    coef = vector_of(coef(fit)), vcov = unname(vcov(fit)), summary = capture.output(print(summary(fit))),
    print = capture.output(print(fit)), working = first(fit$residuals),
    table = unname(coef(summary(fit))), columns = colnames(coef(summary(fit))),
    fitted = first(fitted(fit)), residuals = lapply(setNames(types, types), function(type) first(residuals(fit, type = type))),
    link = unname(predict(fit, new)), response = unname(predict(fit, new, type = "response")),
    scalars = c(nobs = nobs(fit), deviance = deviance(fit), logLik = as.numeric(logLik(fit)), AIC = AIC(fit), BIC = BIC(fit), df_residual = df.residual(fit))))
}
lm_interval <- function(fit, data) unname(predict(fit, data[c(3, 11, 40), ], interval = "prediction", level = 0.9))

fits <- list(
  lm = list(lm(emo ~ treat + age + educ + gender + income, data = framing), framing),
  lm_weights = list(lm(emo ~ treat + Body.mass + `my age`, data = framing, weights = w), framing),
  lm_origin = list(lm(emo ~ treat + gender - 1, data = framing), framing),
  lm_constant = list(lm(emo ~ 1, data = framing), framing),
  lm_terms = list(lm(log(emo) ~ poly(age, 2) + factor(tone) * income + I(income^2) + scale(p_harm), data = framing), framing),
  lm_subset = list(lm(emo ~ treat * age, data = framing, subset = age > 40), framing),
  lm_aliased = list(lm(emo ~ treat + I(2 * treat) + age, data = framing), framing),
  lm_jobs = list(lm(job_seek ~ treat + depress1 + econ_hard + sex + age + occp + marital + nonwhite + educ + income, data = jobs), jobs),
  lm_missing = list(lm(depress2 ~ treat + job_seek + gap, data = jobs), jobs),
  lm_offset = list(lm(depress2 ~ treat + offset(econ_hard / 10), data = jobs), jobs),
  glm_probit = list(glm(cong_mesg ~ emo + treat + age + educ + gender + income, family = binomial("probit"), data = framing), framing),
  glm_logit = list(glm(anti_info ~ treat * emo + age, family = binomial, data = framing), framing),
  glm_cloglog = list(glm(cong_mesg ~ emo + treat, family = binomial("cloglog"), data = framing), framing),
  glm_cauchit = list(glm(cong_mesg ~ emo + treat, family = binomial("cauchit"), data = framing), framing),
  glm_factor = list(glm(gender ~ treat + age, family = binomial, data = framing), framing),
  glm_jobs = list(glm(work1 ~ treat + job_seek + depress1 + econ_hard + sex + age, family = binomial, data = jobs), jobs),
  glm_poisson = list(glm(immigr ~ treat + emo + offset(log(age)), family = poisson, data = framing), framing),
  glm_gamma = list(glm(emo ~ treat + age, family = Gamma("log"), data = framing), framing),
  glm_gamma_inverse = list(glm(emo ~ treat + age, family = Gamma, data = framing, weights = w), framing),
  glm_gaussian = list(glm(emo ~ treat + age, family = gaussian, data = framing), framing),
  glm_inverse_gaussian = list(glm(emo ~ treat + age, family = inverse.gaussian("log"), data = framing), framing),
  glm_quasibinomial = list(glm(cong_mesg ~ emo + treat, family = quasibinomial, data = framing), framing),
  glm_quasipoisson = list(glm(immigr ~ emo + treat, family = quasipoisson, data = framing), framing),
  glm_aliased = list(glm(cong_mesg ~ treat + I(2 * treat) + age, family = binomial, data = framing), framing),
  glm_missing = list(glm(job_dich ~ treat + gap, family = binomial, data = jobs), jobs))
models <- lapply(fits, function(f) fit_of(f[[1]], f[[2]]))

intervals <- list(
  lm = unname(confint(fits$lm[[1]])), lm_90 = unname(confint(fits$lm[[1]], level = 0.9)), lm_prediction = lm_interval(fits$lm[[1]], framing),
  probit = unname(suppressMessages(confint(fits$glm_probit[[1]]))), poisson = unname(suppressMessages(confint(fits$glm_poisson[[1]]))),
  gamma = unname(suppressMessages(confint(fits$glm_gamma[[1]]))), logit_default = unname(confint.default(fits$glm_logit[[1]])))

x <- c(2.5, -1.25, 7, 3.5, 0.125, 9.75, 4, 4, 6.5, -3, 2.25)
gaps <- c(1.5, NA, 3, 8, NA, 2)
p <- c(0.011, 0.02, NA, 0.00035, 0.6, 0.04, 0.04, 0.9, 0.003)
probabilities <- c(0, 0.025, 1 / 3, 0.5, 0.975, 1)
methods <- c("holm", "hochberg", "hommel", "bonferroni", "BH", "BY", "fdr", "none")
interval_of <- function(f) list(codes = as.integer(f), levels = levels(f))
small <- list(
  quantile = lapply(setNames(1:9, 1:9), function(type) unname(quantile(x, probabilities, type = type))),
  quantile_names = names(quantile(x, probabilities)), mean = mean(x), sd = sd(x), var = var(x), median = median(x),
  mean_gaps = mean(gaps, na.rm = TRUE), sd_gaps = sd(gaps, na.rm = TRUE), cor = cor(x, rev(x)^2), spearman = cor(x, rev(x)^2, method = "spearman"),
  scale = scale(x)[, 1], scale_gaps = scale(gaps)[, 1], scale_origin = scale(x, center = FALSE)[, 1], scale_center = scale(x, scale = FALSE)[, 1],
  p_adjust = lapply(setNames(methods, methods), function(m) p.adjust(p, m)), p_adjust_n = lapply(setNames(methods, methods), function(m) p.adjust(p, m, n = 15)),
  cut = list(interval_of(cut(x, c(-5, 0, 2.5, 10))), interval_of(cut(x, c(-3, 0, 2.5, 9.75), include.lowest = TRUE)), interval_of(cut(x, 4)),
             interval_of(cut(x, c(-3, 0, 2.5, 9.75), right = FALSE, include.lowest = TRUE)), interval_of(cut(x, c(0.12344, 0.123455, 6)))),
  as_character = as.character(c(1e5, 123456, 1e15, 1.5, 1 / 3, 1e-5, 1e-4, 0.00015, 120000, -2, 0)),
  seq = list(seq(5), seq(2, -3), seq(0, 1, by = 0.1), seq(0, 1, length.out = 7), seq(10, 1, by = -4)),
  factor = interval_of(factor(c("b", "a", NA, "c", "a"))), factor_labels = interval_of(factor(c(1, 2, 3, 2), labels = c("x", "y", "x"))),
  relevel = interval_of(relevel(factor(c("b", "a", "c")), ref = "c")), ifelse = ifelse(gaps > 2, 1, 0),
  table = as.integer(table(jobs$marital)), table_two = unname(unclass(table(jobs$marital, jobs$work1))))

drawn <- function(seed, draw) { set.seed(seed); list(values = draw(), after = runif(1)) }
Sigma <- matrix(c(2, 0.6, 0.3, 0.6, 1, -0.2, 0.3, -0.2, 1.5), 3)
random <- list(
  rnorm = drawn(1, function() rnorm(6)), rnorm_vector = drawn(1, function() rnorm(5, mean = c(0, 10), sd = 1:3)),
  runif = drawn(2, function() runif(5, -1, 3)), rbinom = drawn(3, function() rbinom(8, 1, 0.3)), rbinom_many = drawn(3, function() rbinom(8, 100, c(0.2, 0.7))),
  rpois = drawn(4, function() rpois(8, c(2, 30))), rexp = drawn(5, function() rexp(6, rate = c(0.5, 4))), rgamma = drawn(6, function() rgamma(6, 2.5, 3)),
  rgamma_scale = drawn(6, function() rgamma(6, shape = 0.5, scale = 2)), rweibull = drawn(7, function() rweibull(5, 2, 3)), rlogis = drawn(8, function() rlogis(5, 1, 2)),
  rt = drawn(9, function() rt(5, 4)), rchisq = drawn(10, function() rchisq(5, 3)), sample = drawn(11, function() sample(10)), sample_some = drawn(12, function() sample(100, 7)),
  sample_replace = drawn(13, function() sample(5, 9, replace = TRUE)), sample_values = drawn(14, function() sample(c(2.5, 3.5, 9), 2)),
  sample_prob = drawn(15, function() sample(c(0, 1), 9, replace = TRUE, prob = c(0.3, 0.7))), sample_prob_without = drawn(16, function() sample(1:5, 3, prob = c(0.1, 0.4, 0.2, 0.2, 0.1))),
  sample_int = drawn(17, function() sample.int(20, 4)), mvrnorm = drawn(18, function() mvrnorm(4, c(1, 2, 3), Sigma)), mvrnorm_one = drawn(19, function() mvrnorm(1, c(1, 2, 3), Sigma)),
  mvrnorm_empirical = drawn(20, function() mvrnorm(6, c(1, 2, 3), Sigma, empirical = TRUE)), seed_date = drawn(20240112, function() rnorm(2)))

writeLines(toJSON(list(models = models, intervals = intervals, small = small, random = random), digits = 15, na = "string", auto_unbox = TRUE, pretty = FALSE), "dialect.json")
