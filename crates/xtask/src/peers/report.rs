//! `docs/benchmarks.md` from what was measured.

use super::aims;
use super::results::{BATCH, Measured, Section};

const HEAD: &str = "\
# How fast nin is beside others

<!-- Written by `cargo xtask bench-peers`: to change a number, measure again. -->

What is measured is a training step of v2 (5,010 parameters): forward, softmax cross-entropy, backward and SGD with momentum, in
f32, on a batch of 60. Every program starts from the same parameters and images, those of
`tests/golden/v2_28_global_b60.safetensors`, and counts only if its losses, before the first step and after up to five more, are
within 1e-4 of nin's. They take turns, one process after another, several rounds over: a turn first makes a step that does not
count and finds out how many steps take 0.3 s, then measures some such windows. The tables give the median over rounds of each
round's median, and the fastest and slowest round. Numbers from different machines, or from different runs, are not comparable;
ratios within a table are.

nin's step also gathers, resizes and normalises its images; the others are given them ready. *Memory* is the most that the whole
process held at once, as Linux counts it: without a GPU's own, and nin's with what `nin bench` takes to measure the machine's
ceilings; where a GPU's memory is the machine's own, as with a software adapter, it is in it. Of Burn's back ends those in plain Rust
and the one on wgpu, with kernels in WGSL, are measured; the latter without autotune, which is on by default in Burn: its kernels
are those that its rules choose. Its CPU back end through LLVM is not: its build fetches an LLVM that no package registry has.
Nor are those for GPUs of one maker (CUDA, ROCm, Metal) and the one with kernels in SPIR-V: the program in `tests/peers/burn` is not
built with them. An aim without a number is only a comparison, with Burn on nin's own adapter.
";

/// The whole document.
pub fn document(sections: &[Section]) -> String {
    let mut text = HEAD.to_owned();
    for section in sections {
        text.push('\n');
        text.push_str(&describe(section));
    }
    text
}

fn describe(section: &Section) -> String {
    let mut lines = vec![
        format!("## {}", section.title),
        String::new(),
        format!("{}. {}. {}.", section.machine, section.nin, rounds(section.rounds)),
        String::new(),
    ];
    lines.extend(table(&section.measured));
    let reached = aims::reached(section);
    if !reached.is_empty() {
        lines.extend(["", "| nin's aim | at least | measured |", "|---|--:|--:|"].map(str::to_owned));
    }
    for one in reached {
        let least = one.least.map_or("–".to_owned(), |least| format!("{least:.1}×"));
        lines.push(format!("| {} | {least} | {:.1}× |", one.text, one.ratio));
    }
    lines.push(String::new());
    lines.extend(section.measured.iter().map(allowance));
    let left_out = section.left_out.iter().map(|left| format!("- Left out: {}: {}.", left.name, left.why));
    lines.extend(left_out);
    lines.join("\n") + "\n"
}

fn rounds(count: usize) -> String {
    if count == 1 { "One round".to_owned() } else { format!("{count} rounds") }
}

fn table(measured: &[Measured]) -> Vec<String> {
    let Some(first) = measured.first() else { return vec!["Nothing was measured.".to_owned()] };
    let mut lines = vec![
        format!(
            "| | a step | fastest – slowest round | images/s | memory | {}'s step | first step |",
            first.name
        ),
        "|---|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for one in measured {
        let seconds = one.step_seconds();
        let (fastest, slowest) = one
            .step_seconds
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, most), &value| (least.min(value), most.max(value)));
        lines.push(format!(
            "| {} | {} | {} – {} | {} | {} | {:.2}× | {} |",
            one.name,
            milliseconds(seconds),
            milliseconds(fastest),
            milliseconds(slowest),
            three_digits(BATCH / seconds),
            one.memory.map_or("–".to_owned(), |bytes| format!("{} MB", three_digits(1e-6 * bytes as f64))),
            seconds / first.step_seconds(),
            milliseconds(one.first_step_seconds),
        ));
    }
    lines
}

fn allowance(one: &Measured) -> String {
    let by = [one.version.as_str(), &one.device].into_iter().filter(|part| !part.is_empty());
    let losses = match one.loss_error {
        Some(error) => format!("; losses within {error:.0e} of nin's"),
        None => String::new(),
    };
    format!("- {}: {} ({}){losses}.", one.name, one.allowed, by.collect::<Vec<_>>().join(", "))
}

fn milliseconds(seconds: f64) -> String {
    format!("{} ms", three_digits(1e3 * seconds))
}

/// At least three digits, thousands apart.
fn three_digits(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => {
            let digits = format!("{v:.0}");
            let grouped = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
            grouped.collect::<Vec<_>>().join(",")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::LeftOut;
    use super::*;

    fn measured(id: &str, name: &str, step_seconds: &[f64]) -> Measured {
        Measured {
            id: id.to_owned(),
            name: name.to_owned(),
            allowed: "its best".to_owned(),
            version: if id == "nin-cpu" { "" } else { "1.0" }.to_owned(),
            device: "2 threads".to_owned(),
            step_seconds: step_seconds.to_vec(),
            first_step_seconds: 0.5,
            memory: (id == "nin-cpu").then_some(123_456_789),
            loss_error: (id != "nin-cpu").then_some(2e-7),
        }
    }

    #[test]
    fn a_section_as_markdown() {
        let section = Section {
            key: "224".to_owned(),
            title: "224×224".to_owned(),
            machine: "A CPU, 2 cores".to_owned(),
            nin: "nin 0.1.0".to_owned(),
            rounds: 3,
            measured: vec![
                measured("nin-cpu", "nin", &[0.2, 0.1, 0.15]),
                measured("pytorch-eager", "PyTorch", &[3.84, 4.0, 3.0]),
            ],
            left_out: vec![LeftOut { name: "Burn".to_owned(), why: "it does not build".to_owned() }],
        };
        let expected = "\
## 224×224

A CPU, 2 cores. nin 0.1.0. 3 rounds.

| | a step | fastest – slowest round | images/s | memory | nin's step | first step |
|---|--:|--:|--:|--:|--:|--:|
| nin | 150 ms | 100 ms – 200 ms | 400 | 123 MB | 1.00× | 500 ms |
| PyTorch | 3,840 ms | 3,000 ms – 4,000 ms | 15.6 | – | 25.60× | 500 ms |

| nin's aim | at least | measured |
|---|--:|--:|
| CPU engine against PyTorch on the CPU, as the experiment runs it | 10.0× | 25.6× |

- nin: its best (2 threads).
- PyTorch: its best (1.0, 2 threads); losses within 2e-7 of nin's.
- Left out: Burn: it does not build.
";
        assert_eq!(describe(&section), expected);
        assert!(document(&[section]).ends_with(expected));
    }

    #[test]
    fn numbers_have_three_digits_and_thousands() {
        let all = [0.1234, 9.876, 12.34, 123.4, 1234.5, 1_234_567.0].map(three_digits);
        assert_eq!(all, ["0.12", "9.88", "12.3", "123", "1,234", "1,234,567"]);
    }
}
