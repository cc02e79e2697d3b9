use std::fs;
use std::path::Path;

use nin_app::{Errand, ExportFormat, ModelSource, News};
use nin_train::{Event, RunState};

use super::super::files;
use super::{Here, SMALL, message, small};

#[test]
fn a_finished_run_is_listed_read_and_opened() {
    let mut here = Here::new().settled();
    here.start(small());
    here.until_event(|event| matches!(event, Event::Finished(_)).then_some(()));

    let News::Runs { place, runs } = here.errand(Errand::ListRuns) else { panic!("no list") };
    assert!(place.ends_with("runs"), "{place}");
    assert_eq!((runs.len(), runs[0].name.as_str(), &runs[0].state), (1, "small-1", &RunState::Finished));

    let News::RunLog { run, log } = here.errand(Errand::ReadLog { run: "small-1".to_owned() }) else {
        panic!("no log")
    };
    assert_eq!(run, "small-1");
    assert!(matches!(log.first(), Some(Event::RunStarted(_))));
    assert_eq!(log.iter().filter(|event| matches!(event, Event::Epoch(_))).count(), 2);

    let model = ModelSource::Run { run: "small-1".to_owned() };
    let News::Model(snapshot) = here.errand(Errand::OpenModel { model }) else { panic!("no model") };
    assert_eq!((snapshot.model.name.as_str(), snapshot.moment.stage.as_str()), ("small-1", ""));
    assert_eq!(snapshot.model.spec, small().spec(1));

    let dropped = |file: &str| Errand::Dropped {
        path: here.run("small-1").join(file).display().to_string(),
        bytes: None,
    };
    let (stage, picture) = (dropped("v0.safetensors"), dropped("curves.svg"));
    let News::Model(snapshot) = here.errand(stage) else { panic!("no model") };
    assert_eq!((snapshot.model.name.as_str(), snapshot.model.spec), ("v0.safetensors", small().spec(0)));
    assert!(
        message(&here.errand(picture)).contains("curves.svg is nothing that nin reads: expected a recipe")
    );
}

#[test]
fn what_is_dropped_is_found_out() {
    let mut here = Here::new().settled();
    let write = |name: &str, bytes: &[u8]| {
        let path = here.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let (good, wrong) = (write("small.toml", SMALL.as_bytes()), write("wrong.TOML", b"name = 1"));
    let damaged = write("damaged.safetensors", b"not a network");
    let digits = here.folder.path().join("digits");
    fs::create_dir(&digits).unwrap();
    let mut dropped = |path: String| here.errand(Errand::Dropped { path, bytes: None });

    assert_eq!(dropped(good), News::Recipe(Box::new(small())));
    assert!(message(&dropped(wrong)).contains("wrong.TOML cannot be used"));
    assert!(message(&dropped(damaged)).contains("damaged.safetensors cannot be used"));
    assert!(message(&dropped("nowhere.toml".to_owned())).contains("nowhere.toml cannot be read"));
    assert!(message(&dropped(digits.display().to_string())).contains("digits"));
    for (name, bytes) in idx_files() {
        fs::write(digits.join(name), bytes).unwrap();
    }
    assert_eq!(dropped(digits.display().to_string()), News::Data { name: digits.display().to_string() });
    // Some systems give a dropped file's content instead of its place.
    let named = Errand::Dropped { path: "small.toml".to_owned(), bytes: Some(SMALL.as_bytes().to_vec()) };
    assert_eq!(here.errand(named), News::Recipe(Box::new(small())));
}

/// Two images of one pixel for training, one for testing.
fn idx_files() -> [(&'static str, Vec<u8>); 4] {
    let images = |count: u8| {
        [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 1][..], &vec![7; count.into()]].concat()
    };
    let labels = |count: u8| [&[0, 0, 8, 1, 0, 0, 0, count][..], &vec![1; count.into()]].concat();
    [
        ("train-images-idx3-ubyte", images(2)),
        ("train-labels-idx1-ubyte", labels(2)),
        ("t10k-images-idx3-ubyte", images(1)),
        ("t10k-labels-idx1-ubyte", labels(1)),
    ]
}

#[test]
fn what_is_not_there_is_named() {
    let mut here = Here::new().settled();
    let run = || "none-1".to_owned();
    let export = Errand::Export { run: run(), stage: "v0".to_owned(), format: ExportFormat::Safetensors };
    for errand in [Errand::ReadLog { run: run() }, Errand::ShowFolder { run: run() }, export] {
        assert!(message(&here.errand(errand)).contains("there is no run `none-1`"));
    }
    assert!(matches!(here.errand(Errand::ListRuns), News::Runs { runs, .. } if runs.is_empty()));
}

#[test]
fn the_cpu_is_the_last_device_and_auto_says_why() {
    let mut here = Here::new().settled();
    let News::Devices { devices, automatic } = here.errand(Errand::ListDevices) else { panic!("no devices") };
    assert_eq!(devices.last().unwrap().kind, nin_train::EngineKind::Cpu);
    assert!(automatic.starts_with("auto takes the "), "{automatic}");
}

#[test]
fn a_file_is_written_wholly_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("curves.csv");
    fs::write(&path, "before").unwrap();
    assert_eq!(files::write(&path, b"after").unwrap(), News::Saved { place: path.display().to_string() });
    assert_eq!(fs::read(&path).unwrap(), b"after");
    assert!(files::write(&path.join("below"), b"").unwrap_err().to_string().contains("cannot be written"));
    assert!(files::write(Path::new("/nowhere/at/all"), b"").is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
