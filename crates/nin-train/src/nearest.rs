//! The name that was perhaps meant.

/// `; did you mean …?` with the known name that is nearest to `found`, if one is near.
pub(crate) fn did_you_mean<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    let distance = |name: &str| strsim::damerau_levenshtein(&found.to_lowercase(), name);
    let near = |(distance, name): &(usize, &str)| *distance <= 1 + name.len() / 4;
    let nearest = known.map(|name| (distance(name), name)).filter(near).min();
    nearest.map_or(String::new(), |(_, name)| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_names_are_proposed_and_far_ones_are_not() {
        let hint = |found| did_you_mean(found, ["epochs", "batch", "learning_rate", "v0"].into_iter());
        assert_eq!(hint("epoch"), "; did you mean `epochs`?");
        assert_eq!(hint("lerning_rat"), "; did you mean `learning_rate`?");
        assert_eq!(hint("Batch"), "; did you mean `batch`?");
        assert_eq!(hint("V0"), "; did you mean `v0`?");
        assert_eq!(hint("momentum"), "");
    }
}
