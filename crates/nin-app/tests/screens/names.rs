//! What a screen reader is told of every screen.

use egui::Role;
use egui::accesskit::{Action, Live};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use nin_app::{App, News, Report};

use crate::world::{Small, settle};

/// Role, name and place of what the keyboard can reach and nothing names.
fn nameless(screens: &Harness<'_, App>) -> Vec<String> {
    let all = screens.root().children_recursive().map(|node| node.accesskit_node());
    let reached = all.filter(|node| node.data().supports_action(Action::Focus));
    let named = |name: Option<String>| name.is_some_and(|name| !name.is_empty());
    reached
        .filter(|node| node.role() == Role::Unknown || !named(node.label()))
        .map(|node| format!("{:?} {:?} {:?}", node.role(), node.label(), node.raw_bounds()))
        .collect()
}

#[test]
fn everything_that_the_keyboard_reaches_has_a_role_and_a_name() {
    let world = Small::new(true);
    let mut screens = world.screens();
    screens.get_by_label("Train").click();
    settle(&mut screens);
    for screen in ["Overview", "Curves", "Network", "Digits", "Draw", "Runs", "Device"] {
        screens.get_by_label(screen).click();
        settle(&mut screens);
        assert_eq!(nameless(&screens), [""; 0], "{screen}");
    }
    screens.get_by_label("Settings…").click();
    settle(&mut screens);
    assert_eq!(nameless(&screens), [""; 0], "settings");
}

#[test]
fn messages_and_a_runs_end_are_said_when_they_come() {
    let world = Small::new(false);
    let mut screens = world.screens();
    let live = |screens: &Harness<'_, App>, text: &str| {
        screens.get_by_label_contains(text).accesskit_node().data().live()
    };
    world.tell(Report::News(News::Saved { place: "there".to_owned() }));
    settle(&mut screens);
    assert_eq!(live(&screens, "saved there"), Some(Live::Polite));
    world.tell(Report::News(News::Failed { message: "the disk is full".to_owned() }));
    settle(&mut screens);
    assert_eq!(live(&screens, "the disk is full"), Some(Live::Assertive));
    screens.get_by_label("Train").click();
    settle(&mut screens);
    assert_eq!(live(&screens, "of the test digits right, after"), Some(Live::Polite));
}
