//! The page: `nin-app` on a canvas. `web/page.js` starts it and shows what [`Page::report`] says of a panic.

use std::rc::Rc;

use eframe::{CreationContext, Frame, Storage, WebOptions, WebRunner};
use nin_app::{App, Errand, ModelSource, News, Settings, World as _};
use nin_train::{Command, Recipe};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, HtmlCanvasElement};

use crate::reader::Reader;
use crate::world::{Office, WebWorld};
use crate::{address, errands, files};

/// Where the settings are kept between two visits.
const KEY: &str = "nin";

/// The page as JavaScript holds it.
#[wasm_bindgen]
pub struct Page(WebRunner);

#[wasm_bindgen]
impl Page {
    /// Nothing is shown yet; panics are noticed from now on.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Page(WebRunner::new())
    }

    /// Shows the app on `canvas`.
    ///
    /// # Errors
    /// What the browser says if it lacks what the app needs (WebGL 2, workers).
    pub async fn start(&self, canvas: HtmlCanvasElement) -> Result<(), JsValue> {
        let target = canvas.clone();
        let create = move |context: &CreationContext<'_>| {
            let app = WebApp::new(context, &target).map_err(|error| format!("{error:?}"))?;
            Ok(Box::new(app) as Box<dyn eframe::App>)
        };
        self.0.start(canvas, WebOptions::default(), Box::new(create)).await
    }

    /// What happened, if the app has panicked.
    pub fn report(&self) -> Option<String> {
        self.0.panic_summary().map(|summary| format!("{}\n\n{}", summary.message(), summary.callstack()))
    }
}

struct WebApp {
    app: App,
    /// As they were last written into the address.
    written: Settings,
}

impl WebApp {
    fn new(context: &CreationContext<'_>, canvas: &HtmlCanvasElement) -> Result<Self, JsValue> {
        let first = || Recipe::built_in("modern").map(Settings::new).map_err(|error| error.to_string());
        // Settings that another version kept and this one cannot read are forgotten.
        let kept = context.storage.and_then(|storage| storage.get_string(KEY));
        let kept = kept.and_then(|kept| serde_json::from_str::<Settings>(&kept).ok());
        let mut settings = kept.map_or_else(first, Ok)?;
        let in_address = address::read(&mut settings);
        let mut world = WebWorld::new(context.egui_ctx.clone())?;
        world.errand(Errand::OpenModel { model: ModelSource::Shipped });
        let office = world.office();
        if let Err(message) = in_address {
            office.tell(News::Failed { message });
        }
        office.look_at_digits(settings.recipe.data.clone(), settings.recipe.hold_out);
        take_drops(canvas, &office)?;
        Reader::start(&context.egui_ctx, canvas)?;
        if let Some(run) = office.run_before_reload() {
            world.command(Command::GoOn { run, engine: settings.engine.clone() });
        }
        let written = settings.clone();
        Ok(WebApp { app: App::new(Box::new(world), settings), written })
    }
}

impl eframe::App for WebApp {
    fn logic(&mut self, context: &egui::Context, _frame: &mut Frame) {
        self.app.logic(context);
        let settings = self.app.settings();
        if (&settings.recipe, &settings.engine) != (&self.written.recipe, &self.written.engine) {
            address::write(settings);
            self.written = settings.clone();
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        self.app.ui(ui);
    }

    fn save(&mut self, storage: &mut dyn Storage) {
        if let Ok(settings) = serde_json::to_string(self.app.settings()) {
            storage.set_string(KEY, settings);
        }
    }
}

/// The app's own way knows names only; here the content is read, too.
fn take_drops(canvas: &HtmlCanvasElement, office: &Rc<Office>) -> Result<(), JsValue> {
    let office = office.clone();
    let drop = Closure::<dyn FnMut(DragEvent)>::new(move |event: DragEvent| {
        let Some(dropped) = event.data_transfer().and_then(|transfer| transfer.files()) else { return };
        let office = office.clone();
        spawn_local(async move {
            let given = files::read(&dropped).await;
            if let Err(message) = errands::take_files(&office, given).await {
                office.tell(News::Failed { message });
            }
        });
    });
    canvas.add_event_listener_with_callback("drop", drop.as_ref().unchecked_ref())?;
    drop.forget();
    Ok(())
}
