//! The elements beside the canvas that a screen reader reads.

use std::collections::{HashMap, HashSet};

use egui::accesskit::Live;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, HtmlCanvasElement, HtmlElement};

use super::line::Line;

/// An element's id on the page: this, and the node's.
const ID: &str = "reader-";

/// The page's copy of what is on the canvas. It is not seen and takes no pointer.
pub struct Mirror {
    document: Document,
    /// Holds an element for each line.
    pub root: HtmlElement,
    /// What has the keyboard while egui has it: the canvas, and eframe's text field beside it.
    keyboards: Vec<Element>,
    /// What is spoken when its text changes: in time, and at once.
    spoken: [Element; 2],
    shown: Vec<Line>,
    elements: HashMap<u64, HtmlElement>,
}

impl Mirror {
    /// An empty one beside `canvas`.
    ///
    /// # Errors
    /// What the browser says if there is no document around the canvas.
    pub fn new(canvas: &HtmlCanvasElement) -> Result<Self, JsValue> {
        let document = canvas.owner_document().ok_or("the canvas is in no document")?;
        let parent = canvas.parent_element().ok_or("the canvas is in no element")?;
        let element = |role: &str| -> Result<Element, JsValue> {
            let element = document.create_element("div")?;
            element.set_attribute("role", role)?;
            Ok(element)
        };
        let spoken = [element("status")?, element("alert")?];
        let root = element("region")?;
        root.set_class_name("reader");
        root.set_attribute("aria-label", "what is on the screen")?;
        for region in &spoken {
            root.append_child(region)?;
        }
        parent.append_child(&root)?;
        // Keys are the screen's: without a role for it, browsers do not tell where the focus in it is.
        canvas.set_attribute("role", "application")?;
        let text_field = parent.query_selector("input[type=text]")?;
        if let Some(field) = &text_field {
            field.set_attribute("aria-label", "keys for the screen")?;
        }
        let keyboards = [Some(canvas.clone().into()), text_field].into_iter().flatten().collect();
        let (shown, elements) = (Vec::new(), HashMap::new());
        Ok(Mirror { document, root: root.unchecked_into(), keyboards, spoken, shown, elements })
    }

    /// The node of an element, or of the one that it is in.
    pub fn node(element: &Element) -> Option<u64> {
        element.closest(&format!("[id^={ID}]")).ok()??.id().strip_prefix(ID)?.parse().ok()
    }

    /// Becomes `lines`, a point being `scale` of the page's pixels wide. Only what is different is touched.
    ///
    /// # Errors
    /// What the browser says; nothing is known to make it refuse.
    pub fn show(&mut self, lines: Vec<Line>, scale: f64) -> Result<(), JsValue> {
        let (live, lines): (Vec<Line>, Vec<Line>) =
            lines.into_iter().partition(|line| line.live.is_some_and(|live| live != Live::Off));
        self.speak(&live);
        let old: HashMap<u64, Line> = self.shown.drain(..).map(|line| (line.id, line)).collect();
        let stay: HashSet<u64> = lines.iter().map(|line| line.id).collect();
        for (_, gone) in self.elements.extract_if(|id, _| !stay.contains(id)) {
            gone.remove();
        }
        let mut next = self.spoken[1].next_element_sibling();
        for line in &lines {
            let element = match self.elements.get(&line.id) {
                Some(element) => element.clone(),
                None => self.create(line.id)?,
            };
            if next.as_ref() == Some(&element) {
                next = element.next_element_sibling();
            } else {
                self.root.insert_before(&element, next.as_deref())?;
            }
            change(&element, old.get(&line.id), line, scale)?;
        }
        self.shown = lines;
        Ok(())
    }

    /// Tells screen readers where egui's own focus is.
    ///
    /// # Errors
    /// What the browser says; nothing is known to make it refuse.
    pub fn focus(&self, node: u64) -> Result<(), JsValue> {
        for keyboard in &self.keyboards {
            match self.elements.get(&node) {
                Some(element) => keyboard.set_attribute("aria-activedescendant", &element.id())?,
                None => keyboard.remove_attribute("aria-activedescendant")?,
            }
        }
        Ok(())
    }

    fn create(&mut self, id: u64) -> Result<HtmlElement, JsValue> {
        let element: HtmlElement = self.document.create_element("div")?.unchecked_into();
        element.set_id(&format!("{ID}{id}"));
        self.elements.insert(id, element.clone());
        Ok(element)
    }

    fn speak(&self, live: &[Line]) {
        for (region, urgency) in self.spoken.iter().zip([Live::Polite, Live::Assertive]) {
            let texts = live.iter().filter(|line| line.live == Some(urgency)).map(|line| line.text.as_str());
            let text = texts.collect::<Vec<_>>().join("\n");
            if region.text_content().as_ref() != Some(&text) {
                region.set_text_content(Some(&text));
            }
        }
    }
}

fn change(element: &HtmlElement, old: Option<&Line>, new: &Line, scale: f64) -> Result<(), JsValue> {
    if old == Some(new) {
        return Ok(());
    }
    if old.is_none_or(|old| old.text != new.text) {
        element.set_text_content(Some(&new.text));
    }
    let before = old.map_or(&[][..], |old| &old.attributes);
    for (name, _) in before.iter().filter(|(name, _)| new.attributes.iter().all(|(other, _)| name != other)) {
        element.remove_attribute(name)?;
    }
    for attribute in new.attributes.iter().filter(|attribute| !before.contains(attribute)) {
        element.set_attribute(attribute.0, &attribute.1)?;
    }
    if old.is_none() && !new.attributes.is_empty() {
        element.set_tab_index(-1);
    }
    if old.is_none_or(|old| old.place != new.place) {
        for (side, points) in ["left", "top", "width", "height"].iter().zip(new.place) {
            element.style().set_property(side, &format!("{:.0}px", scale * points))?;
        }
    }
    Ok(())
}
