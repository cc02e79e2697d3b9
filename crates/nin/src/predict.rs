//! `nin predict`: the digits in pictures.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use nin_data::{normalise_drawing, read_picture};
use nin_train::format::percent;
use nin_train::{Model, Prediction};
use serde_json::{Value, json};

use crate::arguments::PredictArguments;
use crate::output::{complain, say, sentence};
use crate::{model, table};

/// Larger files are no pictures of a digit.
const MOST_BYTES: u64 = 256 << 20;
/// Side of what is made of a picture.
const SIDE: usize = 28;

/// Reads every picture and tells its digit; fails if one has none.
pub fn run(arguments: &PredictArguments) -> Result<ExitCode> {
    let model = match &arguments.checkpoint {
        Some(path) => model::load(path)?.1,
        None => Model::shipped()?,
    };
    let results: Vec<(String, Result<Prediction>)> = if arguments.json {
        let told = arguments.images.iter().map(|path| {
            let (name, result) = of_file(&model, path);
            say(&line(&name, &result).to_string());
            (name, result)
        });
        told.collect()
    } else {
        let results: Vec<_> = arguments.images.iter().map(|path| of_file(&model, path)).collect();
        tell(&results);
        results
    };
    let mut code = ExitCode::SUCCESS;
    for (_, result) in results {
        if let Err(error) = result {
            complain(&format!("error: {}", sentence(&error)));
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

fn of_file(model: &Model, path: &Path) -> (String, Result<Prediction>) {
    let name = path.display().to_string();
    let result = read(path, &name).and_then(|image| of_image(model, &image));
    (name, result)
}

/// What MNIST would have had for a picture.
fn read(path: &Path, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot read the picture {name}"))?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read the picture {name}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{name}: expected a picture, found a file of over {} MiB", MOST_BYTES >> 20);
    }
    let ink = read_picture(name, &bytes)?;
    normalise_drawing(&ink).ok_or_else(|| anyhow!("{name}: nothing drawn"))
}

fn of_image(model: &Model, image: &[u8]) -> Result<Prediction> {
    let activations = nin_cpu::activations(&model.spec, &model.parameters, SIDE, image)?;
    let logits = activations.last().map_or(&[][..], |head| &head.values);
    Ok(nin_train::predict(0, logits))
}

fn line(name: &str, result: &Result<Prediction>) -> Value {
    match result {
        Ok(prediction) => {
            json!({ "image": name, "prediction": prediction.digit, "probabilities": prediction.probabilities })
        }
        Err(error) => json!({ "image": name, "error": sentence(error) }),
    }
}

/// A table of what could be read.
fn tell(results: &[(String, Result<Prediction>)]) {
    let head = ["image", "digit", "probability", "if not that"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(results.iter().filter_map(|(name, result)| Some(row(name, result.as_ref().ok()?))));
    if rows.len() > 1 {
        table::align(&rows, 1).iter().for_each(|line| say(line));
    }
}

fn row(name: &str, prediction: &Prediction) -> [String; 4] {
    let percent = |digit: usize| percent(100.0 * f64::from(prediction.probabilities[digit]));
    let others = (0..prediction.probabilities.len()).filter(|&digit| digit != prediction.digit);
    let second = others.max_by(|&a, &b| prediction.probabilities[a].total_cmp(&prediction.probabilities[b]));
    let second = second.map_or_else(String::new, |digit| format!("{digit}, {}", percent(digit)));
    [name.to_owned(), prediction.digit.to_string(), percent(prediction.digit), second]
}
