use nin_train::{CHECKPOINT, Checkpoint, Command, Event, Outcome};

use crate::common::{Memory, commands, few_digits, quiet, small, timeless};

/// Every checkpoint of a run that saves as often as it is asked, and the host that has its end.
fn run_saving_always() -> Memory<impl FnMut(&[Event]) -> Option<Command>> {
    // A save between any two chunks; every second question is left open so that the run goes on.
    let mut asked = 0;
    let mut host = Memory::new(move |_: &[Event]| {
        asked += 1;
        (asked % 2 == 1).then_some(Command::Save)
    });
    host.run(few_digits(), &small()).unwrap();
    host
}

#[test]
fn a_run_cut_off_anywhere_ends_with_the_same_bits() {
    let mut straight = Memory::new(quiet);
    straight.run(few_digits(), &small()).unwrap();
    let saving = run_saving_always();
    let checkpoints = saving.all(CHECKPOINT);
    let end = Checkpoint::from_bytes(straight.file(CHECKPOINT)).unwrap();
    let mut positions = Vec::new();
    for bytes in &checkpoints {
        // What was saved after `bytes` is lost: the run was killed.
        let mut resumed = Memory::new(quiet);
        assert!(matches!(resumed.resume(few_digits(), bytes).unwrap(), Outcome::Finished(_)));
        let start = Checkpoint::from_bytes(bytes).unwrap();
        let stages = ["first.safetensors", "second.safetensors"];
        for file in &stages[start.position.stage..] {
            assert_eq!(resumed.file(file), straight.file(file), "from {:?}", start.position);
        }
        let summary = |host: &[Event]| timeless(&host[host.len() - 1..]);
        assert_eq!(summary(&resumed.events), summary(&straight.events));
        if start.position != end.position {
            let found = Checkpoint::from_bytes(resumed.file(CHECKPOINT)).unwrap();
            assert_eq!(found.state, end.state, "from {:?}", start.position);
            assert_eq!(timeless(&found.progress.log), timeless(&end.progress.log));
        }
        positions.push(start.position);
    }
    let has =
        |test: &dyn Fn(&nin_train::Position) -> bool| assert!(positions.iter().any(test), "{positions:?}");
    has(&|p| p.step > 0);
    has(&|p| p.stage == 0 && p.epoch == 2);
    has(&|p| p.stage == 1 && p.epoch == 0 && p.step == 0);
    has(&|p| p.stage == 1 && p.epoch == 2);
}

#[test]
fn a_run_cut_off_again_and_again_ends_with_the_same_bits() {
    let mut straight = Memory::new(quiet);
    straight.run(few_digits(), &small()).unwrap();
    let stop_at_third_question = || {
        let mut asked = 0;
        move |_: &[Event]| {
            asked += 1;
            (asked == 3).then_some(Command::Stop)
        }
    };
    let mut host = Memory::new(stop_at_third_question());
    let mut outcome = host.run(few_digits(), &small()).unwrap();
    let mut stops = 0;
    while outcome == Outcome::Stopped {
        stops += 1;
        let checkpoint = host.file(CHECKPOINT).to_vec();
        host = Memory::new(stop_at_third_question());
        outcome = host.resume(few_digits(), &checkpoint).unwrap();
    }
    assert!(stops >= 3, "{stops}");
    assert_eq!(host.file("second.safetensors"), straight.file("second.safetensors"));
}

#[test]
fn a_long_epoch_is_saved_in_between() {
    let mut straight = Memory::new(quiet);
    straight.run(few_digits(), &small()).unwrap();
    let mut saving = Memory::new(commands(vec![Command::SaveEvery { seconds: 0.0 }]));
    saving.run(few_digits(), &small()).unwrap();
    let step = |bytes: &&[u8]| Checkpoint::from_bytes(bytes).unwrap().position.step;
    let within = saving.all(CHECKPOINT).iter().map(step).filter(|&step| step > 0).count();
    assert!(within >= 4, "{within}: expected one in each epoch at least");
    assert_eq!(saving.file("second.safetensors"), straight.file("second.safetensors"));
}

#[test]
fn a_checkpoint_comes_back_equal() {
    let saving = run_saving_always();
    for bytes in saving.all(CHECKPOINT) {
        let checkpoint = Checkpoint::from_bytes(bytes).unwrap();
        assert_eq!(checkpoint.to_bytes().unwrap(), bytes);
    }
}
