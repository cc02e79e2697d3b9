//! The screens of nin: watch a network learn and grow, on a desktop and in a browser.
//!
//! [`App`] draws what a [`World`] reports and sends it what the user wants. It is not where anything is trained,
//! read or written: it knows no engine, no file and no thread.
//!
//! ```
//! use nin_app::{Abilities, App, Errand, Report, Settings, World};
//! use nin_train::{Command, Look, Recipe};
//!
//! /// A world in which nothing happens.
//! struct Nowhere;
//!
//! impl World for Nowhere {
//!     fn command(&mut self, _: Command) {}
//!     fn look(&mut self, _: Look) {}
//!     fn errand(&mut self, _: Errand) {}
//!     fn report(&mut self) -> Option<Report> {
//!         None
//!     }
//!     fn abilities(&self) -> Abilities {
//!         Abilities::default()
//!     }
//! }
//!
//! let settings = Settings::new(Recipe::built_in("modern")?);
//! let app = App::new(Box::new(Nowhere), settings);
//! assert_eq!(app.settings().recipe.name, "modern");
//! # Ok::<(), nin_train::RecipeError>(())
//! ```

mod app;
mod asking;
mod colors;
mod curves;
mod fingers;
mod network_view;
mod notices;
mod panels;
mod run_view;
mod session;
mod settings;
mod shortcuts;
mod widgets;
mod world;

pub use app::App;
pub use panels::CANVAS;
pub use settings::Settings;
pub use world::{Abilities, Device, Errand, ExportFormat, ModelSource, News, Report, World};
