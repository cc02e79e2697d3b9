//! The few elements of SVG that curves need. Looks come from the classes of the style sheet.

use std::fmt::{Display, Write};

/// A picture in the making.
pub(crate) struct Svg {
    text: String,
}

/// Which end of a text its place is.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty picture on a ground of class `ground`.
    pub(crate) fn new(width: f64, height: f64, title: &str, style: &str) -> Self {
        let title = escaped(title);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n<style>{style}\n</style>\n"
        );
        let mut svg = Svg { text };
        svg.rectangle("ground", [0.0, 0.0], [width, height]);
        svg
    }

    pub(crate) fn rectangle(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2]) {
        self.line(&format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    pub(crate) fn path(&mut self, class: &str, points: &[[f64; 2]]) {
        let points: Vec<String> = points.iter().map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
        if !points.is_empty() {
            self.line(&format_args!("<path class=\"{class}\" d=\"M{}\"/>", points.join("L")));
        }
    }

    pub(crate) fn dot(&mut self, class: &str, [x, y]: [f64; 2]) {
        self.line(&format_args!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"));
    }

    pub(crate) fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &dyn Display) {
        let (anchor, text) = (anchor.name(), escaped(&text.to_string()));
        self.line(&format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    /// A text from below to above, centred on its place.
    pub(crate) fn upright_text(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let text = escaped(text);
        self.line(&format_args!(
            "<text class=\"{class}\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\" \
             text-anchor=\"middle\">{text}</text>"
        ));
    }

    pub(crate) fn finish(mut self) -> String {
        self.line(&"</svg>");
        self.text
    }

    fn line(&mut self, element: &dyn Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{element}");
    }
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
