//! `nin export` and `nin import`: trained networks for other programs, and from them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use nin_net::{Layout, load_pytorch, pytorch_snippet};
use nin_train::format::{counted, grouped};
use nin_train::{BUILT_IN, Model, save_file};

use crate::output::say;
use crate::{advice, model, recipe};

/// Flags of `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// A run's folder, a checkpoint, or a stage's file.
    checkpoint: PathBuf,
    /// What to make of it.
    #[arg(long, value_enum)]
    format: Format,
    /// Where to write it; otherwise beside CHECKPOINT, and a snippet onto the standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Let the ONNX graph take bytes [N, 28, 28] and prepare them itself.
    #[arg(long)]
    with_preprocessing: bool,
}

/// Values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The parameters alone, under PyTorch's names.
    Safetensors,
    /// A graph that other runtimes compute.
    Onnx,
    /// Python that builds the network in PyTorch and loads the parameters.
    PytorchSnippet,
}

/// Flags of `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Parameters under PyTorch's names: `safetensors.torch.save_file(net.state_dict(), FILE)`.
    file: PathBuf,
    /// The recipe that has the network: `modern` (the default), `seed`, or a TOML file.
    #[arg(long, value_name = "NAME|FILE")]
    recipe: Option<String>,
    /// The recipe's stage that the network is; otherwise its last.
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes a trained network in another form.
pub fn export(arguments: &ExportArguments) -> Result<()> {
    if arguments.with_preprocessing && arguments.format != Format::Onnx {
        advice::usage(
            "--with-preprocessing is for --format onnx: the other formats hold no graph that could have it",
        );
    }
    let (file, model) = model::load(&arguments.checkpoint)?;
    let layout = Layout::new(&model.spec)?;
    let (bytes, ending) = match arguments.format {
        Format::Safetensors => (model.to_bytes()?, "pytorch.safetensors"),
        Format::Onnx => (model.to_onnx(arguments.with_preprocessing)?, "onnx"),
        Format::PytorchSnippet => (pytorch_snippet(&layout, &file.display().to_string()).into_bytes(), "py"),
    };
    match &arguments.out {
        None if arguments.format == Format::PytorchSnippet => {
            say(String::from_utf8_lossy(&bytes).trim_end());
            Ok(())
        }
        out => write(&out.clone().unwrap_or_else(|| file.with_extension(ending)), &file, &bytes, &model),
    }
}

/// Reads parameters that PyTorch saved and writes them as a stage's file, which the other commands take.
pub fn import(arguments: &ImportArguments) -> Result<()> {
    let file = arguments.file.display();
    let recipe = recipe::load(arguments.recipe.as_deref().unwrap_or(BUILT_IN[0].0))?;
    let stages: Vec<&str> = recipe.stages.iter().map(|stage| stage.name.as_str()).collect();
    let index = match &arguments.stage {
        None => stages.len() - 1,
        Some(name) => match stages.iter().position(|stage| stage == name) {
            Some(index) => index,
            None => bail!(
                "the recipe {} has no stage `{name}`: expected one of {}",
                recipe.name,
                stages.join(", ")
            ),
        },
    };
    let spec = recipe.spec(index);
    let bytes = fs::read(&arguments.file).with_context(|| format!("cannot read {file}"))?;
    let fits = || {
        format!(
            "{file} cannot be read as stage {} of the recipe {}; --recipe and --stage name another network",
            stages[index], recipe.name
        )
    };
    let parameters = load_pytorch(&Layout::new(&spec)?, &bytes).with_context(fits)?;
    let bytes = Model { name: file.to_string(), spec, parameters }.to_bytes()?;
    // Whatever the other commands would refuse is refused here.
    let model =
        Model::from_bytes(&file.to_string(), &bytes).with_context(|| format!("{file} cannot be used"))?;
    write(&arguments.out, &arguments.file, &bytes, &model)
}

/// Writes a file whole, never over the one that it was made of.
fn write(out: &Path, source: &Path, bytes: &[u8], model: &Model) -> Result<()> {
    let same = |source: PathBuf| fs::canonicalize(out).is_ok_and(|out| out == source);
    if fs::canonicalize(source).is_ok_and(same) {
        bail!("{} is the file that is read: choose another place with --out", out.display());
    }
    save_file(out, bytes)?;
    let (out, parameters) = (out.display(), counted(model.parameters.len(), "parameter"));
    say(&format!("wrote {out}: {parameters}, {} bytes", grouped(bytes.len())));
    Ok(())
}
