# Term labels, column names and contrasts as R has them.
# Run from the folder of this file: Rscript design.R
# R 4.2.2, packages stats and jsonlite; no random numbers.

library(jsonlite)

rows <- expand.grid(g = c("a", "b", "c"), h = c("low", "mid", "high"), treat = 0:1)
rows$g <- factor(rows$g)
rows$h <- factor(rows$h, levels = c("low", "mid", "high"))
rows$arm <- factor(rep(1:3, length.out = nrow(rows)))
rows$m <- seq_len(nrow(rows))^1.5
rows$x <- cos(rows$m)
rows$y <- 0

formulas <- c(
  "y ~ x + g", "y ~ treat*m + x + g", "y ~ treat + m + treat:m + x", "y ~ treat*m*x",
  "y ~ m:treat + x:g + treat + m + x + g", "y ~ treat + m + m:treat", "y ~ x:g + g*treat + x",
  "y ~ (treat + m + g)^2 + x", "y ~ g*h*m + treat", "y ~ h*g - h:g + x + g:h", "y ~ h + g + g:h",
  "y ~ g:h + g + h", "y ~ 0 + x + g", "y ~ 0 + x + g + h", "y ~ x - 1", "y ~ x*g - x", "y ~ I(m^2):treat + g + log(m)"
)

describe <- function(text) {
  X <- model.matrix(as.formula(text), rows)
  list(formula = text, terms = I(attr(terms(as.formula(text)), "term.labels")), columns = I(colnames(X)))
}

contrasts <- lapply(2:6, function(k) unname(contr.poly(k)))

write_json(
  list(r = R.version.string, designs = lapply(formulas, describe), contr_poly = contrasts),
  "design.json",
  auto_unbox = TRUE, digits = NA, pretty = FALSE
)
