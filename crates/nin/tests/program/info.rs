//! `nin info` and the help.

use crate::{folder, succeed};

#[test]
fn info_tells_what_auto_takes_and_why() {
    let output = succeed(folder().path(), &["info"]);
    let auto = output.lines().find(|line| line.contains("--engine auto")).expect("a line about auto");
    assert!(auto.contains("takes the "), "{auto}");
    assert!(output.contains("CPU"), "{output}");
}

#[test]
fn info_of_a_recipe_counts_layer_by_layer() {
    let folder = folder();
    let modern = succeed(folder.path(), &["info", "modern"]);
    for count in ["4,370", "4,590", "5,010"] {
        assert!(modern.contains(count), "{count} is missing in\n{modern}");
    }
    assert_eq!(modern.lines().filter(|line| line.ends_with("new")).count(), 3, "{modern}");

    let seed = succeed(folder.path(), &["info", "seed"]);
    for count in ["43,088,640", "48,419,840", "53,437,440", "5,010", "[40]", "[10, 224, 224]"] {
        assert!(seed.contains(count), "{count} is missing in\n{seed}");
    }
    let total = seed.lines().rfind(|line| line.contains("total")).expect("a total");
    assert_eq!(total.split_whitespace().collect::<Vec<_>>(), ["total", "5,010", "53,437,440"]);
    let last = seed.lines().rfind(|line| line.contains("convolution")).expect("a convolution");
    assert!(last.trim().starts_with("features.18 "), "{last}");
}

#[test]
fn help_shows_the_flags_but_not_what_is_for_tests() {
    let help = succeed(folder().path(), &["--help"]);
    for flag in ["--no-gui", "--recipe", "--data", "--engine", "--adapter", "--stages", "--resume", "--json"]
    {
        assert!(help.contains(flag), "{flag} is missing in\n{help}");
    }
    assert!(!help.contains("golden"), "{help}");
}
