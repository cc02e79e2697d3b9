//! What page and workers say to each other: a message is an array of the JSON of one of these and, behind it, the bytes
//! that belong to it.

use nin_train::{Command, Event, Look, Seen, Snapshot};
use serde::{Deserialize, Serialize};

/// What the page asks of a worker: of the trainer commands and files, of the viewer looks, of both digits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// To the run that is on; `Start` and `GoOn` begin one.
    Command(Command),
    /// Use these four IDX files (training images and labels, test images and labels) where a recipe's data has this name.
    Given {
        /// The data's name.
        name: String,
    },
    /// Look at these digits from now on.
    Digits {
        /// What a recipe's `data` names them.
        data: String,
        /// A recipe's `hold_out`.
        hold_out: usize,
    },
    /// Look at this network from now on.
    Show(Snapshot),
    /// What does the newest network make of this?
    Look(Look),
}

/// What a worker tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// The worker listens.
    Ready {
        /// A lock that it holds as long as it lives, where the browser has locks.
        lock: Option<String>,
    },
    /// The worker has a fault and is of no more use.
    Broken {
        /// What happened, for whoever mends it.
        message: String,
    },
    /// The digits that were given under this name can be used.
    Taken {
        /// The name.
        name: String,
    },
    /// A run began to be kept under this name.
    RunKept {
        /// The name.
        run: String,
        /// What its recipe's `data` names.
        data: String,
        /// Its recipe's `hold_out`.
        hold_out: usize,
    },
    /// The run tells.
    Event(Event),
    /// The viewer has looked.
    Seen(Seen),
}

#[cfg(test)]
mod tests {
    use nin_train::{EngineWish, Recipe};

    use super::*;

    #[test]
    fn messages_survive_the_way() {
        let recipe = Box::new(Recipe::built_in("modern").unwrap());
        let request = Request::Command(Command::Start { recipe, engine: EngineWish::default() });
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
    }

    #[test]
    fn what_a_run_hears_and_tells_keeps_its_own_tag() {
        let pause = serde_json::to_string(&Request::Command(Command::Pause)).unwrap();
        assert_eq!(pause, r#"{"request":"command","command":"pause"}"#);
        let paused = serde_json::to_string(&Reply::Event(Event::Paused)).unwrap();
        assert_eq!(paused, r#"{"reply":"event","event":"paused"}"#);
        assert_eq!(serde_json::from_str::<Reply>(&paused).unwrap(), Reply::Event(Event::Paused));
    }
}
