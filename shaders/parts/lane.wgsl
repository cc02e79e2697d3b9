// This invocation's number in its workgroup, counted through its subgroups, so that those of a subgroup follow each other.
//! if SUBGROUPS == 1 {
let lane = subgroup_id * subgroup_size + subgroup_lane;
//! } else {
let lane = local_index;
//! }
