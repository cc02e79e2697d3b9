//! What the user chose; kept from one start to the next, and shared in a link.

use nin_train::{EngineWish, Recipe};
use serde::{Deserialize, Serialize};

/// What the screens keep. The window's place and size are kept by the window itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What is trained when a run is started.
    pub recipe: Recipe,
    /// Who trains it.
    pub engine: EngineWish,
    /// How the curves are drawn.
    #[serde(default)]
    pub curves: CurveSettings,
    /// Width of a drawing's strokes, as a share of the canvas.
    #[serde(default = "default_stroke")]
    pub stroke: f32,
    /// The screen that is shown, by its name.
    #[serde(default)]
    pub screen: String,
    /// Size of everything, 1 as the system has it.
    #[serde(default = "default_zoom")]
    pub zoom: f32,
    /// Dark, light, or as the system has it.
    #[serde(default)]
    pub theme: ThemeChoice,
}

/// Dark, light, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Light text on dark ground.
    Dark,
    /// Dark text on light ground.
    Light,
}

/// How the curves are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveSettings {
    /// Weight of the past in the smoothed curve, 0 (none) to below 1.
    pub smoothing: f32,
    /// Whether the curve before smoothing is drawn, too.
    pub raw: bool,
    /// Whether loss and errors are on logarithmic scales.
    pub logarithmic: bool,
}

impl Default for CurveSettings {
    fn default() -> Self {
        CurveSettings { smoothing: 0.9, raw: true, logarithmic: true }
    }
}

fn default_stroke() -> f32 {
    0.08
}

fn default_zoom() -> f32 {
    1.0
}

impl Settings {
    /// The settings of a first start.
    pub fn new(recipe: Recipe) -> Self {
        Settings {
            recipe,
            engine: EngineWish::default(),
            curves: CurveSettings::default(),
            stroke: default_stroke(),
            screen: String::new(),
            zoom: default_zoom(),
            theme: ThemeChoice::default(),
        }
    }
}
