// The COUNT weights from `first_weight` on, in runs of RUN that are STRIDE apart: weight M is parts/weight's w_M. With SUBGROUP > 0
// each invocation of a subgroup fetches another one here, and parts/weight hands them round; all of them have to come by.
//! if SUBGROUP > 0 {
//! for H in 0..(COUNT + SUBGROUP - 1) / SUBGROUP {
let place_H = H * SUBGROUP + subgroup_lane;
let several_H = weights[first_weight + place_H / RUN * STRIDE + place_H % RUN];
//! }
//! }
