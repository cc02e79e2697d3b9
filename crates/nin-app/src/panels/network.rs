//! The network, growing: blocks as columns of layers; new layers slide in; one can be opened.

use egui::{
    Align2, Color32, FontId, Rect, Response, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use nin_net::{Head, Layout};
use nin_train::format::{counted, grouped};

use super::Panel;
use super::layer::LayerDetail;
use crate::colors::palette;
use crate::network_view::{LayerView, Origin};
use crate::session::Session;
use crate::widgets::nothing;

/// Height of a layer's box, in points.
const LAYER: f32 = 58.0;
/// Narrower than this, the input is left out, in points.
const WIDE: f32 = 720.0;
/// Seconds that a new layer needs to slide in.
const SLIDE: f32 = 0.9;

/// The panel of the network.
#[derive(Default)]
pub struct NetworkPanel {
    /// The layer that is open, by its place.
    open: Option<usize>,
    detail: LayerDetail,
}

impl Panel for NetworkPanel {
    fn name(&self) -> &'static str {
        "Network"
    }

    fn in_overview(&self) -> bool {
        true
    }

    fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        session.wanted.gradients = true;
        let Some(shown) = &session.shown else {
            return nothing(
                ui,
                "No network yet",
                "It is drawn as soon as a run begins or a checkpoint is opened.",
            );
        };
        let run = shown.of_run.then_some(&session.run);
        let layers = LayerView::all(&shown.layout, run, &session.seen.gradients);
        let layout = shown.layout.clone();
        ui.label(RichText::new(heading(&layout, &session.moment())).strong());
        ScrollArea::both().id_salt("network").show(ui, |ui| {
            self.blocks(ui, &layout, &layers);
            legend(ui, session.seen.gradient_images);
            let open = self.open.and_then(|index| layers.get(index));
            match open {
                Some(layer) => self.detail.ui(ui, session, layer),
                None => {
                    ui.label(RichText::new("Click a layer: its weights and what it sees.").weak());
                }
            }
        });
    }
}

fn heading(layout: &Layout, moment: &str) -> String {
    let (parameters, macs) = (grouped(layout.parameter_count), grouped(layout.macs()));
    format!("{moment}: {parameters} parameters, {macs} multiply-adds per image")
}

impl NetworkPanel {
    /// Draws the blocks side by side, from the input to the logits.
    fn blocks(&mut self, ui: &mut Ui, layout: &Layout, layers: &[LayerView]) {
        let largest =
            layers.iter().filter_map(|l| l.gradient.as_ref()).map(|g| g.gradient_norm).fold(0.0, f32::max);
        ui.horizontal_top(|ui| {
            let columns = layout.blocks.len() as f32;
            let wide = ui.available_width() >= WIDE;
            let ends = if wide { 190.0 } else { 110.0 };
            let width = ((ui.available_width() - ends) / columns - 30.0).clamp(134.0, 260.0);
            if wide {
                end_box(ui, "input", &format!("1 × {0} × {0}", layout.spec.resolution));
            }
            for (number, block) in layout.blocks.iter().enumerate() {
                if wide || number > 0 {
                    ui.label(RichText::new("»").size(18.0).weak());
                }
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.label(format!("mlpconv block {}", number + 1));
                    for index in block.convolutions.clone() {
                        let open = self.open == Some(index);
                        if layer_box(ui, &layers[index], largest, open, layers.len()).clicked() {
                            self.open = if open { None } else { Some(index) };
                        }
                    }
                    let (channels, side) = (block.out_channels, block.pooled_side);
                    ui.label(
                        RichText::new(format!("{} pool: {channels} × {side} × {side}", block.pool)).weak(),
                    );
                });
            }
            ui.label(RichText::new("»").size(18.0).weak());
            let head = match layout.spec.head {
                Head::Global => "global average",
                Head::Quadrant => "quadrant averages",
            };
            end_box(ui, head, &format!("{} logits", layout.logits));
        });
    }
}

fn end_box(ui: &mut Ui, name: &str, shape: &str) {
    ui.vertical(|ui| {
        ui.set_width(76.0);
        ui.label(name);
        ui.label(RichText::new(shape).weak());
    });
}

/// A layer as a box that can be clicked; a new one slides in from the left.
fn layer_box(ui: &mut Ui, layer: &LayerView, largest: f32, open: bool, layers: usize) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LAYER), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, spoken(layer)));
    let colors = palette(ui);
    let color = match layer.origin {
        Origin::New => colors.new,
        Origin::Carried | Origin::First => colors.carried,
    };
    let inside = match layer.origin {
        Origin::New => slide(ui, (&layer.name, layers)),
        Origin::Carried | Origin::First => 1.0,
    };
    let rect = rect.translate(vec2((inside - 1.0) * rect.width() * 0.8, 0.0));
    let (visuals, painter) = (ui.visuals(), ui.painter());
    let fill = if open {
        visuals.selection.bg_fill.gamma_multiply(0.5)
    } else {
        color.gamma_multiply(0.16 * inside)
    };
    let width = if response.hovered() || response.has_focus() || open { 2.5 } else { 1.2 };
    painter.rect(rect, 4.0, fill, (width, color.gamma_multiply(inside)), egui::StrokeKind::Inside);
    draw_text(ui, rect, layer, color);
    draw_gradient(ui, rect, layer, largest);
    response.on_hover_text(spoken(layer))
}

/// How far a new layer has come to its place, 0 to 1; it starts when it is first drawn.
fn slide(ui: &Ui, which: (&String, usize)) -> f32 {
    let (id, now) = (ui.scope_id().with(which), ui.input(|input| input.time));
    let began = ui.ctx().data_mut(|data| *data.get_temp_mut_or_insert_with(id, || now));
    let share = ((now - began) as f32 / SLIDE).clamp(0.0, 1.0);
    if share < 1.0 {
        ui.ctx().request_repaint();
    }
    1.0 - (1.0 - share).powi(3)
}

fn draw_text(ui: &Ui, rect: Rect, layer: &LayerView, color: Color32) {
    let (visuals, painter, font) =
        (ui.visuals(), ui.painter(), FontId::proportional(if rect.width() < 150.0 { 10.5 } else { 12.0 }));
    let text = |x: f32, y: f32, align: Align2, text: String, color: Color32| {
        painter.text(pos2(x, y), align, text, font.clone(), color);
    };
    let (left, right, top) = (rect.left() + 8.0, rect.right() - 8.0, rect.top() + 12.0);
    text(left, top, Align2::LEFT_CENTER, layer.shape(), visuals.strong_text_color());
    text(right, top, Align2::RIGHT_CENTER, layer.origin.name().to_owned(), color);
    let side = layer.convolution.side;
    let second = format!("{side}×{side}, {}", counted(layer.parameters(), "parameter"));
    text(left, top + 16.0, Align2::LEFT_CENTER, second, visuals.weak_text_color());
    if !layer.convolution.relu {
        text(left, top + 30.0, Align2::LEFT_CENTER, "no ReLU".to_owned(), visuals.weak_text_color());
    }
    if !layer.dead.is_empty() {
        let dead = format!("{} dead", layer.dead.len());
        text(right, top + 30.0, Align2::RIGHT_CENTER, dead, palette(ui).warning);
    }
}

/// A bar along the lower edge: the layer's gradient norm beside the largest one.
fn draw_gradient(ui: &Ui, rect: Rect, layer: &LayerView, largest: f32) {
    let Some(gradient) = &layer.gradient else { return };
    let share = if largest > 0.0 { gradient.gradient_norm / largest } else { 0.0 };
    let line = rect.shrink2(vec2(8.0, 0.0));
    let bar = Rect::from_min_max(
        pos2(line.left(), line.bottom() - 7.0),
        pos2(line.left() + line.width() * share.clamp(0.0, 1.0), line.bottom() - 4.0),
    );
    ui.painter().rect_filled(bar, 1.0, palette(ui).train);
}

fn spoken(layer: &LayerView) -> String {
    let mut text = format!("{}: {}, {}", layer.name, layer.shape(), counted(layer.parameters(), "parameter"));
    if !layer.origin.name().is_empty() {
        text += &format!(", {}", layer.origin.name());
    }
    if !layer.dead.is_empty() {
        text += &format!(", {}", counted(layer.dead.len(), "dead channel"));
    }
    if let Some(gradient) = &layer.gradient {
        text += &format!(", gradient norm {:.2e}", gradient.gradient_norm);
    }
    text
}

fn legend(ui: &mut Ui, images: usize) {
    let colors = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("new").color(colors.new)).on_hover_text("came with this stage");
        ui.label(RichText::new("carried").color(colors.carried)).on_hover_text("taken over from the stage before");
        let bar = ui.label(RichText::new("bar: gradient norm").color(colors.train));
        bar.on_hover_text(format!(
            "how much each layer would learn now, beside the layer that would learn most: of {} training images",
            images
        ));
        ui.label(RichText::new("dead").color(colors.warning))
            .on_hover_text("channels that are 0 everywhere: no gradient passes through them");
    });
}
