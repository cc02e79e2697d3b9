//! What the screens want done outside of a run.

use std::path::Path;
use std::rc::Rc;

use nin_app::{Device, Errand, ExportFormat, ModelSource, News};
use nin_gpu::{AdapterSummary, GpuEngine};
use nin_train::{
    CHECKPOINT, Checkpoint, EngineKind, Event, Model, Moment, Recipe, RunEntry, RunFiles, Snapshot,
};

use crate::store::Store;
use crate::world::Office;
use crate::{engines, files};

/// Where runs are kept, for people.
const PLACE: &str = "in this browser";

/// Does an errand; what comes of it is told to the screens.
pub async fn run(office: Rc<Office>, errand: Errand) {
    if let Err(message) = attempt(&office, errand).await {
        office.tell(News::Failed { message });
    }
}

async fn attempt(office: &Office, errand: Errand) -> Result<(), String> {
    match errand {
        Errand::ListDevices => office.tell(devices().await),
        Errand::ListRuns => office.tell(News::Runs { place: PLACE.to_owned(), runs: runs().await? }),
        Errand::ReadLog { run } => {
            let log = read_log(&run).await?;
            office.tell(News::RunLog { run, log });
        }
        Errand::OpenModel { model: ModelSource::Shipped } => {
            show(office, Model::shipped().map_err(|error| error.to_string())?);
        }
        Errand::OpenModel { model: ModelSource::Run { run } } => {
            let bytes = load(&run, CHECKPOINT).await?;
            show(office, Model::from_bytes(&run, &bytes).map_err(|error| error.to_string())?);
        }
        Errand::OpenModel { model: ModelSource::Choose } | Errand::ChooseRecipe | Errand::ChooseData => {
            let chosen = files::choose().await;
            if !chosen.is_empty() {
                take_files(office, chosen).await?;
            }
        }
        Errand::Export { run, stage, format } => export(office, &run, &stage, format).await?,
        Errand::SaveFile { name, bytes } => download(office, &name, &bytes)?,
        // Dropped files are taken by the page itself, which can read them; there is no file manager.
        Errand::Dropped { .. } | Errand::ShowFolder { .. } => {}
    }
    Ok(())
}

/// Files that the user chose or dropped: a recipe, a network, a checkpoint to go on from, or four IDX files of digits.
///
/// # Errors
/// A sentence on what is wrong with them.
pub async fn take_files(office: &Office, mut given: Vec<(String, Vec<u8>)>) -> Result<(), String> {
    if let Some(digits) = files::four_idx(&mut given)? {
        office.give("the given digits".to_owned(), digits);
        return Ok(());
    }
    for (name, bytes) in given {
        if name.ends_with(".toml") {
            let text =
                String::from_utf8(bytes).map_err(|_| format!("{name} is no text: expected a recipe"))?;
            let recipe = Recipe::from_toml(&text).map_err(|error| format!("{name}: {error}"))?;
            office.tell(News::Recipe(Box::new(recipe)));
        } else if name.ends_with(".safetensors") {
            take_network(office, &name, &bytes).await?;
        } else {
            return Err(format!(
                "{name} was left unread: expected a recipe (.toml), a network or checkpoint (.safetensors), or MNIST's four IDX files together"
            ));
        }
    }
    Ok(())
}

/// Looks at a network; a checkpoint is kept as a run, too, so that it can go on.
async fn take_network(office: &Office, name: &str, bytes: &[u8]) -> Result<(), String> {
    let model = Model::from_bytes(name, bytes).map_err(|error| format!("{name}: {error}"))?;
    show(office, model);
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes) else { return Ok(()) };
    let store = Store::open().await.map_err(|error| error.to_string())?;
    let run = store.new_name(&checkpoint.recipe.name).await.map_err(|error| error.to_string())?;
    let recipe = checkpoint.recipe.to_toml().map_err(|error| error.to_string())?;
    let mut log = Vec::new();
    for event in &checkpoint.progress.log {
        serde_json::to_writer(&mut log, event).map_err(|error| error.to_string())?;
        log.push(b'\n');
    }
    for (file, content) in [("recipe.toml", recipe.as_bytes()), ("metrics.jsonl", &log), (CHECKPOINT, bytes)]
    {
        store.save(&run, file, content).await.map_err(|error| error.to_string())?;
    }
    office.tell(News::Saved { place: format!("{name} as the run {run}: it can be resumed from Runs") });
    office.tell(News::Runs { place: PLACE.to_owned(), runs: runs().await? });
    Ok(())
}

fn show(office: &Office, model: Model) {
    office.show(Snapshot { moment: Moment::default(), model });
}

async fn devices() -> News {
    let adapters = GpuEngine::adapters().await;
    let automatic = match engines::why_no_gpu(&adapters) {
        None => "`auto` takes the GPU".to_owned(),
        Some(reason) => format!("`auto` takes the CPU: {reason}"),
    };
    let mut devices: Vec<Device> = adapters.iter().map(device).collect();
    let facts = vec![("threads".to_owned(), "1".to_owned()), ("vectors".to_owned(), "simd128".to_owned())];
    devices.push(Device { kind: EngineKind::Cpu, name: "CPU".to_owned(), software: false, facts });
    News::Devices { devices, automatic }
}

fn device(adapter: &AdapterSummary) -> Device {
    const MIB: u64 = 1 << 20;
    let facts = [
        ("interface", "WebGPU".to_owned()),
        ("storage buffers", adapter.storage_buffers.to_string()),
        ("largest binding", format!("{} MiB", adapter.storage_binding_bytes / MIB)),
        ("largest buffer", format!("{} MiB", adapter.buffer_bytes / MIB)),
        ("workgroup memory", format!("{} KiB", adapter.workgroup_memory_bytes / 1024)),
        ("features", adapter.features.join(", ")),
    ];
    Device {
        kind: EngineKind::Gpu,
        name: adapter.name.clone(),
        software: adapter.software,
        facts: facts.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

async fn load(run: &str, file: &str) -> Result<Vec<u8>, String> {
    let store = Store::open().await.map_err(|error| error.to_string())?;
    let found = store.load(run, file).await.map_err(|error| error.to_string())?;
    found.ok_or_else(|| format!("the run {run} has no {file} in this browser"))
}

/// All runs, the newest first.
async fn runs() -> Result<Vec<RunEntry>, String> {
    let store = Store::open().await.map_err(|error| error.to_string())?;
    let mut runs = Vec::new();
    for run in store.runs().await.map_err(|error| error.to_string())? {
        let text = async |file: &str| match store.load(&run, file).await {
            Ok(found) => Ok(String::from_utf8(found.unwrap_or_default()).unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        };
        let files = RunFiles {
            recipe: text("recipe.toml").await,
            metrics: text("metrics.jsonl").await,
            saved_at: store.saved_at(&run).await.map_err(|error| error.to_string())?,
            has_checkpoint: store.load(&run, CHECKPOINT).await.is_ok_and(|found| found.is_some()),
        };
        runs.push(RunEntry::new(Path::new(&run), &files));
    }
    runs.sort_by(|a, b| b.saved_at.cmp(&a.saved_at).then_with(|| a.name.cmp(&b.name)));
    Ok(runs)
}

async fn read_log(run: &str) -> Result<Vec<Event>, String> {
    let bytes = load(run, "metrics.jsonl").await?;
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let read = |line| serde_json::from_slice(line).map_err(|error| format!("{run}/metrics.jsonl: {error}"));
    lines.map(read).collect()
}

async fn export(office: &Office, run: &str, stage: &str, format: ExportFormat) -> Result<(), String> {
    let bytes = load(run, &format!("{stage}.safetensors")).await?;
    match format {
        ExportFormat::Safetensors => download(office, &format!("{run}-{stage}.safetensors"), &bytes),
        ExportFormat::Onnx => {
            let model = Model::from_bytes(stage, &bytes).map_err(|error| error.to_string())?;
            let bytes = model.to_onnx(false).map_err(|error| error.to_string())?;
            download(office, &format!("{run}-{stage}.onnx"), &bytes)
        }
    }
}

fn download(office: &Office, name: &str, bytes: &[u8]) -> Result<(), String> {
    files::download(name, bytes).map_err(|_| format!("this browser cannot save {name}"))?;
    office.tell(News::Saved { place: format!("{name} among this browser's downloads") });
    Ok(())
}
