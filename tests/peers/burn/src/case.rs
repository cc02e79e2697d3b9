//! A recorded case: parameters, images, labels.

use std::error::Error;

use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Int, Tensor, TensorData};
use safetensors::SafeTensors;

const MEAN: f32 = 0.1307;
const DEVIATION: f32 = 0.3081;

/// A case's file.
pub struct Case<'a> {
    file: SafeTensors<'a>,
    pub learning_rate: f64,
    pub momentum: f64,
}

impl<'a> Case<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Box<dyn Error>> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let number = |key: &str| -> Result<f64, Box<dyn Error>> {
            Ok(metadata.get(key).ok_or(format!("the case says no {key}"))?.parse()?)
        };
        let (learning_rate, momentum) = (number("lr")?, number("momentum")?);
        Ok(Case { file: SafeTensors::deserialize(bytes)?, learning_rate, momentum })
    }

    /// Places of the convolutions among the modules, in order.
    pub fn convolutions(&self) -> Vec<usize> {
        let place =
            |name: &str| name.strip_prefix("params0.features.")?.strip_suffix(".weight")?.parse().ok();
        let mut places: Vec<usize> = self.file.names().into_iter().filter_map(place).collect();
        places.sort_unstable();
        places
    }

    /// A parameter by PyTorch's name.
    pub fn parameter(&self, name: &str) -> Result<TensorData, Box<dyn Error>> {
        let tensor = self.file.tensor(&format!("params0.{name}"))?;
        let values: Vec<f32> =
            tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        Ok(TensorData::new(values, tensor.shape().to_vec()))
    }

    /// `[N, 1, resolution, resolution]`, normalised.
    pub fn images(&self, resolution: usize, device: &Device) -> Result<Tensor<4>, Box<dyn Error>> {
        let tensor = self.file.tensor("images_u8")?;
        let values: Vec<f32> =
            tensor.data().iter().map(|&byte| (f32::from(byte) / 255.0 - MEAN) / DEVIATION).collect();
        let [count, height, width] = *tensor.shape() else { return Err("images_u8 is not [N, H, W]".into()) };
        let images = Tensor::from_data(TensorData::new(values, [count, 1, height, width]), device);
        if height == resolution {
            return Ok(images);
        }
        let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
        Ok(interpolate(images, options.with_output_size([resolution, resolution])))
    }

    /// `[N]`.
    pub fn labels(&self, device: &Device) -> Result<Tensor<1, Int>, Box<dyn Error>> {
        let tensor = self.file.tensor("labels")?;
        let values: Vec<i64> =
            tensor.data().as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect();
        let count = values.len();
        Ok(Tensor::from_data(TensorData::new(values, [count]), device))
    }
}
