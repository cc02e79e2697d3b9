//! The numbers of a recipe that are changed most often.

use egui::{DragValue, Grid, Ui};
use nin_train::{BUILT_IN, Recipe};

/// Draws the recipe's numbers; they count for the next run.
pub fn run_settings(ui: &mut Ui, recipe: &mut Recipe) {
    Grid::new("numbers of the recipe").num_columns(3).show(ui, |ui| {
        let label = ui.label("seed");
        ui.add(DragValue::new(&mut recipe.seed).range(0..=i64::MAX as u64)).labelled_by(label.id);
        ui.end_row();
        let label = ui.label("batch");
        ui.add(DragValue::new(&mut recipe.batch).range(1..=4096)).labelled_by(label.id);
        ui.end_row();
        let label = ui.label("images held out");
        ui.add(DragValue::new(&mut recipe.hold_out))
            .labelled_by(label.id)
            .on_hover_text("training images that replace the test images; 0: the test images are used");
        ui.end_row();
        ui.label("");
        ui.label("epochs");
        ui.label("learning rate");
        ui.end_row();
        for stage in &mut recipe.stages {
            let label = ui.label(&stage.name);
            ui.add(DragValue::new(&mut stage.epochs).range(0..=100_000)).labelled_by(label.id);
            let rate = &mut stage.schedule.learning_rate;
            let speed = rate.max(1e-5) * 0.02;
            ui.add(DragValue::new(rate).range(0.0..=10.0).speed(speed).max_decimals(6)).labelled_by(label.id);
            ui.end_row();
        }
    });
    if BUILT_IN.iter().any(|(name, _)| *name == recipe.name)
        && ui.button("as it came").on_hover_text("takes all changes of this recipe back").clicked()
        && let Ok(original) = Recipe::built_in(&recipe.name)
    {
        *recipe = original;
    }
}
