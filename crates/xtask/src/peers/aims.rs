//! How much faster than others nin wants to be.

use super::results::{Measured, Section};

/// In a section, one of nin's against the fastest of some others.
struct Aim {
    section: &'static str,
    /// With the adapter's name in place of `{adapter}`.
    text: &'static str,
    nin: &'static str,
    others: &'static [&'static str],
    /// Their step must take at least this many times as long; without it the ratio is only shown.
    least: Option<f64>,
}

const PYTORCH_BEST: &[&str] = &["pytorch-tuned", "pytorch-compile"];
const BURN: &[&str] = &["burn-flex", "burn-ndarray"];
const BURN_GPU: &str = "burn-wgpu";
const CUDA: &[&str] = &["pytorch-cuda-eager", "pytorch-cuda-tuned"];

#[rustfmt::skip]
const AIMS: [Aim; 12] = [
    Aim { section: "28", text: "CPU engine against the best of PyTorch on the CPU", nin: "nin-cpu", others: &["pytorch-eager", "pytorch-tuned", "pytorch-compile"], least: Some(3.0) },
    Aim { section: "28", text: "GPU engine on {adapter} against PyTorch eager on CUDA", nin: "nin-gpu", others: &["pytorch-cuda-eager"], least: Some(5.0) },
    Aim { section: "28", text: "GPU engine on {adapter} against Burn on wgpu without autotune, same adapter", nin: "nin-gpu", others: &[BURN_GPU], least: None },
    Aim { section: "224", text: "CPU engine against PyTorch on the CPU, best tuned", nin: "nin-cpu", others: PYTORCH_BEST, least: Some(2.0) },
    Aim { section: "224", text: "CPU engine against PyTorch on the CPU, as the experiment runs it", nin: "nin-cpu", others: &["pytorch-eager"], least: Some(10.0) },
    Aim { section: "224", text: "CPU engine against the best of Burn's CPU back ends", nin: "nin-cpu", others: BURN, least: Some(20.0) },
    Aim { section: "224", text: "GPU engine on {adapter} against PyTorch on the CPU, as the experiment runs it", nin: "nin-gpu", others: &["pytorch-eager"], least: Some(2.0) },
    Aim { section: "224", text: "GPU engine on {adapter} against PyTorch eager on CUDA, whichever setting is best", nin: "nin-gpu", others: CUDA, least: Some(3.0) },
    Aim { section: "224", text: "GPU engine on {adapter} against torch.compile, max-autotune, on CUDA", nin: "nin-gpu", others: &["pytorch-cuda-compile"], least: Some(1.5) },
    Aim { section: "224", text: "GPU engine on {adapter} against Burn on wgpu without autotune, same adapter", nin: "nin-gpu", others: &[BURN_GPU], least: None },
    Aim { section: "browser", text: "WebGPU against TensorFlow.js on WebGPU", nin: "nin-webgpu", others: &["tensorflow-webgpu"], least: Some(30.0) },
    Aim { section: "browser", text: "CPU engine in wasm against TensorFlow.js's plain CPU back end", nin: "nin-wasm", others: &["tensorflow-cpu"], least: Some(100.0) },
];

/// What became of an aim.
#[derive(Debug, PartialEq)]
pub struct Reached {
    /// What was compared with what.
    pub text: String,
    pub least: Option<f64>,
    /// How many times as fast nin is.
    pub ratio: f64,
}

/// The aims of a section that both sides were measured for.
pub fn reached(section: &Section) -> Vec<Reached> {
    let of_section = AIMS.iter().filter(|aim| aim.section == section.key);
    let reach = |aim: &Aim| {
        let nin = section.find(aim.nin)?;
        let others = aim.others.iter().filter_map(|id| section.find(id));
        let others = others.filter(|other| comparable(nin, other));
        let ratio = others.map(Measured::step_seconds).reduce(f64::min)? / nin.step_seconds();
        Some(Reached { text: aim.text.replace("{adapter}", &nin.device), least: aim.least, ratio })
    };
    of_section.filter_map(reach).collect()
}

/// Burn chooses an adapter itself: only on nin's own does it count.
fn comparable(nin: &Measured, other: &Measured) -> bool {
    other.id != BURN_GPU || other.device == nin.device
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(id: &str, device: &str, seconds: f64) -> Measured {
        Measured {
            id: id.to_owned(),
            name: id.to_owned(),
            allowed: String::new(),
            version: String::new(),
            device: device.to_owned(),
            step_seconds: vec![seconds],
            first_step_seconds: seconds,
            memory: None,
            loss_error: None,
        }
    }

    #[test]
    fn burn_on_wgpu_is_compared_on_one_adapter() {
        let mut section = super::super::empty_section("28", "title", "nin", 1);
        section.measured =
            vec![measured("nin-gpu", "an adapter", 0.5), measured("burn-wgpu", "another adapter", 4.0)];
        assert_eq!(reached(&section), []);
        section.measured[1].device = "an adapter".to_owned();
        let text = "GPU engine on an adapter against Burn on wgpu without autotune, same adapter".to_owned();
        assert_eq!(reached(&section), [Reached { text, least: None, ratio: 8.0 }]);
        section.measured.truncate(1);
        assert_eq!(reached(&section), []);
    }
}
