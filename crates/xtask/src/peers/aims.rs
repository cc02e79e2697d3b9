//! How much faster than others nin wants to be.

use super::results::Section;

/// An aim: in a section, one of nin's against the fastest of some others.
pub struct Aim {
    section: &'static str,
    pub text: &'static str,
    nin: &'static str,
    others: &'static [&'static str],
    /// Their step must take at least this many times as long.
    pub least: f64,
}

const PYTORCH_BEST: &[&str] = &["pytorch-tuned", "pytorch-compile"];
const BURN: &[&str] = &["burn-flex", "burn-ndarray"];
const CUDA: &[&str] = &["pytorch-cuda-eager", "pytorch-cuda-tuned"];

#[rustfmt::skip]
const AIMS: [Aim; 10] = [
    Aim { section: "28", text: "CPU engine against the best of PyTorch on the CPU", nin: "nin-cpu", others: &["pytorch-eager", "pytorch-tuned", "pytorch-compile"], least: 3.0 },
    Aim { section: "28", text: "GPU engine against PyTorch eager on CUDA", nin: "nin-gpu", others: &["pytorch-cuda-eager"], least: 5.0 },
    Aim { section: "224", text: "CPU engine against PyTorch on the CPU, best tuned", nin: "nin-cpu", others: PYTORCH_BEST, least: 2.0 },
    Aim { section: "224", text: "CPU engine against PyTorch on the CPU, as the experiment runs it", nin: "nin-cpu", others: &["pytorch-eager"], least: 10.0 },
    Aim { section: "224", text: "CPU engine against the best of Burn's CPU back ends", nin: "nin-cpu", others: BURN, least: 20.0 },
    Aim { section: "224", text: "GPU engine (on lavapipe) against PyTorch on the CPU, as the experiment runs it", nin: "nin-gpu", others: &["pytorch-eager"], least: 2.0 },
    Aim { section: "224", text: "GPU engine against PyTorch eager on CUDA, whichever setting is best", nin: "nin-gpu", others: CUDA, least: 3.0 },
    Aim { section: "224", text: "GPU engine against torch.compile, max-autotune, on CUDA", nin: "nin-gpu", others: &["pytorch-cuda-compile"], least: 1.5 },
    Aim { section: "browser", text: "WebGPU against TensorFlow.js on WebGPU", nin: "nin-webgpu", others: &["tensorflow-webgpu"], least: 30.0 },
    Aim { section: "browser", text: "CPU engine in wasm against TensorFlow.js's plain CPU back end", nin: "nin-wasm", others: &["tensorflow-cpu"], least: 100.0 },
];

/// The aims of a section that both sides were measured for, each with how many times as fast nin is.
pub fn reached(section: &Section) -> Vec<(&'static Aim, f64)> {
    let of_section = AIMS.iter().filter(|aim| aim.section == section.key);
    let ratio = |aim: &Aim| {
        let nin = section.find(aim.nin)?.step_seconds();
        let others = aim.others.iter().filter_map(|id| section.find(id));
        Some(others.map(|other| other.step_seconds()).reduce(f64::min)? / nin)
    };
    of_section.filter_map(|aim| Some((aim, ratio(aim)?))).collect()
}
