//! Integer arithmetic of the shader preprocessor: `+ - * / %`, comparisons, `&&`, `||`, parentheses.

/// Value of `text`, whose names have been replaced by numbers. Truth is 1, falsehood 0.
pub(crate) fn evaluate(text: &str) -> Result<i64, String> {
    let mut parser = Parser { text, rest: text };
    let value = parser.binary(0)?;
    if parser.rest.trim().is_empty() { Ok(value) } else { Err(parser.error()) }
}

/// Operators from loosest to tightest. A longer one stands before its beginning.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn error(&self) -> String {
        format!("expression `{}` is not understood from `{}` on", self.text.trim(), self.rest.trim())
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right).ok_or_else(|| self.error())?;
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<i64, String> {
        if self.take("(") {
            let value = self.binary(0)?;
            return if self.take(")") { Ok(value) } else { Err(self.error()) };
        }
        if self.take("-") {
            return Ok(-self.operand()?);
        }
        let rest = self.rest.trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let value = rest[..digits].parse().map_err(|_| self.error())?;
        self.rest = &rest[digits..];
        Ok(value)
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    Some(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left.checked_div(right)?,
        _ => left.checked_rem(right)?,
    })
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn precedence_is_that_of_wgsl() {
        assert_eq!(evaluate("1 + 2 * 3 - 8 / 2"), Ok(3));
        assert_eq!(evaluate("(1 + 2) * 3 % 4"), Ok(1));
        assert_eq!(evaluate("10 - 3 - 2"), Ok(5));
        assert_eq!(evaluate("2 * 2 > 3 && 1 == 2 || 5 >= 5"), Ok(1));
        assert_eq!(evaluate("-2 + 3"), Ok(1));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "1 +", "(1", "x", "1 2", "4 / 0", "4 % 0"] {
            assert!(evaluate(text).is_err(), "{text}");
        }
    }
}
