//! A trained network to look at and to ask, out of any file that a run leaves behind.

use nin_net::{Layout, NetworkSpec, OnnxOptions, load_tensors, onnx, read_metadata, save_tensors};
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, CheckpointError};

/// The entry of a stage file's metadata that says which network its parameters belong to.
pub(crate) const SPEC: &str = "spec";

/// A trained network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// For people: a file's name, or what came with the program.
    pub name: String,
    /// What it is made of.
    pub spec: NetworkSpec,
    /// Flat, in the order of [`Layout`].
    pub parameters: Vec<f32>,
}

impl Model {
    /// Reads a checkpoint (`last.safetensors`) or a finished stage (`v2.safetensors`).
    ///
    /// # Errors
    /// One sentence on what is wrong with the file; `name` is not part of it.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Model, CheckpointError> {
        let metadata = read_metadata(bytes)?;
        let (spec, parameters) = match metadata.get(SPEC) {
            Some(json) => stage(json, bytes)?,
            None if metadata.contains_key("recipe") => checkpoint(bytes)?,
            None => return Err(CheckpointError::NoNetwork),
        };
        Ok(Model { name: name.to_owned(), spec, parameters })
    }

    /// A file like a finished stage's: PyTorch's names, and which network it is.
    ///
    /// # Errors
    /// If the parameters are not as many as the network has.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let damaged = |what: String| CheckpointError::Metadata { key: SPEC, what };
        let layout = Layout::new(&self.spec).map_err(|error| damaged(error.to_string()))?;
        let spec = serde_json::to_string(&self.spec).map_err(|error| damaged(error.to_string()))?;
        let metadata =
            [("format", "pt".to_owned()), (SPEC, spec)].map(|(key, value)| (key.to_owned(), value));
        Ok(save_tensors(&layout, &[("", &self.parameters)], &metadata.into())?)
    }

    /// For any ONNX runtime, the same bytes wherever it is exported. The metadata say which network it is and how images become
    /// its input; `with_preprocessing` puts that into the graph, which then takes bytes `[N, 28, 28]`.
    ///
    /// # Errors
    /// If the parameters are not as many as the network has.
    pub fn to_onnx(&self, with_preprocessing: bool) -> Result<Vec<u8>, CheckpointError> {
        let damaged = |what: String| CheckpointError::Metadata { key: SPEC, what };
        let layout = Layout::new(&self.spec).map_err(|error| damaged(error.to_string()))?;
        let spec = serde_json::to_string(&self.spec).map_err(|error| damaged(error.to_string()))?;
        let metadata = [(SPEC.to_owned(), spec)].into();
        let options = OnnxOptions { name: "nin".to_owned(), with_preprocessing, metadata };
        onnx(&layout, &self.parameters, &options).map_err(|error| damaged(error.to_string()))
    }

    /// The model that comes with the program: `modern` trained on MNIST (`assets/README.md` says how, and how good it is).
    ///
    /// # Errors
    /// Only if the program was built with a damaged file.
    pub fn shipped() -> Result<Model, CheckpointError> {
        let bytes = include_bytes!("../../../assets/model/v2.safetensors");
        Model::from_bytes("the model that comes with nin", bytes)
    }
}

fn stage(json: &str, bytes: &[u8]) -> Result<(NetworkSpec, Vec<f32>), CheckpointError> {
    let damaged = |what: String| CheckpointError::Metadata { key: SPEC, what };
    let spec = serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
    let layout = Layout::new(&spec).map_err(|error| damaged(error.to_string()))?;
    let parameters = load_tensors(&layout, bytes, "")?;
    Ok((spec, parameters))
}

fn checkpoint(bytes: &[u8]) -> Result<(NetworkSpec, Vec<f32>), CheckpointError> {
    let checkpoint = Checkpoint::from_bytes(bytes)?;
    Ok((checkpoint.recipe.spec(checkpoint.position.stage), checkpoint.state.parameters))
}
