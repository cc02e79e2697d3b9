//! PyTorch: a virtual environment with what `tests/peers/pytorch` asks for.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::Setting;
use super::contender::Contender;
use super::results::Who;
use crate::setup::runs;

/// glibc's malloc keeps what was freed, instead of giving it back after each step and having it zeroed anew.
const KEEP_MEMORY: [(&str, &str); 2] = [("MALLOC_MMAP_MAX_", "0"), ("MALLOC_TRIM_THRESHOLD_", "17179869184")];

const EAGER: Who = Who {
    id: "pytorch-eager",
    name: "PyTorch, as the experiment runs it",
    allowed: "contiguous NCHW, everything at its default",
};
const TUNED: Who = Who {
    id: "pytorch-tuned",
    name: "PyTorch, tuned",
    allowed: "channels_last, fused optimizer, memory kept by malloc",
};
const COMPILED: Who = Who {
    id: "pytorch-compile",
    name: "PyTorch, torch.compile",
    allowed: "as tuned, forward and backward by torch.compile's inductor",
};
const CUDA: [Who; 3] = [
    Who { id: "pytorch-cuda-eager", name: "PyTorch on CUDA, eager", allowed: "contiguous NCHW, f32" },
    Who {
        id: "pytorch-cuda-tuned",
        name: "PyTorch on CUDA, tuned",
        allowed: "channels_last, fused optimizer, cuDNN's search, f32",
    },
    Who {
        id: "pytorch-cuda-compile",
        name: "PyTorch on CUDA, torch.compile",
        allowed: "as tuned, max-autotune, f32",
    },
];
const MODES: [&str; 3] = ["eager", "tuned", "compile"];

/// Its interpreter, with everything that it imports.
pub fn prepare(folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("python");
    let interpreter = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let there = interpreter.exists() || runs(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    if !there {
        bail!("no Python 3 with venv (Debian, Ubuntu: apt install python3-venv)");
    }
    println!("» PyTorch, into {}", environment.display());
    let mut install = Command::new(&interpreter);
    install.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    if !install.arg(super::folder_of("pytorch").join("requirements.txt")).status()?.success() {
        bail!("pip could not install what tests/peers/pytorch/requirements.txt asks for");
    }
    Ok(interpreter)
}

/// Its settings on this machine, for input of `resolution`.
pub fn contenders(interpreter: &Path, resolution: usize, setting: &Setting) -> Vec<Contender> {
    let cuda = runs(Command::new(interpreter).args(["-c", "import torch; assert torch.cuda.is_available()"]));
    let mut contenders = Vec::new();
    for (device, everyone) in [("cpu", [EAGER, TUNED, COMPILED]), ("cuda", CUDA)] {
        if device == "cuda" && !cuda {
            continue;
        }
        for (who, mode) in everyone.into_iter().zip(MODES) {
            let (case, script) = (super::case(), super::folder_of("pytorch").join("train.py"));
            let mut arguments = vec![script.display().to_string(), case.display().to_string()];
            let (resolution, windows) = (resolution.to_string(), setting.windows.to_string());
            let window_seconds = setting.window_seconds.to_string();
            let flags = [
                ("--resolution", resolution.as_str()),
                ("--mode", mode),
                ("--device", device),
                ("--windows", &windows),
                ("--window-seconds", &window_seconds),
            ];
            arguments.extend(flags.iter().flat_map(|&(name, value)| [name.to_owned(), value.to_owned()]));
            let environment = if mode == "eager" { Vec::new() } else { KEEP_MEMORY.to_vec() };
            let (program, losses) = (interpreter.to_owned(), Vec::new());
            contenders.push(Contender { who, program, arguments, environment, losses });
        }
    }
    contenders
}
