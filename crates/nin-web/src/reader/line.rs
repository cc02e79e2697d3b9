//! What a node of egui's accessibility tree is on the page.

use std::collections::HashMap;

use egui::accesskit::{Action, Live, Node, NodeId, Role, Toggled, TreeUpdate};

/// An element of the page, as data: one line of what a screen reader reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The node's id.
    pub id: u64,
    /// Text in sight: a label's, or a field's content.
    pub text: String,
    /// Role, name and states, in ARIA's terms.
    pub attributes: Vec<(&'static str, String)>,
    /// Left, top, width and height in egui's points.
    pub place: [f64; 4],
    /// Whether a change is spoken, and how urgently.
    pub live: Option<Live>,
}

/// The lines of a tree in the order of its nodes; what says nothing and does nothing is left out.
pub fn lines(update: &TreeUpdate) -> Vec<Line> {
    let nodes: HashMap<NodeId, &Node> = update.nodes.iter().map(|(id, node)| (*id, node)).collect();
    let mut open: Vec<NodeId> = update.tree.iter().map(|tree| tree.root).collect();
    let mut lines = Vec::new();
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(&id) else { continue };
        lines.extend(line(id, node, &nodes));
        open.extend(node.children().iter().rev());
    }
    lines
}

fn line(id: NodeId, node: &Node, nodes: &HashMap<NodeId, &Node>) -> Option<Line> {
    let bounds = node.bounds().unwrap_or_default();
    let place = [bounds.x0, bounds.y0, bounds.width(), bounds.height()];
    let value = node.value().unwrap_or_default();
    let line = |text: &str, attributes| {
        let (text, live) = (text.to_owned(), node.live());
        Line { id: id.0, text, attributes, place, live }
    };
    if node.role() == Role::Label {
        return (!value.is_empty()).then(|| line(value, Vec::new()));
    }
    let role = role(node)?;
    let name = name(node, nodes);
    if name.is_empty() && value.is_empty() {
        return None;
    }
    let mut attributes = vec![("role", role.to_owned()), ("aria-label", name)];
    states(node, role, &mut attributes);
    Some(line(if matches!(role, "combobox" | "textbox") { value } else { "" }, attributes))
}

/// None: structure that a screen reader need not know.
fn role(node: &Node) -> Option<&'static str> {
    Some(match node.role() {
        Role::Button | Role::DefaultButton | Role::DisclosureTriangle => "button",
        Role::Image if node.supports_action(Action::Focus) => "button",
        Role::Image => "img",
        Role::Figure => "figure",
        // Arrow keys draw on it: they are its own, not the screen reader's.
        Role::Canvas => "application",
        Role::CheckBox => "checkbox",
        Role::RadioButton => "radio",
        Role::ComboBox => "combobox",
        Role::Link => "link",
        Role::Slider => "slider",
        Role::SpinButton => "spinbutton",
        Role::TextInput | Role::MultilineTextInput => "textbox",
        Role::ProgressIndicator => "progressbar",
        _ => return None,
    })
}

/// What the node is called, by itself or by other nodes.
fn name(node: &Node, nodes: &HashMap<NodeId, &Node>) -> String {
    let labels = node.labelled_by().iter().filter_map(|id| nodes.get(id)?.value());
    node.label().map_or_else(|| labels.collect::<Vec<_>>().join(" "), str::to_owned)
}

fn states(node: &Node, role: &str, attributes: &mut Vec<(&'static str, String)>) {
    if node.is_disabled() {
        attributes.push(("aria-disabled", "true".to_owned()));
    }
    if let Some(toggled) = node.toggled() {
        let state = if role == "button" { "aria-pressed" } else { "aria-checked" };
        let value = match toggled {
            Toggled::True => "true",
            Toggled::False => "false",
            Toggled::Mixed => "mixed",
        };
        attributes.push((state, value.to_owned()));
    }
    if let Some(expanded) = node.is_expanded() {
        attributes.push(("aria-expanded", expanded.to_string()));
    }
    if let Some(number) = node.numeric_value() {
        let share = (role == "progressbar").then_some([0.0, 1.0]);
        let least = node.min_numeric_value().or(share.map(|range| range[0]));
        let most = node.max_numeric_value().or(share.map(|range| range[1]));
        let numbers = [("aria-valuenow", Some(number)), ("aria-valuemin", least), ("aria-valuemax", most)];
        // Of the digits of an f32 as an f64 the last mean nothing.
        let written = |number: f64| ((number * 1e6).round() / 1e6).to_string();
        attributes.extend(numbers.into_iter().filter_map(|(name, number)| Some((name, written(number?)))));
        if share.is_some() {
            attributes.push(("aria-valuetext", format!("{:.0} %", 100.0 * number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{Id, Role, Sense, Ui, WidgetInfo};

    use super::*;

    /// The lines of what is drawn.
    fn drawn(add: impl FnMut(&mut Ui)) -> Vec<Line> {
        let context = egui::Context::default();
        context.enable_accesskit();
        let output = context.run_ui(egui::RawInput::default(), add);
        lines(&output.platform_output.accesskit_update.unwrap())
    }

    fn attribute<'a>(line: &'a Line, name: &str) -> Option<&'a str> {
        line.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn controls_have_roles_names_and_states() {
        let (mut checked, mut number) = (true, 3);
        let lines = drawn(|ui| {
            ui.label("before");
            ui.add_enabled(false, egui::Button::new("Step"));
            ui.checkbox(&mut checked, "raw");
            let label = ui.label("seed");
            ui.add(egui::DragValue::new(&mut number).range(0..=9)).labelled_by(label.id);
        });
        assert_eq!(
            lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
            ["before", "", "", "seed", ""]
        );
        let all = |name| lines.iter().map(|line| attribute(line, name)).collect::<Vec<_>>();
        assert_eq!(all("role"), [None, Some("button"), Some("checkbox"), None, Some("spinbutton")]);
        assert_eq!(all("aria-label"), [None, Some("Step"), Some("raw"), None, Some("seed")]);
        assert_eq!(all("aria-disabled"), [None, Some("true"), None, None, None]);
        assert_eq!(all("aria-checked"), [None, None, Some("true"), None, None]);
        assert_eq!(all("aria-valuenow").last(), Some(&Some("3")));
    }

    #[test]
    fn a_combo_box_is_named_by_its_label_and_shows_its_choice() {
        let lines = drawn(|ui| {
            let label = ui.label("recipe");
            let combo = egui::ComboBox::from_id_salt("recipe").selected_text("modern");
            combo.show_ui(ui, |_| {}).response.labelled_by(label.id);
        });
        let combo = lines.last().unwrap();
        assert_eq!((attribute(combo, "aria-label"), combo.text.as_str()), (Some("recipe"), "modern"));
    }

    #[test]
    fn what_has_no_name_is_left_out_and_what_is_live_says_so() {
        let lines = drawn(|ui| {
            ui.interact(ui.max_rect(), Id::unique("nameless"), Sense::click());
            let notice = ui.label("saved");
            ui.ctx().accesskit_node_builder(notice.id, |node| node.set_live(Live::Polite));
            let progress = ui.label("");
            progress.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, "progress");
                info.value = Some(0.5);
                info
            });
        });
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].text.as_str(), lines[0].live), ("saved", Some(Live::Polite)));
        assert_eq!(attribute(&lines[1], "aria-valuetext"), Some("50 %"));
    }
}
