use egui_kittest::kittest::Queryable as _;
use nin_app::{Device, Errand, ExportFormat, ModelSource, News, Report};
use nin_net::{Ceilings, KernelCost, Profile};
use nin_train::{Command, EngineKind, Event, RunEntry, RunStage, RunState};

use crate::world::{Small, settle};

fn entry(name: &str, state: RunState) -> RunEntry {
    let finished = state == RunState::Finished;
    let stage =
        RunStage { stage: "v0".to_owned(), finished, test_accuracy: Some(95.5), ..RunStage::default() };
    RunEntry {
        name: name.to_owned(),
        folder: format!("/runs/{name}").into(),
        recipe: "modern".to_owned(),
        seed: Some(1),
        data: "embedded".to_owned(),
        state,
        stages: vec![stage],
        test_accuracy: Some(95.5),
        seconds: 12.0,
        saved_at: 0,
        has_checkpoint: true,
    }
}

#[test]
fn a_run_can_be_opened_compared_resumed_and_exported() {
    let world = Small::new(false);
    let unfinished = RunState::Unfinished { stage: "v0".to_owned(), epoch: 3 };
    let runs = vec![entry("modern-2", RunState::Finished), entry("modern-1", unfinished)];
    world.tell(Report::News(News::Runs { place: "/runs".to_owned(), runs }));
    let mut screens = world.screens();
    screens.get_by_label("Runs").click();
    settle(&mut screens);
    screens.get_by_label("finished");
    screens.get_by_label("in v0, after epoch 3");
    screens.get_all_by_label("compare").next().unwrap().click();
    settle(&mut screens);
    assert!(world.errands().contains(&Errand::ReadLog { run: "modern-2".to_owned() }));
    screens.get_all_by_label("Open").next().unwrap().click();
    settle(&mut screens);
    let model = ModelSource::Run { run: "modern-2".to_owned() };
    assert!(world.errands().contains(&Errand::OpenModel { model }));
    // Only the one that is not finished can go on.
    screens.get_all_by_label("Resume").nth(1).unwrap().click();
    settle(&mut screens);
    assert!(matches!(&world.commands()[..], [Command::GoOn { run, .. }] if run == "modern-1"));
    screens.get_all_by_label("Export…").next().unwrap().click();
    settle(&mut screens);
    screens.get_by_label("v0 as ONNX").click();
    settle(&mut screens);
    let (run, stage, format) = ("modern-2".to_owned(), "v0".to_owned(), ExportFormat::Onnx);
    assert!(world.errands().contains(&Errand::Export { run, stage, format }));
}

#[test]
fn a_damaged_run_is_listed_and_says_so() {
    let world = Small::new(false);
    let damaged = entry("broken", RunState::Damaged { message: "recipe.toml is no recipe".to_owned() });
    world.tell(Report::News(News::Runs { place: "/runs".to_owned(), runs: vec![damaged] }));
    let mut screens = world.screens();
    screens.get_by_label("Runs").click();
    settle(&mut screens);
    screens.get_by_label("damaged");
}

#[test]
fn devices_are_listed_with_their_facts() {
    let world = Small::new(false);
    let facts = vec![("back end".to_owned(), "Vulkan".to_owned())];
    let gpu = Device { kind: EngineKind::Gpu, name: "some GPU".to_owned(), software: true, facts };
    let automatic = "automatic takes the CPU: the only GPU found is software".to_owned();
    world.tell(Report::News(News::Devices { devices: vec![gpu], automatic: automatic.clone() }));
    let mut screens = world.screens();
    screens.get_by_label("Device").click();
    settle(&mut screens);
    screens.get_by_label(&automatic);
    screens.get_by_label("some GPU (software)");
    screens.get_by_label("Vulkan");
}

#[test]
fn what_a_panel_saves_goes_out_as_a_file() {
    let world = Small::new(false);
    let mut screens = world.screens();
    screens.get_by_label("Train").click();
    settle(&mut screens);
    screens.get_by_label("Curves").click();
    settle(&mut screens);
    screens.get_by_label("CSV").click();
    screens.get_by_label("SVG").click();
    settle(&mut screens);
    let files: Vec<(String, String)> = world
        .errands()
        .into_iter()
        .filter_map(|errand| match errand {
            Errand::SaveFile { name, bytes } => Some((name, String::from_utf8(bytes).unwrap())),
            _ => None,
        })
        .collect();
    let file = |name: &str| &files.iter().find(|(n, _)| n == name).unwrap().1;
    assert_eq!(file("curves.csv").lines().count(), 3);
    assert!(file("curves.svg").starts_with("<svg"));
}

#[test]
fn a_steps_costs_are_listed_kernel_by_kernel() {
    let world = Small::new(false);
    let kernel = KernelCost { name: "block_forward 1".to_owned(), seconds: 0.002, flop: 4e6, bytes: 2048.0 };
    let timer = "timestamp queries".to_owned();
    let profile = Profile { images: 60, device_memory_bytes: 3 << 20, timer, kernels: vec![kernel] };
    world.tell(Report::Run(Event::Resumed));
    let ceilings = Ceilings { flop_per_second: 4e9, bytes_per_second: 2e9 };
    world.tell(Report::Run(Event::Profiled { profile, ceilings }));
    let mut screens = world.screens();
    screens.get_by_label("Device").click();
    settle(&mut screens);
    screens.get_by_label_contains("a step of 60 images: 2.00 ms in its kernels (timestamp queries); 3.0 MiB");
    screens.get_by_label_contains("2.0 GFLOP/s of 4.0 possible (50 %)");
    screens.get_by_label("block_forward 1");
    screens.get_by_label("50 %");
    screens.get_by_label("Measure a step").click();
    settle(&mut screens);
    assert_eq!(world.commands(), [Command::Profile]);
}
