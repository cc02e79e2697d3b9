//! Messages that stay until they are read.

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something was done.
    Note,
    /// The run goes on, but the user should know.
    Warning,
    /// Something failed.
    Error,
}

/// A message for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub weight: Weight,
    /// What it says.
    pub text: String,
}

/// The newest messages.
#[derive(Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
}

/// As many are kept as can be read.
const MOST: usize = 20;

impl Notices {
    /// Adds a message; one that is there already is not repeated.
    pub fn add(&mut self, weight: Weight, text: impl Into<String>) {
        let notice = Notice { weight, text: text.into() };
        self.list.retain(|old| *old != notice);
        self.list.push(notice);
        if self.list.len() > MOST {
            self.list.remove(0);
        }
    }

    /// The newest message.
    pub fn newest(&self) -> Option<&Notice> {
        self.list.last()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Takes the newest message away, so that the one before is shown.
    pub fn dismiss(&mut self) {
        self.list.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_kept_once_and_the_oldest_make_room() {
        let mut notices = Notices::default();
        ["a", "b", "a"].into_iter().for_each(|text| notices.add(Weight::Note, text));
        assert_eq!((notices.len(), notices.newest().unwrap().text.as_str()), (2, "a"));
        notices.dismiss();
        assert_eq!(notices.newest().unwrap().text, "b");
        (0..50).for_each(|number| notices.add(Weight::Warning, number.to_string()));
        assert_eq!(notices.len(), MOST);
    }
}
