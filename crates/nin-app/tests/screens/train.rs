use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::world::{Small, settle};

#[test]
fn a_run_is_told_from_its_start_to_its_end() {
    let world = Small::new(false);
    let mut screens = world.screens();
    screens.get_by_label("Train").click();
    settle(&mut screens);
    screens.get_by_label_contains("of the test digits right, after");
    screens.get_by_label("progress of the run");
    // The grown network: its new layer, those that were carried.
    screens.get_by_label("Network").click();
    settle(&mut screens);
    screens.get_by_label_contains("v1, after epoch 1: ");
    let new = screens.get_all_by_label_contains("1×1, 6 to 6, 42 parameters, new").count();
    let carried = screens.get_all_by_label_contains(", carried").count();
    assert_eq!((new, carried), (1, 4));
    assert_eq!(screens.get_all_by_label_contains("gradient norm ").count(), 5);
}

#[test]
fn a_layer_opens_to_its_weights_and_the_chosen_digits_maps() {
    let world = Small::new(false);
    let mut screens = world.screens();
    screens.get_by_label("Train").click();
    settle(&mut screens);
    screens.get_by_label("Digits").click();
    settle(&mut screens);
    screens
        .get_all_by_label_contains("taken for")
        .find(|node| node.accesskit_node().label().is_some_and(|l| l.starts_with("a ")))
        .unwrap()
        .click();
    settle(&mut screens);
    screens.get_by_label("class maps for 0 to 9");
    screens.get_by_label("what each layer sees").click();
    settle(&mut screens);
    assert_eq!(screens.get_all_by_label_contains("feature maps of features.").count(), 5);
    screens.get_by_label("Network").click();
    settle(&mut screens);
    screens.get_by_label_contains("features.0: 3×3").click();
    settle(&mut screens);
    screens.get_by_label("weights of features.0");
    screens.get_by_label("feature maps of features.0");
}

#[test]
fn every_test_digit_has_its_place_in_the_confusion_matrix() {
    let world = Small::new(false);
    let mut screens = world.screens();
    screens.get_by_label("Train").click();
    settle(&mut screens);
    screens.get_by_label("Digits").click();
    settle(&mut screens);
    let names: Vec<String> = screens
        .get_all_by_label_contains(" times ")
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    assert_eq!(names.len(), 100);
    let counts = names.iter().map(|name| name.split(' ').next().unwrap().parse::<usize>().unwrap());
    assert_eq!(counts.sum::<usize>(), 60);
    // A cell with digits in it shows just these.
    let full = names.iter().find(|name| !name.starts_with('0')).unwrap().clone();
    screens.get_by_label(&full).click();
    settle(&mut screens);
    let count: usize = full.split(' ').next().unwrap().parse().unwrap();
    screens.get_by_label(&format!("1 to {} of {count}", count.min(24)));
}

#[test]
fn the_screens_fit_a_small_window_and_a_phone() {
    for (width, height) in [(900.0, 600.0), (390.0, 844.0), (3840.0, 2160.0)] {
        let world = Small::new(true);
        let mut screens = world.screens_of(width, height);
        screens.get_by_label("Train").click();
        settle(&mut screens);
        for screen in ["Curves", "Network", "Digits", "Draw", "Runs", "Device", "Overview"] {
            let tab = screens.get_by_label(screen);
            assert!(tab.rect().right() <= width, "{screen} lies outside of {width}");
            tab.click();
            settle(&mut screens);
        }
    }
}
