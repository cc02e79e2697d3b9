//! `bench-peers`: nin and what people would use instead train the same network by turns on this machine; the outcome is
//! `docs/benchmarks.md`. The peers are programs of their own in `tests/peers`.

mod aims;
mod burn;
mod contender;
mod nin;
mod page;
mod pytorch;
mod report;
mod results;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use contender::{Contender, Reading};
use nin::Nin;
use results::{LeftOut, Section};

#[derive(clap::Args)]
pub struct Options {
    /// Compare only with these.
    #[arg(long, value_name = "PEERS", value_delimiter = ',', default_value = "pytorch,burn,tensorflow-js")]
    only: Vec<Peer>,
    /// Sides of the input.
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', default_value = "28,224")]
    resolution: Vec<usize>,
    /// How often everyone has a turn.
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// One round of short turns: to see whether everything runs.
    #[arg(long)]
    quick: bool,
    /// Burn's back ends.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "flex,wgpu")]
    burn: Vec<burn::BackEnd>,
    /// Where the peers are set up and the results are kept; otherwise target/peers, or what NIN_PEERS names.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Set the peers up, and measure nothing.
    #[arg(long)]
    setup: bool,
}

/// Whom nin is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Peer {
    Pytorch,
    Burn,
    TensorflowJs,
}

/// How long a turn is.
struct Setting {
    /// Measurements in a turn.
    windows: usize,
    /// Each takes about this long, and at least a step.
    window_seconds: f64,
}

/// The peers that could be set up, and the others.
struct Peers {
    python: Option<PathBuf>,
    burn: Vec<(burn::BackEnd, PathBuf)>,
    browser: Option<PathBuf>,
    left_out: Vec<(Peer, LeftOut)>,
}

pub fn run(options: &Options) -> Result<()> {
    let from_environment = std::env::var_os("NIN_PEERS").map(PathBuf::from);
    let folder = options.folder.clone().or(from_environment);
    let folder = folder.unwrap_or_else(|| crate::web::target_folder().join("peers"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let outside_browser = options.only.iter().any(|&peer| peer != Peer::TensorflowJs);
    if outside_browser {
        crate::setup::prepare_vulkan(false);
    }
    let nin = Nin::build()?;
    let peers = Peers::prepare(options, &folder);
    if options.setup {
        return Ok(());
    }
    let results = folder.join("results");
    let setting = match options.quick {
        true => Setting { windows: 1, window_seconds: 0.05 },
        false => Setting { windows: 3, window_seconds: 0.3 },
    };
    if outside_browser {
        for &resolution in &options.resolution {
            native(options, &folder, &nin, &peers, resolution, &setting)?.save(&results)?;
        }
    }
    if options.only.contains(&Peer::TensorflowJs) {
        let mut section = empty_section("browser", "28×28, in a browser", &nin.version, options.rounds());
        section.left_out = peers.left_out(&[Peer::TensorflowJs]);
        if let Some(browser) = &peers.browser {
            println!("» {}", section.title);
            page::measure(&mut section, browser, &setting, &nin.losses(28)?)?;
        }
        section.save(&results)?;
    }
    let document = crate::root().join("docs/benchmarks.md");
    fs::write(&document, report::document(&results::load(&results)?))
        .with_context(|| format!("cannot write {}", document.display()))?;
    println!("{} is written, from {}", document.display(), results.display());
    Ok(())
}

impl Options {
    fn rounds(&self) -> usize {
        if self.quick { 1 } else { self.rounds.max(1) }
    }
}

impl Peers {
    fn prepare(options: &Options, folder: &Path) -> Self {
        let mut peers = Peers { python: None, burn: Vec::new(), browser: None, left_out: Vec::new() };
        for &peer in &options.only {
            match peer {
                Peer::Pytorch => peers.python = peers.keep(peer, "PyTorch", pytorch::prepare(folder)),
                Peer::Burn => {
                    for &back_end in &options.burn {
                        let prepared = burn::prepare(folder, back_end);
                        let program = peers.keep(peer, back_end.who().name, prepared);
                        peers.burn.extend(program.map(|program| (back_end, program)));
                    }
                }
                Peer::TensorflowJs => peers.browser = peers.keep(peer, "TensorFlow.js", page::prepare()),
            }
        }
        peers
    }

    /// What was prepared; otherwise `name` is left out.
    fn keep(&mut self, peer: Peer, name: &str, prepared: Result<PathBuf>) -> Option<PathBuf> {
        let error = match prepared {
            Ok(path) => return Some(path),
            Err(error) => error,
        };
        println!("» {name} is left out: {error:#}");
        self.left_out.push((peer, LeftOut { name: name.to_owned(), why: format!("{error:#}") }));
        None
    }

    /// Those of `kinds` that could not be set up.
    fn left_out(&self, kinds: &[Peer]) -> Vec<LeftOut> {
        let of_kinds = self.left_out.iter().filter(|(peer, _)| kinds.contains(peer));
        of_kinds.map(|(_, left)| left.clone()).collect()
    }
}

/// nin and the native peers by turns, with input of one size.
fn native(
    options: &Options,
    folder: &Path,
    nin: &Nin,
    peers: &Peers,
    resolution: usize,
    setting: &Setting,
) -> Result<Section> {
    let title = format!("{resolution}×{resolution}");
    let mut section = empty_section(&resolution.to_string(), &title, &nin.version, options.rounds());
    section.left_out = peers.left_out(&[Peer::Pytorch, Peer::Burn]);
    let reference = nin.losses(resolution)?;
    let mut contenders = vec![nin.cpu(folder, resolution)?];
    match nin.gpu(folder, resolution) {
        Ok(contender) => contenders.push(contender),
        Err(error) => section.leave_out(nin::GPU, format!("{error:#}")),
    }
    let python = peers.python.iter();
    contenders.extend(python.flat_map(|python| pytorch::contenders(python, resolution, setting)));
    contenders.extend(burn::contenders(&peers.burn, resolution, setting));
    for round in 1..=section.rounds {
        for contender in &contenders {
            turn(&mut section, contender, &reference, round);
        }
    }
    Ok(section)
}

/// One turn of `contender`, unless it is out.
fn turn(section: &mut Section, contender: &Contender, reference: &[f64], round: usize) {
    let who = contender.who;
    if section.is_left_out(who) {
        return;
    }
    let reading = contender.turn();
    match &reading {
        Ok(Reading { step_seconds, .. }) => {
            println!("» {}, round {round}: {} {:.2} ms", section.title, who.name, 1e3 * step_seconds);
        }
        Err(error) => println!("» {}: {} is left out: {error:#}", section.title, who.name),
    }
    section.add(who, reading, reference);
}

fn empty_section(key: &str, title: &str, nin: &str, rounds: usize) -> Section {
    Section {
        key: key.to_owned(),
        title: title.to_owned(),
        machine: machine(),
        nin: nin.to_owned(),
        rounds,
        measured: Vec::new(),
        left_out: Vec::new(),
    }
}

/// The processor's name, where the system tells, and its cores.
fn machine() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = name.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{name}, {cores} cores, {}", std::env::consts::OS)
}

/// The recorded case that everyone trains.
fn case() -> PathBuf {
    crate::root().join("tests/golden/v2_28_global_b60.safetensors")
}

/// Where a peer's program lies.
fn folder_of(peer: &str) -> PathBuf {
    crate::root().join("tests/peers").join(peer)
}
