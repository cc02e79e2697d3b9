//! Loss and accuracy: training and test, smoothed and raw, stage by stage, earlier runs laid over.

use std::sync::{Arc, Mutex};

use egui::{Color32, ColorImage, Rect, RichText, Role, Ui, Vec2b, WidgetInfo};
use egui_plot::{HoverPosition, Line, LineStyle, Plot, PlotPoints, PlotUi, Span, VLine};
use nin_train::curves_svg;

use super::Panel;
use super::pictures::png;
use crate::colors::{Palette, palette};
use crate::curves::{Curves, Point, Series};
use crate::session::{Compared, Session};
use crate::settings::CurveSettings;
use crate::widgets::nothing;
use crate::world::Errand;

/// One of the two plots.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Loss,
    Accuracy,
}

/// Lower plots have no room for what the loss is, in points.
const LITTLE_ROOM: f32 = 170.0;
/// Least share of wrong answers that a logarithmic scale tells apart, in percent.
const LEAST_ERROR: f64 = 0.1;

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Measure::Loss => "loss (mean cross-entropy)",
            Measure::Accuracy => "accuracy (%)",
        }
    }

    fn short_name(self) -> &'static str {
        match self {
            Measure::Loss => "loss",
            Measure::Accuracy => "accuracy",
        }
    }

    /// Where a value is drawn: on a logarithmic scale the loss itself, and the share of wrong answers upside down.
    fn drawn(self, value: f64, logarithmic: bool) -> f64 {
        match (logarithmic, self) {
            (false, _) => value,
            (true, Measure::Loss) => value.max(1e-6).log10(),
            (true, Measure::Accuracy) => -(100.0 - value).max(LEAST_ERROR).log10(),
        }
    }

    /// The value that is drawn there.
    fn value(self, drawn: f64, logarithmic: bool) -> f64 {
        match (logarithmic, self) {
            (false, _) => drawn,
            (true, Measure::Loss) => 10f64.powf(drawn),
            (true, Measure::Accuracy) => 100.0 - 10f64.powf(-drawn),
        }
    }

    fn written(self, value: f64) -> String {
        match self {
            Measure::Loss if value < 0.1 => format!("{value:.4}"),
            Measure::Loss => format!("{value:.2}"),
            Measure::Accuracy => format!("{value:.1}"),
        }
    }

    /// What a screen reader says of the plot: where its curves end.
    fn spoken(self, curves: &Curves) -> String {
        let mut text = self.name().to_owned();
        for (of, points) in [("training", self.train(curves)), ("test", self.test(curves))] {
            if let Some([epoch, value]) = points.last() {
                text += &format!(", {of} {} after epoch {epoch:.0}", self.written(*value));
            }
        }
        text
    }

    fn steps(self, curves: &Curves) -> &Series {
        if self == Measure::Loss { &curves.step_loss } else { &curves.step_accuracy }
    }

    fn train(self, curves: &Curves) -> &[Point] {
        if self == Measure::Loss { &curves.train_loss } else { &curves.train_accuracy }
    }

    fn test(self, curves: &Curves) -> &[Point] {
        if self == Measure::Loss { &curves.test_loss } else { &curves.test_accuracy }
    }
}

/// The panel of the curves.
#[derive(Default)]
pub struct CurvesPanel {
    /// Where the curves were drawn last, for a picture of them.
    drawn_at: Option<Rect>,
    /// A picture of the window that was asked for.
    screenshot: Arc<Mutex<Option<Arc<ColorImage>>>>,
}

impl Panel for CurvesPanel {
    fn name(&self) -> &'static str {
        "Curves"
    }

    fn in_overview(&self) -> bool {
        true
    }

    fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        if session.run.curves.is_empty() && session.compared.is_empty() {
            return nothing(ui, "No curves yet", "They are drawn while a run trains: press Train.");
        }
        ui.horizontal_wrapped(|ui| self.tools(ui, session));
        let start = ui.cursor().min;
        let height = ((ui.available_height() - 8.0) / 2.0).max(90.0);
        for measure in [Measure::Loss, Measure::Accuracy] {
            draw_plot(ui, session, measure, height);
        }
        self.drawn_at = Some(Rect::from_min_max(start, ui.min_rect().max));
        self.save_screenshot(ui, session);
    }
}

impl CurvesPanel {
    fn tools(&self, ui: &mut Ui, session: &mut Session) {
        let settings = &mut session.settings.curves;
        ui.checkbox(&mut settings.logarithmic, "log scale");
        ui.checkbox(&mut settings.raw, "raw").on_hover_text("the steps' own values, before smoothing");
        let label = ui.label("smoothing");
        ui.spacing_mut().slider_width = 70.0;
        ui.add(egui::Slider::new(&mut settings.smoothing, 0.0..=0.99).max_decimals(2)).labelled_by(label.id);
        ui.separator();
        if ui.button("SVG").on_hover_text("save the curves as a drawing").clicked() {
            let title = session.run.started.as_ref().map_or("nin", |started| &started.recipe);
            let bytes = curves_svg(&format!("nin: {title}"), &session.run.log).into_bytes();
            session.errand(Errand::SaveFile { name: "curves.svg".to_owned(), bytes });
        }
        if ui.button("PNG").on_hover_text("save the curves as they are on the screen").clicked() {
            let (slot, ctx) = (Arc::clone(&self.screenshot), ui.ctx().clone());
            ui.ctx().request_screenshot(move |image| {
                if let Ok(mut slot) = slot.lock() {
                    *slot = Some(image);
                }
                ctx.request_repaint();
            });
        }
        if ui.button("CSV").on_hover_text("save the epochs' numbers as a table").clicked() {
            let bytes = Curves::csv(&session.run.log).into_bytes();
            session.errand(Errand::SaveFile { name: "curves.csv".to_owned(), bytes });
        }
        let colors = palette(ui);
        ui.label(RichText::new("training").color(colors.train));
        ui.label(RichText::new("test").color(colors.test));
        ui.label(RichText::new("growing").color(colors.new));
        for (compared, color) in session.compared.iter().zip(colors.others.iter().cycle()) {
            ui.label(RichText::new(&compared.run).color(*color));
        }
        if !session.compared.is_empty()
            && ui.button("without").on_hover_text("takes the other runs away").clicked()
        {
            session.compared.clear();
        }
    }

    fn save_screenshot(&self, ui: &Ui, session: &mut Session) {
        let image = self.screenshot.lock().ok().and_then(|mut slot| slot.take());
        if let (Some(image), Some(rect)) = (image, self.drawn_at) {
            let part = image.region(&rect, Some(ui.ctx().pixels_per_point()));
            match png(&part) {
                Ok(bytes) => session.errand(Errand::SaveFile { name: "curves.png".to_owned(), bytes }),
                Err(message) => session.notices.add(crate::notices::Weight::Error, message),
            }
        }
    }
}

fn draw_plot(ui: &mut Ui, session: &Session, measure: Measure, height: f32) {
    let settings = session.settings.curves;
    let logarithmic = settings.logarithmic;
    let colors = palette(ui);
    let curves = &session.run.curves;
    let link = ui.scope_id().with("epochs");
    let label = move |position: &HoverPosition<'_>| match position {
        HoverPosition::NearDataPoint { plot_name, position, .. } => {
            let value = measure.value(position.y, logarithmic);
            Some(format!("{plot_name}\nepoch {:.2}\n{}", position.x, measure.written(value)))
        }
        HoverPosition::Elsewhere { .. } => None,
    };
    let plot = Plot::new(measure.name())
        .height(height)
        .link_axis(link, Vec2b::new(true, false))
        .link_cursor(link, Vec2b::new(true, false))
        .allow_scroll(false)
        .y_axis_label(if height < LITTLE_ROOM { measure.short_name() } else { measure.name() })
        .y_axis_min_width(44.0)
        .set_margin_fraction(egui::vec2(0.01, 0.08))
        .y_axis_formatter(move |mark, _| measure.written(measure.value(mark.value, logarithmic)))
        .label_formatter(label);
    let shown = plot.show(ui, |plot| {
        draw_stages(plot, curves, colors);
        draw_run(plot, curves, measure, settings, colors);
        draw_others(plot, &session.compared, measure, logarithmic, colors);
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, measure.spoken(curves)));
}

/// Every second stage is shaded; each has its name above it, and a line where it grew.
fn draw_stages(plot: &mut PlotUi<'_>, curves: &Curves, colors: &Palette) {
    for (index, span) in curves.stages.iter().enumerate() {
        let range = span.start..=span.start + span.epochs;
        // A wholly transparent one would be given a colour.
        let shade = colors.carried.gamma_multiply(if index % 2 == 1 { 0.12 } else { 0.01 });
        plot.span(Span::new(&span.stage, range).fill(shade).border_color(Color32::TRANSPARENT));
        if span.grown {
            let name = format!("grown into {}", span.stage);
            plot.vline(VLine::new(name, span.start).color(colors.new).style(LineStyle::dashed_dense()));
        }
    }
}

fn draw_run(
    plot: &mut PlotUi<'_>,
    curves: &Curves,
    measure: Measure,
    settings: CurveSettings,
    colors: &Palette,
) {
    let drawn = |points: &[Point]| -> PlotPoints<'static> {
        points.iter().map(|&[x, y]| [x, measure.drawn(y, settings.logarithmic)]).collect()
    };
    let steps = measure.steps(curves);
    if settings.raw {
        let line = Line::new("steps, raw", drawn(&steps.points)).color(colors.train.gamma_multiply(0.35));
        plot.line(line.width(1.0).allow_hover(false));
    }
    match steps.points.is_empty() {
        false => {
            let smoothed = steps.smoothed(f64::from(settings.smoothing));
            plot.line(Line::new("training images", drawn(&smoothed)).color(colors.train).width(1.8));
        }
        // A run of which only the log is left has no steps.
        true => plot.line(Line::new("training images", drawn(measure.train(curves))).color(colors.train)),
    }
    plot.line(Line::new("test images", drawn(measure.test(curves))).color(colors.test).width(2.2));
}

fn draw_others(
    plot: &mut PlotUi<'_>,
    compared: &[Compared],
    measure: Measure,
    logarithmic: bool,
    colors: &Palette,
) {
    for (other, color) in compared.iter().zip(colors.others.iter().cycle()) {
        let points = measure.test(&other.curves);
        let drawn: PlotPoints<'_> = points.iter().map(|&[x, y]| [x, measure.drawn(y, logarithmic)]).collect();
        plot.line(
            Line::new(format!("{}, test", other.run), drawn).color(*color).style(LineStyle::dashed_loose()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_can_be_read_back() {
        for logarithmic in [false, true] {
            for (measure, value) in
                [(Measure::Loss, 0.03), (Measure::Accuracy, 98.5), (Measure::Accuracy, 10.0)]
            {
                let there_and_back = measure.value(measure.drawn(value, logarithmic), logarithmic);
                assert!((there_and_back - value).abs() < 1e-9);
            }
        }
        assert!(Measure::Accuracy.drawn(100.0, true).is_finite());
        assert!(Measure::Loss.drawn(0.0, true).is_finite());
    }
}
