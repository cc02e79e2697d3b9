use nin_net::{Head, Layout};
use nin_train::{BUILT_IN, Recipe};

use crate::common::{SMALL, small};

#[test]
fn built_in_recipes_come_back_equal_from_toml() {
    for ((name, _), rate) in BUILT_IN.into_iter().zip(["learning_rate = 0.01\n", "learning_rate = 0.0004\n"])
    {
        let recipe = Recipe::built_in(name).unwrap();
        assert_eq!(recipe.name, name);
        let text = recipe.to_toml().unwrap();
        assert_eq!(Recipe::from_toml(&text).unwrap(), recipe, "{text}");
        assert!(text.contains(rate), "floats are written short: {text}");
    }
}

#[test]
fn built_in_recipes_are_the_networks_of_the_experiment() {
    for (name, logits, macs) in [("seed", 40, [43_088_640, 48_419_840, 53_437_440]), ("modern", 10, [0; 3])] {
        let recipe = Recipe::built_in(name).unwrap();
        for (index, parameters) in [4370, 4590, 5010].into_iter().enumerate() {
            let layout = Layout::new(&recipe.spec(index)).unwrap();
            assert_eq!((layout.parameter_count, layout.logits), (parameters, logits), "{name} v{index}");
            assert!(recipe.head == Head::Global || layout.macs() == macs[index]);
        }
    }
}

/// What a changed line of the small recipe is told.
fn sentence(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from));
    Recipe::from_toml(&SMALL.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn syntax_errors_name_the_line_and_what_was_expected() {
    for (from, to, line, words) in [
        ("seed = 5", "sead = 5", 3, "unknown field `sead`, expected one of `name`"),
        ("seed = 5", "seed = \"5\"", 3, "expected u64"),
        ("batch = 20", "batch = -20", 6, "-20"),
        ("head = \"global\"", "head = \"gobal\"", 5, "expected `global` or `quadrant`"),
        ("kind = \"adam\"", "kind = \"adem\"", 13, "expected one of `sgd`, `adam`, `adamw`"),
        ("pool = \"max2\"", "pool = \"mx2\"", 16, "pool `mx2` is not known"),
        ("name = \"small\"", "name \"small\"", 2, "="),
    ] {
        let sentence = sentence(from, to);
        assert!(sentence.starts_with(&format!("line {line}: ")), "{sentence}");
        assert!(sentence.contains(words), "{sentence}");
        assert!(!sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn what_does_not_fit_together_is_told_with_its_stage() {
    for (from, to, words) in [
        ("channels = [4, 6]", "channels = [4, 257]", "stage `first`: block 1 has a layer of 257 channels"),
        ("batch = 25", "batch = 0", "stage `second`: batch is 0"),
        ("learning_rate = 0.02", "learning_rate = nan", "stage `first`: learning_rate is NaN"),
        ("learning_rate = 0.02", "learning_rate = -1.0", "stage `first`: learning_rate is -1"),
        ("momentum = 0.9", "momentum = 1.5", "stage `second`: momentum is 1.5"),
        ("clip_norm = 1.0", "clip_norm = inf", "stage `second`: clip_norm is inf"),
        ("shift_pixels = 1.0", "shift_pixels = -1.0", "stage `first`: "),
        ("[[1, 3], [2, 2]]", "[[1, 3]]", "stage `second`: block 2 had 2 convolutions and has 3"),
        ("name = \"second\"", "name = \"first\"", "stage `first`: two stages have this name"),
        ("name = \"second\"", "name = \"../x\"", "stage `../x`: its name is also a file's"),
        ("name = \"second\"", "name = \"last\"", "stage `last`: its name is that of a checkpoint"),
    ] {
        let sentence = sentence(from, to);
        assert!(sentence.contains(words), "{sentence}");
    }
    let mut recipe = small();
    recipe.seed = 1 << 63;
    assert_eq!(
        recipe.validate().unwrap_err().to_string(),
        "seed is 9223372036854775808: expected 0 to 9223372036854775807"
    );
    recipe = small();
    recipe.stages.remove(0);
    assert!(recipe.validate().unwrap_err().to_string().contains("leave `growth` out"));
    recipe.stages.clear();
    assert!(recipe.validate().unwrap_err().to_string().contains("no stages"));
    assert!(Recipe::built_in("modren").unwrap_err().to_string().contains("`modern` or `seed`"));
}

#[test]
fn selected_stages() {
    let selected = |names: &[&str]| {
        let mut recipe = Recipe::built_in("modern").unwrap();
        recipe.select_stages(names).unwrap();
        recipe.validate().unwrap();
        let whole = Recipe::built_in("modern").unwrap();
        let trained =
            |s: &nin_train::Stage| whole.stages.iter().any(|w| w.name == s.name && w.epochs == s.epochs);
        recipe.stages.iter().map(|s| (s.name.clone(), trained(s), s.growth.is_some())).collect::<Vec<_>>()
    };
    let stage = |name: &str, trained, grown| (name.to_owned(), trained, grown);
    assert_eq!(selected(&["v2"]), [stage("v2", true, false)]);
    assert_eq!(selected(&["v1", "v0"]), [stage("v0", true, false), stage("v1", true, true)]);
    assert_eq!(
        selected(&["v0", "v2"]),
        [stage("v0", true, false), stage("v1", false, true), stage("v2", true, true)]
    );
    let mut recipe = small();
    let sentence = recipe.select_stages(&["v0"]).unwrap_err().to_string();
    assert_eq!(sentence, "the recipe has no stage `v0`: expected some of first, second");
}
