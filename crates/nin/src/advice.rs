//! What to do with a finished run: commands that can be copied.

use std::env;
use std::path::Path;

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use nin_train::Summary;

use crate::arguments::Arguments;

/// How the program was started, so that the commands that it proposes work.
pub fn program() -> String {
    // Cargo tells the programs it runs where the package is.
    if env::var_os("CARGO_MANIFEST_DIR").is_some() {
        return "cargo run --release --".to_owned();
    }
    env::args_os().next().map_or("nin".to_owned(), |program| quoted(Path::new(&program)))
}

/// Ends the program as for flags that cannot be followed.
pub fn usage(message: &str) -> ! {
    Arguments::command().error(ErrorKind::ArgumentConflict, message).exit()
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    match path.chars().all(|c| c.is_alphanumeric() || "/\\.-_:".contains(c)) {
        true => path,
        false => format!("'{path}'"),
    }
}

/// Where a finished run is and what to try next.
pub fn after(summary: &Summary, folder: &Path) -> Vec<String> {
    let program = program();
    let recipe = quoted(&folder.join("recipe.toml"));
    let mut lines = vec![
        format!("saved in {}: open curves.svg there to see how it went", folder.display()),
        String::new(),
        "what to try next:".to_owned(),
        format!("  {program} --no-gui --recipe {recipe} --seed {}", summary.seed.wrapping_add(1) % (1 << 63)),
        "      the same with other chances: how much was luck?".to_owned(),
    ];
    if summary.data.starts_with("embedded") {
        lines.extend([
            format!("  {program} --no-gui --recipe {recipe} --data mnist"),
            "      learn from all 60,000 digits (downloaded once)".to_owned(),
        ]);
    }
    if let Some(stage) = summary.stages.last() {
        let name = format!("{}.safetensors", stage.stage);
        lines.extend([
            format!(
                "  net.load_state_dict(safetensors.torch.load_file(\"{}\"))",
                folder.join(name).display()
            ),
            format!(
                "      the trained {} in PyTorch; `{program} info {recipe}` names its layers",
                stage.stage
            ),
        ]);
    }
    lines
}
