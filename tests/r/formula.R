# Terms, model matrices and sorting of text, as R makes them. Run: Rscript tests/r/formula.R
library(jsonlite)
library(splines)
icuSetCollate(locale = "en_US")
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

d <- data.frame(
  y = c(1.5, 2.25, 0.5, 3, 4.75, 2, 6.5, 5.125, 7, 3.5, 2.75, 8),
  x = c(3, 1, 4, NA, 5, 9, 2, 6, 5, 3, 5, 8),
  z = c(0.31, 2.7, 1.41, 0.58, 3.14, 1.62, 0.69, 2.24, 4.67, 0.92, 1.2, 3.6),
  a = factor(c("u", "v", "w", "u", "v", "w", "u", "v", "w", "u", "u", "w")),
  b = factor(c("q", "p", "p", "q", "q", "p", "p", "q", "q", "p", "q", "p"), levels = c("q", "p")),
  e = factor(c("m", "k", "m", "n", "k", "k", "m", "m", "k", "m", "k", "m"), levels = c("n", "m", "k", "never")),
  o = factor(c("lo", "hi", "mid", "mid", "lo", "hi", "lo", "mid", "hi", "hi", "lo", "mid"),
    levels = c("lo", "mid", "hi"), ordered = TRUE),
  l = c(TRUE, FALSE, TRUE, TRUE, FALSE, FALSE, TRUE, FALSE, TRUE, FALSE, TRUE, FALSE),
  s = c("some college", "High school", "PhD", "PhD", "some college", "high school", NA, "High school", "PhD",
    "high school", "some college", "PhD"),
  g = c(2, 1, 3, 1, 2, 3, 3, 1, 2, 10, 10, 1),
  job.sat = c(5, 3, 4, 4, 2, 1, 3, 5, 2, 4, 1, 3),
  `my var` = c(1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0),
  `2b` = c(9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4),
  check.names = FALSE, stringsAsFactors = FALSE
)

formulas <- c(
  "y ~ x", "y ~ 1", "y ~ x - 1", "y ~ 0 + a", "y ~ 0 + x + a", "y ~ x + a + b", "y ~ b:a + a", "y ~ a:b",
  "y ~ a + a:b", "y ~ a * b", "y ~ 0 + a * b", "y ~ a * b * l", "y ~ (a + b)^2", "y ~ (a + b + z)^2 - a:b",
  "y ~ (a + b + l)^3 - a:b:l", "y ~ a %in% b", "y ~ b + a %in% b", "y ~ a/b", "y ~ (a + b)/z", "y ~ a/(b + z)",
  "y ~ z:a", "y ~ z:a + z:b", "y ~ a:b + a:l", "y ~ a:b + b:l + a:l", "y ~ 0 + z + z:a", "y ~ 0 + b:z + a",
  "y ~ a:z:b + a:z", "y ~ x * a + z", "y ~ z + x:z + x", "y ~ x:z + a", "y ~ . - x", "y ~ .", "log(y) ~ . - s - e",
  "y ~ l", "y ~ 0 + l + a", "y ~ l:z", "y ~ l * a", "y ~ s", "y ~ s * z", "y ~ e", "y ~ e:z", "y ~ o", "y ~ o * z",
  "y ~ 0 + o", "y ~ a:o", "y ~ poly(z, 2)", "y ~ poly(z, 3, raw = TRUE)", "y ~ poly(z, degree = 4):b", "y ~ poly(z, 1)",
  "y ~ scale(x)", "y ~ scale(z, scale = FALSE) * a", "y ~ scale(z, center = FALSE)", "y ~ C(a, contr.sum)",
  "y ~ C(a, contr.helmert) * z", "y ~ C(a, contr.treatment, base = 2)", "y ~ C(a, contr.treatment(3, base = 3))",
  "y ~ C(a, contr.poly):l", "y ~ C(factor(g), contr.sum)", "y ~ ordered(g)", "y ~ factor(g) + x",
  "y ~ factor(g, levels = c(3, 1, 2, 10), labels = c(\"c\", \"a\", \"b\", \"d\"))", "y ~ as.factor(job.sat)",
  "y ~ relevel(a, ref = \"w\")", "y ~ I(x^2) + x", "y ~ I((x + z)*2) + I(x^-1)", "y ~ log(z) + log(z,2) + log10(z)",
  "y ~ sqrt(z) + exp(-z) + abs(z - 1)", "y ~ I(x %% 2) + I(x %/% 2)", "y ~ I(z > 1)", "y ~ (z > 1):b",
  "y ~ I(a == \"u\") + I(l & z > 1)", "y ~ I(!l) + I(x>2|l)", "y ~ ifelse(a == 'u', 1, z)", "y ~ as.numeric(a) + as.integer(l)",
  "y ~ as.character(b)", "y ~ pmin(x, z) + pmax(x, 4) + round(z, 1)", "y ~ is.na(x) + z", "y ~ cbind(x, z)",
  "y ~ cbind(z, sq = z^2):b", "y ~ `my var` * log(`2b`)", "y ~ job.sat:`my var`", "y ~ offset(z) + x", "y ~ x + offset(log(z)):a",
  "y ~ a*b - a", "y ~ -(a + b) + a * b * z", "y ~ a - (b - z)", "y ~ a + 0:b", "y ~ (b + z + a/l)^2", "y ~ (b + z:a + l)^3", "y ~ 1 * b + z", "y ~ a:1 + z", "y ~ I(z - mean(z))",
  "cbind(y, x) ~ z + g", "~ z + a", "y ~ cut(z, 3)", "y ~ cut(z, c(0, 1, 2, 5), labels = c('s', 'm', 'l'))", "y ~ splines::ns(z, 3)",
  "y ~ bs(z, df = 5)", "y ~ ns(z, knots = c(1, 2.5))", "y ~ bs(z, degree = 2, intercept = TRUE)", "y ~ I(o >= 'mid') + x",
  "y ~ I(a %in% c('u', 'v'))", "y ~ I(z*1e5 + 150000 - 1e-4 + 1L)"
)

one <- function(text) {
  f <- as.formula(text)
  frame <- suppressWarnings(model.frame(f, d, drop.unused.levels = TRUE))
  X <- model.matrix(attr(frame, "terms"), frame)
  list(
    formula = text, labels = I(attr(terms(f, data = d), "term.labels")), names = I(colnames(X)),
    rows = as.integer(match(rownames(frame), rownames(d))) - 1L, matrix = I(unname(as.vector(X)))
  )
}

# New rows through the recipe learnt at the fit.
new <- data.frame(z = c(0.1, 1, 5.5), a = factor(c("w", "u", "w"), levels = c("u", "v", "w")), g = c(10, 1, 2), y = 0, x = c(1, 2, 3))
predicted <- lapply(c(
  "y ~ poly(z, 2)", "y ~ scale(z) * a", "y ~ ns(z, 3)", "y ~ bs(z, 4)", "y ~ factor(g)", "y ~ C(a, contr.sum)"
), function(text) {
  frame <- model.frame(as.formula(text), d, drop.unused.levels = TRUE)
  t <- attr(frame, "terms")
  rows <- suppressWarnings(model.frame(delete.response(t), new, xlev = .getXlevels(t, frame)))
  X <- suppressWarnings(model.matrix(delete.response(t), rows, contrasts.arg = attr(model.matrix(t, frame), "contrasts")))
  list(formula = text, matrix = as.vector(X))
})

overridden <- list(list(a = "contr.sum"), list(a = "contr.helmert", o = "contr.treatment"))
contrasts <- lapply(overridden, function(given) {
  X <- model.matrix(~ a * z + o, d, contrasts.arg = given)
  list(contrasts = given, names = colnames(X), matrix = as.vector(X))
})

deparsed <- c(
  "a%%b", "a%/%b", "a/b", "a*b", "a^b", "a^-1", "-a", "!a", "a&b", "a==b", "a<=b", "a%in%b", "f(a,b=2)", "1e5",
  "123456", "150000", ".5", "1e-5", "0.0001", "0.0001234", "TRUE", "'it'", "\"a\\\"b\"", "0x10", "1e300",
  "1e15", "123456789012", "(a+b)*2", "-(a)", "0.1234567890123456", "f(`a b`=1)", "`my var`+.x1", "a**2", "pkg::f(x)",
  "\u00e9t\u00e9 + x_1", "f()", "-2^2", "a:b*c", "!a==b", "NULL", "100", "1e4", "T"
)
words <- c("b", "B", "a", "A", "_x", "-x", "x", "1", "10", "2", "\u00e9", "e", "f", "High school", "high", "\u00f6", "o",
  "p", "a b", "ab", "a-b", "a_b", "a.b", "ab1", "aB", "Ab", "<5", ">5", "5-9", "10+", "z", "\u03a9", "\u03c9", "\u4e2d",
  "resume", "r\u00e9sum\u00e9", "Resume", "I", "II", "ii", "$", "%", "&", "@", "na\u00efve", "naive", "E", "\u00c9")

write_json(
  list(
    about = paste("Made by formula.R with", R.version.string), data = as.list(d), levels = lapply(Filter(is.factor, as.list(d)), levels),
    cases = lapply(formulas, one), new = as.list(new), predicted = predicted, contrasts = contrasts,
    deparsed = lapply(deparsed, function(text) list(text, paste(deparse(parse(text = text)[[1]], backtick = TRUE), collapse = ""))),
    sorted = sort(words)
  ),
  file.path(here, "formula.json"),
  digits = I(17), auto_unbox = TRUE, na = "null", null = "null"
)
