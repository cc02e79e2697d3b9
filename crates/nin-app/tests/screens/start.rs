use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use nin_app::{Errand, News, Report};
use nin_train::{Command, EngineKind, Event};

use crate::world::{Small, settle};

#[test]
fn every_screen_says_what_to_do_while_it_is_empty() {
    let world = Small::new(false);
    let mut screens = world.screens();
    screens.get_by_label_contains("Press Train: three networks grow");
    for (screen, words) in [
        ("Curves", "No curves yet"),
        ("Network", "No network yet"),
        ("Digits", "No predictions yet"),
        ("Draw", "No network yet"),
    ] {
        screens.get_by_label(screen).click();
        settle(&mut screens);
        screens.get_by_label(words);
    }
    world.tell(Report::News(News::Runs { place: "/tmp/runs".to_owned(), runs: Vec::new() }));
    screens.get_by_label("Runs").click();
    settle(&mut screens);
    screens.get_by_label("No runs yet");
    assert!(world.errands().contains(&Errand::ListRuns) && world.errands().contains(&Errand::ListDevices));
}

#[test]
fn number_keys_choose_screens_and_the_question_mark_lists_keys() {
    let mut screens = Small::new(false).screens();
    screens.key_press(Key::Num2);
    settle(&mut screens);
    screens.get_by_label("No curves yet");
    assert!(screens.query_by_label("No predictions yet").is_none());
    screens.key_press(Key::F1);
    settle(&mut screens);
    screens.get_by_label("train, pause, resume");
    screens.key_press(Key::Escape);
    settle(&mut screens);
    assert!(screens.query_by_label("train, pause, resume").is_none());
}

#[test]
fn a_run_that_prepares_and_one_that_fails_say_so() {
    let world = Small::new(false);
    let mut screens = world.screens();
    world.tell(Report::Run(Event::Preparing {
        what: "downloading train-images".to_owned(),
        done: 1,
        of: Some(4),
    }));
    settle(&mut screens);
    screens.get_by_label("downloading train-images, 25 %");
    world.tell(Report::Run(Event::Failed { message: "cannot download".to_owned() }));
    settle(&mut screens);
    assert_eq!(screens.get_all_by_label_contains("cannot download").count(), 2);
    screens.get_by_label("dismiss").click();
    settle(&mut screens);
    assert_eq!(screens.get_all_by_label_contains("cannot download").count(), 1);
}

#[test]
fn space_starts_a_run_with_the_settings_on_the_screen() {
    let world = Small::new(false);
    let mut screens = world.screens();
    screens.key_press(Key::Space);
    settle(&mut screens);
    let Some(Command::Start { recipe, engine }) = world.commands().first().cloned() else {
        panic!("no start")
    };
    assert_eq!((recipe.name.as_str(), engine.kind), ("small", EngineKind::Auto));
}

#[test]
fn closing_while_a_run_is_on_saves_first() {
    let world = Small::new(false);
    let mut screens = world.screens();
    let started = Event::Preparing { what: "starting".to_owned(), done: 0, of: None };
    world.tell(Report::Run(started));
    settle(&mut screens);
    let viewport = screens.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
    viewport.events.push(egui::ViewportEvent::Close);
    screens.step();
    assert_eq!(world.commands(), [Command::Stop]);
    screens.get_by_label_contains("saving the run, then closing");
}

#[test]
fn the_theme_key_changes_the_theme_and_it_is_kept() {
    let mut screens = Small::new(false).screens();
    let before = screens.state().settings().clone();
    screens.key_press_modifiers(Modifiers::NONE, Key::T);
    settle(&mut screens);
    assert_ne!(screens.state().settings().theme, before.theme);
}
