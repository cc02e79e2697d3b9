// Weight M of those of parts/fetch_weights.
//! if SUBGROUP > 0 {
//! let H = M / SUBGROUP
//! let J = M % SUBGROUP
let w_M = subgroupBroadcast(several_H, u32(J));
//! } else {
//! let AT = M / RUN * STRIDE + M % RUN
let w_M = weights[first_weight + AT];
//! }
