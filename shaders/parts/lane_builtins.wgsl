//! if SUBGROUPS == 1 {
@builtin(subgroup_id) subgroup_id: u32,
@builtin(subgroup_size) subgroup_size: u32,
@builtin(subgroup_invocation_id) subgroup_lane: u32,
//! } else {
@builtin(local_invocation_index) local_index: u32,
//! }
