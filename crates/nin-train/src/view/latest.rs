//! Requests of which only the newest counts.

use std::mem::discriminant;

use super::Look;

/// Looks that wait to be answered: of each kind the newest, in the order in which the kinds were first asked for.
#[derive(Debug, Default)]
pub struct Latest {
    waiting: Vec<Look>,
}

impl Latest {
    /// Takes a look in; an older one of its kind is forgotten.
    pub fn push(&mut self, look: Look) {
        match self.waiting.iter_mut().find(|old| discriminant(*old) == discriminant(&look)) {
            Some(old) => *old = look,
            None => self.waiting.push(look),
        }
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next one to answer.
    pub fn pop(&mut self) -> Option<Look> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_look_takes_the_place_of_the_older() {
        let drawing = |id| Look::Predict { id, image: Vec::new() };
        let mut latest = Latest::default();
        [drawing(1), Look::Classify, drawing(2), drawing(3)].into_iter().for_each(|look| latest.push(look));
        assert_eq!(latest.pop(), Some(drawing(3)));
        assert_eq!(latest.pop(), Some(Look::Classify));
        assert_eq!(latest.pop(), None);
    }
}
