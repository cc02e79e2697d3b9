//! The constants that specialise each shader to a network. Their names are the shaders'.

use nin_net::{Head, Layout, MapPrecision, OptimizerKind, OptimizerSpec, Pool};

use crate::autotune::Shape;
use crate::packing::{PartialSums, Region};
use crate::segment::{Segment, Tuning};
use crate::template::Constants;
use crate::tiled;

/// Largest uniform binding of WebGPU's default limits, in `vec4`s.
const UNIFORM_LIMIT: usize = (64 << 10) / 16;

fn constants<const N: usize>(pairs: [(&str, usize); N]) -> Constants {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value as i64)).collect()
}

fn weights(constants: &mut Constants, region: &Region) {
    constants.insert("WEIGHTS".to_owned(), region.len as i64);
    constants.insert("WEIGHTS_UNIFORM".to_owned(), i64::from(region.len <= UNIFORM_LIMIT));
}

/// What all kernels of a segment share.
fn shared(segment: &Segment) -> Constants {
    let last = segment.layers() - 1;
    let mut all = constants([
        ("IN", segment.in_channels()),
        ("OUT", segment.out_channels()),
        ("OUT_GROUPS", segment.groups(last)),
        ("KERNEL", segment.kernel()),
        ("HALO", segment.halo()),
        ("SIDE", segment.side),
        ("ROW", segment.row()),
        ("POOL", segment.pool.size()),
        ("POOLED", segment.pooled),
        ("MAXIMUM", usize::from(!matches!(segment.pool, Pool::Average(_)))),
        ("LAYERS", segment.layers()),
        ("SUBGROUP", segment.tuning.subgroup),
        ("SUBGROUPS", usize::from(segment.tuning.subgroup_sums)),
        ("INPUT_F16", usize::from(segment.input_precision == MapPrecision::F16)),
        ("OUTPUT_F16", usize::from(segment.output_precision == MapPrecision::F16)),
        ("RELU_LAST", usize::from(segment.convolutions[last].relu)),
    ]);
    for (layer, convolution) in segment.convolutions.iter().enumerate() {
        let mut set = |name: &str, value: usize| all.insert(format!("{name}_{layer}"), value as i64);
        set("CHANNELS", convolution.out_channels);
        set("GROUPS", segment.padded_groups(layer));
        set("RELU", usize::from(convolution.relu));
    }
    all
}

fn layers(constants: &mut Constants, region: &Region) {
    weights(constants, region);
    for (layer, &(weight, bias)) in region.layers.iter().enumerate() {
        constants.insert(format!("WEIGHT_{layer}"), weight as i64);
        constants.insert(format!("BIAS_{layer}"), bias as i64);
        constants.insert("WEIGHT_LAST".to_owned(), weight as i64);
        constants.insert("BIAS_LAST".to_owned(), bias as i64);
    }
}

pub(crate) fn gather(resolution: usize, first: &Segment) -> Constants {
    constants([
        ("RESOLUTION", resolution),
        ("ROW", first.row()),
        ("HALO", first.halo()),
        // It reads no map; the one that it writes is the first segment's input.
        ("INPUT_F16", 0),
        ("OUTPUT_F16", usize::from(first.input_precision == MapPrecision::F16)),
    ])
}

/// How lanes lie in `shape`, and what a workgroup shares if they make a tile together: a convolution of `channels` channels whose
/// weights lie in so many `groups`.
fn lanes(segment: &Segment, shape: Shape, channels: usize, groups: usize) -> Constants {
    constants([
        ("LANES", shape.lanes),
        ("PATCH_LANES", shape.patch_lanes()),
        ("CHANNEL_LANES", shape.channel_lanes),
        ("READ_CHANNELS", channels),
        ("TERMS", segment.terms(channels)),
        ("WEIGHT_GROUPS", groups),
        ("SLAB", tiled::SLAB),
        ("QUADS", (shape.patch.0 * shape.patch.1).div_ceil(4)),
    ])
}

pub(crate) fn block_forward(segment: &Segment, region: &Region) -> Constants {
    let Shape { patch, .. } = segment.forward_shape;
    let (height, width) = patch;
    let (windows_h, windows_w) = segment.windows(patch);
    let (grid_h, grid_w) = segment.window_grid(patch);
    let mut all = shared(segment);
    layers(&mut all, region);
    let tile = if segment.forward_shape.is_tiled() { tiled::TILE } else { segment.tile() };
    all.extend(lanes(segment, segment.forward_shape, segment.in_channels(), segment.padded_groups(0)));
    all.extend(constants([
        ("PATCH_H", height),
        ("PATCH_W", width),
        ("WINDOWS_H", windows_h),
        ("WINDOWS_W", windows_w),
        ("PART_H", height / windows_h),
        ("PART_W", width / windows_w),
        ("GRID_H", grid_h),
        ("GRID_W", grid_w),
        ("TILE", tile),
        ("BAND", segment.band(height * width, tile)),
        ("OUT_HALO", segment.out_halo),
        ("OUT_ROW", segment.pooled + 2 * segment.out_halo),
    ]));
    all
}

fn backward(segment: &Segment, region: &Region) -> Constants {
    let mut all = shared(segment);
    layers(&mut all, region);
    let (height, width) = segment.backward_patch;
    let mean_of_relu = matches!(segment.pool, Pool::Average(_)) && all["RELU_LAST"] == 1;
    all.extend(constants([
        ("PATCHES", segment.backward_patches()),
        ("RECOMPUTE_LAST", usize::from(mean_of_relu)),
        ("TILE", segment.tile()),
        ("PATCH_H", height),
        ("PATCH_W", width),
        ("BAND", segment.band(height * width, segment.tile())),
    ]));
    all
}

pub(crate) fn pool_backward(segment: &Segment, region: &Region) -> Constants {
    backward(segment, region)
}

pub(crate) fn block_backward(segment: &Segment, region: &Region, sums: &[PartialSums]) -> Constants {
    let mut all = backward(segment, region);
    let (height, width) = segment.backward_patch;
    all.extend(constants([
        ("FIRST", segment.first_layer()),
        ("LANES", segment.backward_lanes),
        ("ARRAYS", usize::from(segment.array_sums())),
        ("ROWS", segment.backward_lanes * height * width),
        ("ROW_LENGTH", segment.row_length()),
    ]));
    let mut column = 0;
    for (layer, sums) in sums.iter().enumerate().skip(segment.first_layer()) {
        let mut set = |name: &str, value: usize| all.insert(format!("{name}_{layer}"), value as i64);
        set("TILES", segment.weight_tiles(layer));
        set("WIDTH", segment.tile_width(layer));
        set("SLICES", sums.slices);
        set("PARTIAL", sums.start / 4);
        set("LENGTH", sums.length / 4);
        set("A", column);
        set("INPUTS", segment.inputs(layer));
        set("INPUT_GROUPS", segment.input_groups(layer));
        set("D", column + segment.input_groups(layer));
        column += segment.input_groups(layer) + segment.groups(layer);
    }
    all
}

pub(crate) fn convolution_weight_gradient(segment: &Segment, sums: &PartialSums) -> Constants {
    let (inputs, groups) = segment.weight_tile();
    let mut all = shared(segment);
    all.extend(constants([
        ("BAND", segment.weight_band()),
        ("LANES", segment.weight_lanes()),
        ("LANE_ROWS", usize::from(segment.private_sums())),
        ("IN_TILE", inputs),
        ("OUT_TILE", groups),
        ("PARTIAL_0", sums.start / 4),
        ("LENGTH_0", sums.length / 4),
    ]));
    all
}

pub(crate) fn convolution_weight_gradient_tiled(segment: &Segment, sums: &PartialSums) -> Constants {
    let mut all = shared(segment);
    all.extend(constants([
        ("TERMS", segment.terms(segment.in_channels())),
        ("SLAB", tiled::PIXEL_SLAB),
        ("TILE", tiled::TILE),
        ("OUT_LANES", segment.out_lanes()),
        ("TERM_LANES", tiled::TERM_LANES),
        ("PARTIAL_0", sums.start / 4),
        ("LENGTH_0", sums.length / 4),
    ]));
    all
}

pub(crate) fn convolution_input_gradient(segment: &Segment, region: &Region) -> Constants {
    let (height, width) = segment.input_shape.patch;
    let tile = if segment.input_shape.is_tiled() { tiled::TILE } else { segment.in_tile() };
    let groups = segment.in_tile() * segment.in_tiles();
    let mut all = shared(segment);
    weights(&mut all, region);
    all.extend(lanes(segment, segment.input_shape, segment.out_channels(), groups));
    all.extend(constants([
        ("PATCH_H", height),
        ("PATCH_W", width),
        ("PATCH_ROWS", segment.side.div_ceil(height)),
        ("PATCH_COLUMNS", segment.side.div_ceil(width)),
        ("TILE", tile),
        ("GROUPS", groups),
        ("BAND", segment.band(height * width, tile)),
    ]));
    all
}

pub(crate) fn head(layout: &Layout, last: &Segment) -> Constants {
    constants([
        ("LOGITS", layout.logits),
        ("SUBGROUPS", usize::from(last.tuning.subgroup_sums)),
        ("CHANNELS", last.out_channels()),
        ("SIDE", last.pooled),
        ("WINDOW", layout.head_window),
        ("QUADRANTS", if layout.spec.head == Head::Quadrant { 4 } else { 1 }),
    ])
}

pub(crate) fn reduce(sums: &[PartialSums], tuning: Tuning) -> Constants {
    let shares = if tuning.sums.are_private() { 1 } else { 8 };
    let mut all = constants([("CONVOLUTIONS", sums.len()), ("SHARES", shares)]);
    let mut group = 0;
    for (index, sums) in sums.iter().enumerate() {
        let mut set = |name: &str, value: usize| all.insert(format!("{name}_{index}"), value as i64);
        set("LENGTH", sums.length);
        set("GROUP", group);
        set("PACKED", sums.packed);
        set("PARTIAL", sums.start);
        group += sums.reduce_groups();
        set("MOST_ROWS", sums.walkers);
        set("UNITS", sums.units);
        set("LANES", sums.lanes);
        set("SLICES", sums.slices);
    }
    all
}

pub(crate) fn gradient_norm(layout: &Layout, tuning: Tuning) -> Constants {
    let subgroups = usize::from(tuning.subgroup_sums);
    constants([("PARAMETERS", layout.parameter_count), ("SUBGROUPS", subgroups)])
}

pub(crate) fn optimizer(layout: &Layout, optimizer: &OptimizerSpec) -> Constants {
    constants([
        ("PARAMETERS", layout.parameter_count),
        ("ADAM", usize::from(optimizer.kind != OptimizerKind::Sgd)),
        ("DECOUPLED", usize::from(optimizer.kind == OptimizerKind::AdamW)),
    ])
}
