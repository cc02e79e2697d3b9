//! What the panels that are in sight want to know of the network, and what has to be asked for it.

use nin_train::Look;

/// What the panels want to know. They say it anew in every frame; what nobody wants is not computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Test digits with their predictions.
    pub digits: Vec<u32>,
    /// A picture layer by layer.
    pub inspection: Option<Vec<u8>>,
    /// What a drawing is.
    pub prediction: Option<Vec<u8>>,
    /// How much each layer would learn.
    pub gradients: bool,
    /// What all test digits are taken for.
    pub classification: bool,
}

/// Which network: counts up with each that comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkCount {
    /// Of all networks.
    pub any: u64,
    /// Of those at the end of an epoch, or opened: worth a look at all test digits.
    pub whole: u64,
}

/// Remembers what was asked, so that nothing is asked twice.
#[derive(Debug, Default)]
pub struct Asking {
    asked: Wanted,
    of: NetworkCount,
    id: u64,
}

impl Asking {
    /// The looks that are due: what is wanted now and was not yet asked of this network.
    pub fn looks(&mut self, wanted: &Wanted, network: NetworkCount) -> Vec<Look> {
        if network.any == 0 {
            return Vec::new();
        }
        let (newer, newer_whole) = (network.any != self.of.any, network.whole != self.of.whole);
        let mut looks = Vec::new();
        if let Some(image) = &wanted.prediction
            && (newer || wanted.prediction != self.asked.prediction)
        {
            looks.push(Look::Predict { id: self.next_id(), image: image.clone() });
        }
        if let Some(image) = &wanted.inspection
            && (newer || wanted.inspection != self.asked.inspection)
        {
            looks.push(Look::Inspect { id: self.next_id(), image: image.clone() });
        }
        if !wanted.digits.is_empty() && (newer || wanted.digits != self.asked.digits) {
            looks.push(Look::Digits { indices: wanted.digits.clone() });
        }
        if wanted.gradients && (newer || !self.asked.gradients) {
            looks.push(Look::LayerGradients);
        }
        if wanted.classification && (newer_whole || !self.asked.classification) {
            looks.push(Look::Classify);
        }
        self.asked.clone_from(wanted);
        // A network that nobody classified stays one to be classified.
        let whole = if wanted.classification { network.whole } else { self.of.whole };
        self.of = NetworkCount { any: network.any, whole };
        looks
    }

    fn next_id(&mut self) -> u64 {
        self.id += 1;
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted { digits: vec![1, 2], gradients: true, classification: true, ..Wanted::default() }
    }

    #[test]
    fn nothing_is_asked_without_a_network_or_twice() {
        let mut asking = Asking::default();
        assert!(asking.looks(&wanted(), NetworkCount::default()).is_empty());
        let first = NetworkCount { any: 1, whole: 1 };
        assert_eq!(asking.looks(&wanted(), first).len(), 3);
        assert!(asking.looks(&wanted(), first).is_empty());
        let other = Wanted { digits: vec![3], ..wanted() };
        assert_eq!(asking.looks(&other, first), [Look::Digits { indices: vec![3] }]);
    }

    #[test]
    fn all_digits_are_classified_at_whole_epochs_only() {
        let mut asking = Asking::default();
        asking.looks(&wanted(), NetworkCount { any: 1, whole: 1 });
        let looks = asking.looks(&wanted(), NetworkCount { any: 2, whole: 1 });
        assert!(!looks.contains(&Look::Classify) && looks.contains(&Look::LayerGradients));
        assert!(asking.looks(&wanted(), NetworkCount { any: 3, whole: 2 }).contains(&Look::Classify));
        // Out of sight while a network came in: asked for when it is in sight again.
        let hidden = Wanted { classification: false, ..wanted() };
        assert!(!asking.looks(&hidden, NetworkCount { any: 4, whole: 3 }).contains(&Look::Classify));
        assert!(asking.looks(&wanted(), NetworkCount { any: 4, whole: 3 }).contains(&Look::Classify));
    }
}
