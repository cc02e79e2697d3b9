//! The small preprocessor that specialises a shader: constants are filled in and loops marked with `//!` are written out.
//!
//! A shader stays readable WGSL; its directives are comments of their own line:
//! `//! include NAME` (a file of shaders/parts), `//! for NAME in A..B {`, `//! if EXPRESSION {`, `//! } else {`, `//! let NAME = EXPRESSION`, `//! }`.
//! An identifier that is a constant, or loop variable, becomes its number. Otherwise its parts between underscores that are
//! variables do: with `P` = 2, `sum_P` becomes `sum_2`, and `GROUPS_P` the constant `GROUPS_2`.

use std::collections::HashMap;

use crate::expression::evaluate;

/// What shaders share, by name.
const PARTS: [(&str, &str); 19] = [
    ("activate", include_str!("../../../shaders/parts/activate.wgsl")),
    ("add_lanes", include_str!("../../../shaders/parts/add_lanes.wgsl")),
    ("batch", include_str!("../../../shaders/parts/batch.wgsl")),
    ("block_backward_bindings", include_str!("../../../shaders/parts/block_backward_bindings.wgsl")),
    ("convolution", include_str!("../../../shaders/parts/convolution.wgsl")),
    ("convolution_tiled", include_str!("../../../shaders/parts/convolution_tiled.wgsl")),
    ("fetch_weights", include_str!("../../../shaders/parts/fetch_weights.wgsl")),
    ("gradients", include_str!("../../../shaders/parts/gradients.wgsl")),
    ("inner_layers", include_str!("../../../shaders/parts/inner_layers.wgsl")),
    ("lane", include_str!("../../../shaders/parts/lane.wgsl")),
    ("lane_builtins", include_str!("../../../shaders/parts/lane_builtins.wgsl")),
    ("map_values", include_str!("../../../shaders/parts/map_values.wgsl")),
    ("lane_place", include_str!("../../../shaders/parts/lane_place.wgsl")),
    ("patch_gradients", include_str!("../../../shaders/parts/patch_gradients.wgsl")),
    ("pooled_gradient", include_str!("../../../shaders/parts/pooled_gradient.wgsl")),
    ("slabs", include_str!("../../../shaders/parts/slabs.wgsl")),
    ("tiled_product", include_str!("../../../shaders/parts/tiled_product.wgsl")),
    ("weight", include_str!("../../../shaders/parts/weight.wgsl")),
    ("weights", include_str!("../../../shaders/parts/weights.wgsl")),
];

/// Values of a shader's constants by name.
pub(crate) type Constants = HashMap<String, i64>;

enum Node<'a> {
    Line(&'a str),
    Part(Vec<Node<'a>>),
    Let { name: &'a str, value: &'a str },
    For { name: &'a str, from: &'a str, to: &'a str, body: Vec<Node<'a>> },
    If { condition: &'a str, then: Vec<Node<'a>>, otherwise: Vec<Node<'a>> },
}

/// Why a block of nodes ended.
#[derive(PartialEq)]
enum End {
    File,
    Brace,
    Else,
}

/// The WGSL that `template` stands for, or what is wrong with it.
pub(crate) fn expand(template: &str, constants: &Constants) -> Result<String, String> {
    let mut lines = template.lines();
    let (nodes, end) = parse(&mut lines)?;
    if end != End::File {
        return Err("a directive block is closed that was never opened".to_owned());
    }
    let mut output = String::with_capacity(4 * template.len());
    let mut scope = Scope { constants, variables: Vec::new() };
    scope.write(&nodes, &mut output)?;
    Ok(output)
}

fn parse<'a>(lines: &mut std::str::Lines<'a>) -> Result<(Vec<Node<'a>>, End), String> {
    let mut nodes = Vec::new();
    while let Some(line) = lines.next() {
        let Some(directive) = line.trim_start().strip_prefix("//!") else {
            nodes.push(Node::Line(line));
            continue;
        };
        match directive.trim() {
            "}" => return Ok((nodes, End::Brace)),
            "} else {" => return Ok((nodes, End::Else)),
            opening => nodes.push(parse_directive(opening, lines)?),
        }
    }
    Ok((nodes, End::File))
}

fn parse_directive<'a>(text: &'a str, lines: &mut std::str::Lines<'a>) -> Result<Node<'a>, String> {
    let unknown = || format!("directive `{text}` is not known");
    if let Some(name) = text.strip_prefix("include ") {
        let (_, part) = PARTS.iter().find(|(part, _)| *part == name).ok_or_else(unknown)?;
        let (nodes, end) = parse(&mut part.lines())?;
        return if end == End::File { Ok(Node::Part(nodes)) } else { Err(unknown()) };
    }
    if let Some(binding) = text.strip_prefix("let ") {
        let (name, value) = binding.split_once('=').ok_or_else(unknown)?;
        return Ok(Node::Let { name: name.trim(), value });
    }
    let opening = text.strip_suffix('{').ok_or_else(unknown)?;
    let unclosed = || format!("directive `{text}` is not closed");
    if let Some(head) = opening.strip_prefix("for ") {
        let (name, range) = head.split_once(" in ").ok_or_else(unknown)?;
        let (from, to) = range.split_once("..").ok_or_else(unknown)?;
        let (body, end) = parse(lines)?;
        return if end == End::Brace { Ok(Node::For { name, from, to, body }) } else { Err(unclosed()) };
    }
    let condition = opening.strip_prefix("if ").ok_or_else(unknown)?;
    let (then, end) = parse(lines)?;
    let (otherwise, end) = if end == End::Else { parse(lines)? } else { (Vec::new(), end) };
    if end == End::Brace { Ok(Node::If { condition, then, otherwise }) } else { Err(unclosed()) }
}

struct Scope<'c> {
    constants: &'c Constants,
    variables: Vec<(String, i64)>,
}

impl Scope<'_> {
    fn write(&mut self, nodes: &[Node<'_>], output: &mut String) -> Result<(), String> {
        let outer = self.variables.len();
        for node in nodes {
            match node {
                Node::Line(line) => {
                    self.substitute(line, output);
                    output.push('\n');
                }
                Node::Part(nodes) => self.write(nodes, output)?,
                Node::Let { name, value } => {
                    let value = self.value(value)?;
                    self.variables.push(((*name).to_owned(), value));
                }
                Node::For { name, from, to, body } => {
                    for value in self.value(from)?..self.value(to)? {
                        self.variables.push(((*name).to_owned(), value));
                        self.write(body, output)?;
                        self.variables.pop();
                    }
                }
                Node::If { condition, then, otherwise } => {
                    let branch = if self.value(condition)? != 0 { then } else { otherwise };
                    self.write(branch, output)?;
                }
            }
        }
        self.variables.truncate(outer);
        Ok(())
    }

    fn value(&self, expression: &str) -> Result<i64, String> {
        let mut text = String::new();
        self.substitute(expression, &mut text);
        evaluate(&text)
    }

    /// Copies `text` with every identifier resolved.
    fn substitute(&self, text: &str, output: &mut String) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut rest = text;
        while let Some(start) = rest.find(is_word) {
            output.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                output.push_str(word);
            } else {
                self.resolve(word, output);
            }
            rest = &rest[end..];
        }
        output.push_str(rest);
    }

    fn resolve(&self, word: &str, output: &mut String) {
        if let Some(value) = self.lookup(word) {
            output.push_str(&value.to_string());
            return;
        }
        let pasted = word
            .split('_')
            .map(|part| self.variable(part).map_or_else(|| part.to_owned(), |value| value.to_string()))
            .collect::<Vec<_>>()
            .join("_");
        match self.constants.get(&pasted) {
            Some(value) => output.push_str(&value.to_string()),
            None => output.push_str(&pasted),
        }
    }

    fn lookup(&self, name: &str) -> Option<i64> {
        self.variable(name).or_else(|| self.constants.get(name).copied())
    }

    fn variable(&self, name: &str) -> Option<i64> {
        self.variables.iter().rev().find(|(variable, _)| variable == name).map(|&(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(pairs: &[(&str, i64)]) -> Constants {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn loops_are_written_out_and_names_pasted() {
        let template = "//! for P in 0..N {\nsum_P += a_P[P] * GROUPS_P;\n//! }\n";
        let expanded = expand(template, &constants(&[("N", 2), ("GROUPS_0", 7), ("GROUPS_1", 9)])).unwrap();
        assert_eq!(expanded, "sum_0 += a_0[0] * 7;\nsum_1 += a_1[1] * 9;\n");
    }

    #[test]
    fn branches_and_lets_follow_their_scope() {
        let template = "//! for I in 4..6 {\n//! let G = I / 4\n//! let J = I % 4\n//! if J == 0 && G > 0 {\nfirst G\n//! } else {\nlater J\n//! }\n//! }\nG";
        assert_eq!(expand(template, &constants(&[])).unwrap(), "first 1\nlater 1\nG\n");
    }

    #[test]
    fn constants_win_over_pasting_and_numbers_stay() {
        let template = "//! for W in 0..1 {\nPATCH_W x_W 0x1fu 2u Word\n//! }";
        assert_eq!(expand(template, &constants(&[("PATCH_W", 2)])).unwrap(), "2 x_0 0x1fu 2u Word\n");
    }

    #[test]
    fn inner_loops_may_depend_on_outer_ones_and_be_empty() {
        let template = "//! for A in 0..3 {\n//! for B in 0..A {\nA B\n//! }\n//! }";
        assert_eq!(expand(template, &constants(&[])).unwrap(), "1 0\n2 0\n2 1\n");
    }

    #[test]
    fn mistakes_are_named() {
        assert!(expand("//! if X {\n", &constants(&[("X", 1)])).unwrap_err().contains("not closed"));
        assert!(expand("//! }\n", &constants(&[])).unwrap_err().contains("never opened"));
        assert!(expand("//! while\n", &constants(&[])).unwrap_err().contains("not known"));
        assert!(expand("//! if X {\n//! }\n", &constants(&[])).unwrap_err().contains('X'));
    }
}
