//! The network of a case: a ReLU behind every convolution, a max pooling where two modules lie between convolutions and
//! at the end, then global average pooling.

use std::error::Error;

use burn::module::{Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use crate::case::Case;

#[derive(Module, Debug)]
pub struct Network {
    blocks: Vec<Block>,
}

#[derive(Module, Debug)]
struct Block {
    convolutions: Vec<Conv2d>,
    pool: MaxPool2d,
}

impl Network {
    pub fn new(case: &Case<'_>, device: &Device) -> Result<Self, Box<dyn Error>> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut previous = None;
        for place in case.convolutions() {
            if previous.is_none_or(|previous| place - previous == 3) {
                let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
                blocks.push(Block { convolutions: Vec::new(), pool });
            }
            let block = blocks.last_mut().ok_or("no block")?;
            block.convolutions.push(convolution(case, place, device)?);
            previous = Some(place);
        }
        Ok(Network { blocks })
    }

    /// `[N, 1, H, W]` → logits `[N, 10]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut map = images;
        for block in &self.blocks {
            for convolution in &block.convolutions {
                map = relu(convolution.forward(map));
            }
            map = block.pool.forward(map);
        }
        map.mean_dim(3).mean_dim(2).flatten(1, 3)
    }
}

fn convolution(case: &Case<'_>, place: usize, device: &Device) -> Result<Conv2d, Box<dyn Error>> {
    let weight = case.parameter(&format!("features.{place}.weight"))?;
    let bias = case.parameter(&format!("features.{place}.bias"))?;
    let [outputs, inputs, kernel, _] = weight.shape().dims();
    let same = PaddingConfig2d::Explicit(kernel / 2, kernel / 2, kernel / 2, kernel / 2);
    let mut convolution =
        Conv2dConfig::new([inputs, outputs], [kernel, kernel]).with_padding(same).init(device);
    convolution.weight = Param::from_data(weight, device);
    convolution.bias = Some(Param::from_data(bias, device));
    Ok(convolution)
}
