use nin_app::{News, Report, World as _};
use nin_train::{Checkpoint, Command, EngineWish, Event, Look, Seen};

use super::super::place::Place;
use super::{Here, endless, small};

/// What happened, in one word each; what comes any number of times is left out.
fn word(report: &Report) -> Option<&'static str> {
    Some(match report {
        Report::News(News::RunKept { .. }) => "kept",
        Report::Run(Event::RunStarted(_)) => "run",
        Report::Run(Event::StageStarted(_)) => "stage",
        Report::Run(Event::Grown(_)) => "grown",
        Report::Run(Event::Epoch(_)) => "epoch",
        Report::Run(Event::StageFinished(_)) => "stage over",
        Report::Run(Event::Finished(_)) => "finished",
        _ => return None,
    })
}

#[test]
fn a_run_tells_everything_in_order_and_is_kept() {
    let mut here = Here::new().settled();
    here.start(small());
    let (mut words, mut preparing, mut snapshots) = (Vec::new(), 0, 0);
    here.until(|report| {
        words.extend(word(report));
        preparing += usize::from(matches!(report, Report::Run(Event::Preparing { .. })));
        snapshots += usize::from(matches!(report, Report::Run(Event::Snapshot(_))));
        matches!(report, Report::Run(Event::Finished(_) | Event::Failed { .. })).then_some(())
    });
    let first = ["kept", "run", "stage", "epoch", "stage over"];
    let second = ["stage", "grown", "epoch", "stage over", "finished"];
    assert_eq!(words, [first, second].concat());
    assert!(preparing > 0 && snapshots > 1, "{preparing}, {snapshots}");
    for file in ["recipe.toml", "metrics.jsonl", "last.safetensors", "v0.safetensors", "summary.json"] {
        assert!(here.run("small-1").join(file).is_file(), "{file}");
    }
}

#[test]
fn a_drawing_is_answered_while_a_run_is_on_and_the_run_goes_on_later() {
    let mut here = Here::new().settled();
    here.start(endless());
    here.until_event(|event| matches!(event, Event::Snapshot(_)).then_some(()));
    here.desktop.look(Look::Predict { id: 7, image: vec![100; 784] });
    let prediction = here.until(|report| match report {
        Report::Seen(Seen::Prediction(prediction)) => Some(prediction.clone()),
        _ => None,
    });
    assert_eq!((prediction.id, prediction.probabilities.len()), (7, 10));

    here.desktop.command(Command::Start { recipe: Box::new(small()), engine: EngineWish::default() });
    here.until_event(|event| match event {
        Event::Warning { message } if message.contains("a run is on already") => Some(()),
        _ => None,
    });
    here.desktop.command(Command::Stop);
    here.until_event(|event| matches!(event, Event::Stopped).then_some(()));

    here.desktop.command(Command::GoOn { run: "small-1".to_owned(), engine: EngineWish::default() });
    let kept = here.until(|report| match report {
        Report::News(News::RunKept { run }) => Some(run.clone()),
        _ => None,
    });
    assert_eq!(kept, "small-1");
    let resumed = here.until_event(|event| match event {
        Event::RunStarted(run) => Some(run.resumed),
        _ => None,
    });
    assert!(resumed.is_some());
    here.desktop.command(Command::Stop);
    here.until_event(|event| matches!(event, Event::Stopped).then_some(()));
}

#[test]
fn a_world_that_ends_saves_its_run() {
    for paused in [false, true] {
        let mut here = Here::new();
        here.start(endless());
        here.until_event(|event| matches!(event, Event::Steps(_)).then_some(()));
        if paused {
            here.desktop.command(Command::Pause);
            here.until_event(|event| matches!(event, Event::Paused).then_some(()));
        }
        let file = here.run("small-1").join("last.safetensors");
        let Here { folder, desktop, woken } = here;
        drop(desktop);
        let checkpoint = Checkpoint::from_bytes(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(checkpoint.recipe.stages[0].epochs, 100_000);
        drop((folder, woken));
    }
}

#[test]
fn the_model_that_comes_with_nin_recognises_digits_at_once() {
    let mut here = Here::new().settled();
    here.desktop.look(Look::Digits { indices: (0..10).collect() });
    let digits = here.until(|report| match report {
        Report::Seen(Seen::Digits { digits }) => Some(digits.clone()),
        _ => None,
    });
    let right = digits.iter().filter(|digit| usize::from(digit.label) == digit.prediction.digit).count();
    assert!(right >= 9, "{right} of {}", digits.len());
}

#[test]
fn a_run_that_cannot_begin_says_why() {
    let failure = |here: &mut Here| {
        here.until(|report| match report {
            Report::Run(Event::Failed { message }) => Some(message.clone()),
            _ => None,
        })
    };
    let mut here = Here::new();
    let mut recipe = small();
    recipe.data = "nowhere".to_owned();
    here.start(recipe);
    assert!(failure(&mut here).contains("no data at `nowhere`"));
    here.desktop.command(Command::GoOn { run: "../small-1".to_owned(), engine: EngineWish::default() });
    assert!(failure(&mut here).contains("there is no run"));
    // It waits for the next one all the same.
    here.start(small());
    here.until_event(|event| matches!(event, Event::Finished(_)).then_some(()));
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_the_next_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let place = Place { candidates: vec![file.join("runs"), folder.path().join("data/runs")] };
    assert_eq!(place.runs().unwrap(), folder.path().join("data/runs"));

    let mut here = Here::at(folder, Place { candidates: vec![file.join("runs"), file.clone()] });
    here.start(small());
    let message = here.until(|report| match report {
        Report::Run(Event::Failed { message }) => Some(message.clone()),
        _ => None,
    });
    assert!(message.contains("cannot be written") && message.contains("file/runs"), "{message}");
}
