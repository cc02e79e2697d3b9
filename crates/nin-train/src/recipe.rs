//! What is trained, on what, how: one struct that is a TOML file, the command line's flags and a run's record.

use nin_data::Augmentation;
use nin_net::{
    BlockSpec, Growth, Head, Initial, Layout, MapPrecision, NetworkSpec, OptimizerSpec, Random, Stream, grow,
    initial_parameters,
};
use serde::{Deserialize, Serialize};

use crate::nearest::did_you_mean;
use crate::{RecipeError, Schedule};

/// A whole training run, written down: same recipe, same data, same device give the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What people call it.
    pub name: String,
    /// Where the digits come from: `embedded`, or what the program that reads the recipe knows besides.
    #[serde(default = "embedded")]
    pub data: String,
    /// If not 0, this many images from the end of the training set are held out and replace the test set.
    #[serde(default)]
    pub hold_out: usize,
    /// Seed of everything random: 0 to 2⁶³ − 1.
    #[serde(default)]
    pub seed: u64,
    /// Side of the network's input, in pixels.
    pub resolution: usize,
    /// How the last maps become logits.
    pub head: Head,
    /// Images per step; an epoch's last step has what is left.
    pub batch: usize,
    /// How maps are stored between kernels. It is a recipe's, not a device's, for f16 gives other bits than f32.
    #[serde(default, skip_serializing_if = "MapPrecision::is_f32")]
    pub map_precision: MapPrecision,
    /// How a network starts that doesn't grow out of another.
    pub initial: Initial,
    /// Whether the seed experiment's own line is told every 300 batches.
    #[serde(default)]
    pub seed_lines: bool,
    /// How the training images are moved about.
    #[serde(default)]
    pub augmentation: Augmentation,
    /// The networks to train, one after the other.
    pub stages: Vec<Stage>,
}

/// One network of a run and its training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name, also of its file: letters, digits, `-` and `_`.
    pub name: String,
    /// How often it sees the training images; 0: it is made, measured and saved, but not trained.
    pub epochs: usize,
    /// Images per step, where it differs from the recipe's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// The update rule; its moments start at zero with each stage.
    pub optimizer: OptimizerSpec,
    /// The learning rate over this stage's steps.
    pub schedule: Schedule,
    /// How it comes out of the stage before; without, it starts from the recipe's `initial`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// Augmentation, where it differs from the recipe's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// The network's blocks.
    pub blocks: Vec<BlockSpec>,
}

fn embedded() -> String {
    "embedded".to_owned()
}

/// The recipes that come with nin: name and TOML text. The first is the default.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("modern", include_str!("../../../assets/recipes/modern.toml")),
    ("seed", include_str!("../../../assets/recipes/seed.toml")),
];

/// Most epochs of a stage; steps are counted without overflow.
const MAX_EPOCHS: usize = 1_000_000;
/// Largest seed: what TOML's integers hold.
const MAX_SEED: u64 = i64::MAX as u64;

impl Recipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// [`RecipeError::Syntax`] says the line and what was expected there; the others what does not fit together.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        let recipe: Recipe = toml::from_str(text).map_err(|error| RecipeError::syntax(text, &error))?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Writes it as TOML that [`Recipe::from_toml`] reads back equal.
    ///
    /// # Errors
    /// Only for a recipe that TOML cannot hold (a seed of 2⁶³ or more).
    pub fn to_toml(&self) -> Result<String, RecipeError> {
        toml::to_string(self).map_err(|error| RecipeError::Write(error.to_string()))
    }

    /// One of [`BUILT_IN`].
    ///
    /// # Errors
    /// [`RecipeError::Unknown`] lists the names there are.
    pub fn built_in(name: &str) -> Result<Self, RecipeError> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Recipe::from_toml(text),
            None => Err(RecipeError::Unknown {
                name: name.to_owned(),
                hint: did_you_mean(name, BUILT_IN.into_iter().map(|(known, _)| known)),
            }),
        }
    }

    /// The place of the stage with this name.
    ///
    /// # Errors
    /// [`RecipeError::NoSuchStage`] lists the names there are.
    pub fn stage(&self, name: &str) -> Result<usize, RecipeError> {
        let known = || self.stages.iter().map(|stage| stage.name.as_str());
        known().position(|stage| stage == name).ok_or_else(|| RecipeError::NoSuchStage {
            name: name.to_owned(),
            known: known().collect::<Vec<_>>().join(", "),
            hint: did_you_mean(name, known()),
        })
    }

    /// The network of stage `index` (from 0, below `stages.len()`).
    pub fn spec(&self, index: usize) -> NetworkSpec {
        NetworkSpec {
            resolution: self.resolution,
            head: self.head,
            blocks: self.stages[index].blocks.clone(),
        }
    }

    /// Images per step of stage `index`.
    pub fn batch(&self, index: usize) -> usize {
        self.stages[index].batch.unwrap_or(self.batch)
    }

    /// Augmentation of stage `index`.
    pub fn augmentation(&self, index: usize) -> &Augmentation {
        self.stages[index].augmentation.as_ref().unwrap_or(&self.augmentation)
    }

    /// Checks everything that can be known without data: every network, every growth, every number.
    ///
    /// # Errors
    /// The first thing found wrong, with the stage's name.
    pub fn validate(&self) -> Result<(), RecipeError> {
        if self.stages.is_empty() {
            return Err(RecipeError::NoStages);
        }
        if self.seed > MAX_SEED {
            return Err(RecipeError::Seed { found: self.seed });
        }
        let mut before: Option<Layout> = None;
        for (index, stage) in self.stages.iter().enumerate() {
            let layout = Layout::new(&self.spec(index))
                .map_err(|source| RecipeError::Spec { stage: stage.name.clone(), source })?;
            self.check_stage(index)?;
            self.check_growth(stage, before.as_ref(), &layout)?;
            before = Some(layout);
        }
        Ok(())
    }

    fn check_stage(&self, index: usize) -> Result<(), RecipeError> {
        let stage = &self.stages[index];
        let wrong = |what: String| Err(RecipeError::Stage { stage: stage.name.clone(), what });
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if stage.name.is_empty() || !stage.name.chars().all(allowed) {
            return wrong("its name is also a file's: expected letters, digits, `-` and `_`".to_owned());
        }
        if ["last", "previous"].contains(&stage.name.as_str()) {
            return wrong("its name is that of a checkpoint's file: choose another".to_owned());
        }
        if self.stages[..index].iter().any(|s| s.name == stage.name) {
            return wrong("two stages have this name: expected one of each".to_owned());
        }
        if stage.epochs > MAX_EPOCHS {
            return wrong(format!("epochs is {}: expected at most {MAX_EPOCHS}", stage.epochs));
        }
        if self.batch(index) == 0 {
            return wrong("batch is 0: expected at least 1 image per step".to_owned());
        }
        if let Err(fault) = self.augmentation(index).check() {
            return wrong(fault.to_string());
        }
        if let Some(what) = stage.schedule.fault().or_else(|| optimizer_fault(&stage.optimizer)) {
            return wrong(what);
        }
        Ok(())
    }

    /// Tries the growth on zeros: whether it fits depends on shapes alone.
    fn check_growth(
        &self,
        stage: &Stage,
        before: Option<&Layout>,
        layout: &Layout,
    ) -> Result<(), RecipeError> {
        let Some(growth) = &stage.growth else { return Ok(()) };
        let Some(before) = before else {
            return Err(RecipeError::Stage {
                stage: stage.name.clone(),
                what: "it is the first, so there is nothing that it could grow out of: leave `growth` out"
                    .to_owned(),
            });
        };
        let zeros = vec![0.0; before.parameter_count];
        grow(before, &zeros, layout, growth, &mut self.random(0))
            .map_err(|source| RecipeError::Growth { stage: stage.name.clone(), source })?;
        Ok(())
    }

    /// Keeps the stages named in `names`. Those before the first of them are dropped, so that it starts from
    /// `initial`; those after the last as well; those in between keep 0 epochs: growth is applied, nothing trained.
    ///
    /// # Errors
    /// [`RecipeError::NoSuchStage`] for a name that the recipe doesn't have.
    pub fn select_stages(&mut self, names: &[&str]) -> Result<(), RecipeError> {
        names.iter().try_for_each(|name| self.stage(name).map(drop))?;
        let chosen = |stage: &Stage| names.contains(&stage.name.as_str());
        let Some(first) = self.stages.iter().position(chosen) else { return Err(RecipeError::NoStages) };
        let last = self.stages.iter().rposition(chosen).unwrap_or(first);
        self.stages.truncate(last + 1);
        self.stages.drain(..first);
        self.stages[0].growth = None;
        for stage in self.stages.iter_mut().filter(|stage| !chosen(stage)) {
            stage.epochs = 0;
        }
        Ok(())
    }

    /// Fresh parameters of stage `index`, which doesn't grow out of another.
    pub(crate) fn initial_parameters(&self, index: usize, layout: &Layout) -> Vec<f32> {
        initial_parameters(layout, self.initial, &mut self.random(index))
    }

    /// The generator of what stage `index` draws when it starts.
    pub(crate) fn random(&self, index: usize) -> Random {
        Random::new(self.seed, Stream::Initial, index as u64)
    }
}

fn optimizer_fault(optimizer: &OptimizerSpec) -> Option<String> {
    let below_one = |name: &str, value: f32| {
        let fits = (0.0..1.0).contains(&value);
        (!fits).then(|| format!("{name} is {value}: expected 0 or more and less than 1"))
    };
    let not_negative = |name: &str, value: f32| {
        let fits = value.is_finite() && value >= 0.0;
        (!fits).then(|| format!("{name} is {value}: expected a finite number, 0 or more"))
    };
    below_one("momentum", optimizer.momentum)
        .or_else(|| below_one("beta1", optimizer.beta1))
        .or_else(|| below_one("beta2", optimizer.beta2))
        .or_else(|| not_negative("epsilon", optimizer.epsilon))
        .or_else(|| not_negative("weight_decay", optimizer.weight_decay))
        .or_else(|| not_negative("clip_norm", optimizer.clip_norm))
}
