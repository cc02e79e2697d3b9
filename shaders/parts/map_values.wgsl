// What maps are made of, the one that is read and the one that is written. Arithmetic is f32 either way: `f32(…)` widens what is
// read, `OutputValue(…)` rounds what is written, to 11 bits if that is f16.
//! if INPUT_F16 || OUTPUT_F16 {
enable f16;
//! }
//! if INPUT_F16 {
alias InputValue = f16;
//! } else {
alias InputValue = f32;
//! }
//! if OUTPUT_F16 {
alias OutputValue = f16;
//! } else {
alias OutputValue = f32;
//! }
