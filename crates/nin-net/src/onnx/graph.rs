//! A chain of ONNX nodes under construction: each takes what the one before it made.

use super::messages::{
    Attribute, Dimension, Graph, Node, Shape, Tensor, TensorType, Type, ValueInfo, attribute, element,
};

/// Name of the dimension that is free: the number of images.
const BATCH: &str = "N";

/// The nodes so far.
pub struct Chain {
    input: ValueInfo,
    nodes: Vec<Node>,
    initializers: Vec<Tensor>,
}

impl Chain {
    /// Starts with an input `[N, …shape]` of this element type.
    pub fn new(name: &str, element: i32, shape: &[usize]) -> Self {
        Chain { input: value(name, element, shape), nodes: Vec::new(), initializers: Vec::new() }
    }

    /// Adds a node called `name`, as what it makes is; `constants` are its inputs besides.
    pub fn add(&mut self, name: &str, operator: &str, constants: &[&str], attributes: Vec<Attribute>) {
        let inputs = [self.last()].iter().chain(constants).map(|&input| input.to_owned()).collect();
        self.push(name, operator, inputs, attributes);
    }

    /// Adds the matrix product of a constant and what the last node made, in this order.
    pub fn multiply_from_left(&mut self, name: &str, constant: &str) {
        let inputs = [constant, self.last()].map(str::to_owned).to_vec();
        self.push(name, "MatMul", inputs, vec![]);
    }

    /// Name of what was made last.
    fn last(&self) -> &str {
        self.nodes.last().map_or(&self.input.name, |node| &node.name)
    }

    fn push(&mut self, name: &str, operator: &str, input: Vec<String>, attributes: Vec<Attribute>) {
        self.nodes.push(Node {
            input,
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: operator.to_owned(),
            attribute: attributes,
        });
    }

    /// Adds a constant of floats.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, element::FLOAT, shape, raw_data);
    }

    /// Adds a constant list of whole numbers.
    pub fn integers(&mut self, name: &str, values: &[i64]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, element::INT64, &[values.len()], raw_data);
    }

    fn constant(&mut self, name: &str, data_type: i32, shape: &[usize], raw_data: Vec<u8>) {
        let dims = shape.iter().map(|&length| length as i64).collect();
        self.initializers.push(Tensor { dims, data_type, name: name.to_owned(), raw_data });
    }

    /// The whole graph; the last node's output `[N, …shape]` is its output.
    pub fn finish(self, name: &str, shape: &[usize]) -> Graph {
        let output = vec![value(self.last(), element::FLOAT, shape)];
        Graph {
            node: self.nodes,
            name: name.to_owned(),
            initializer: self.initializers,
            input: vec![self.input],
            output,
        }
    }
}

/// An attribute of one whole number.
pub fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: name.to_owned(), i: Some(value), r#type: attribute::INT, ..Attribute::default() }
}

/// An attribute of several.
pub fn ints(name: &str, values: &[usize]) -> Attribute {
    let ints = values.iter().map(|&value| value as i64).collect();
    Attribute { name: name.to_owned(), ints, r#type: attribute::INTS, ..Attribute::default() }
}

fn value(name: &str, elem_type: i32, shape: &[usize]) -> ValueInfo {
    let batch = Dimension { dim_param: Some(BATCH.to_owned()), ..Dimension::default() };
    let fixed = |&length: &usize| Dimension { dim_value: Some(length as i64), ..Dimension::default() };
    let dim = [batch].into_iter().chain(shape.iter().map(fixed)).collect();
    let tensor_type = Some(TensorType { elem_type, shape: Some(Shape { dim }) });
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type }) }
}
